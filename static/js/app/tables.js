/* Tables worked by keyboard: up and down, Home and End, Enter opens, the space bar marks. */

import { whenShown } from "./page.js";

const rowsOf = (table) => [...table.querySelectorAll("tbody tr[data-row], tbody tr[data-href]")];

function prepareTable(table) {
  const rows = rowsOf(table);
  const current = rows.find((row) => row.tabIndex === 0 && row.hasAttribute("tabindex")) || rows[0];
  rows.forEach((row) => {
    row.tabIndex = row === current ? 0 : -1;
  });
  if (table.dataset.ready) return;
  table.dataset.ready = "yes";
  table.addEventListener("keydown", tableKey);
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-row], tr[data-href]");
    if (row) rowsOf(table).forEach((other) => (other.tabIndex = other === row ? 0 : -1));
  });
  table.addEventListener("dblclick", (event) => {
    if (!event.target.closest("a, button, input, select, label, summary")) openRow(event.target.closest("tr[data-href]"));
  });
}

function openRow(row) {
  const link = row?.querySelector("a[data-open], .main-link");
  if (link) link.click();
  else if (row?.dataset.href) window.location.assign(row.dataset.href);
}

function tableKey(event) {
  const row = event.target.closest("tr[data-row], tr[data-href]");
  if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
  const typing = event.target !== row && event.target.matches("input:not([type=checkbox]), select, textarea, button, a");
  const rows = rowsOf(event.currentTarget);
  const at = rows.indexOf(row);
  const target = {
    ArrowDown: rows[at + 1],
    ArrowUp: rows[at - 1],
    Home: rows[0],
    End: rows[rows.length - 1],
  }[event.key];
  if (target && !event.target.matches("select, textarea, input:not([type=checkbox])")) {
    event.preventDefault();
    target.focus();
    target.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && !typing && event.target === row) {
    event.preventDefault();
    openRow(row);
  } else if (event.key === " " && event.target === row) {
    const box = row.querySelector("input[data-mark]:not(:disabled)");
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

whenShown("table[data-keyboard-table]", prepareTable);
