/* Tables worked by keyboard: up and down, Home and End, Enter opens, the space bar marks. The whole row opens by a click.
   Only what is in the row at hand is reached by Tab; a table with `data-first` has the focus on its first row at once. */

import { whenShown } from "./page.js";

const rowsOf = (table) => [...table.querySelectorAll("tbody tr[data-row], tbody tr[data-href]")];

function setCurrent(table, current) {
  rowsOf(table).forEach((row) => {
    row.tabIndex = row === current ? 0 : -1;
    row.querySelectorAll("a, input").forEach((inside) => (inside.tabIndex = row.tabIndex));
  });
}

function prepareTable(table) {
  const rows = rowsOf(table);
  const current = rows.find((row) => row.tabIndex === 0 && row.hasAttribute("tabindex")) || rows[0];
  setCurrent(table, current);
  if (table.dataset.ready) return;
  table.dataset.ready = "yes";
  table.addEventListener("keydown", tableKey);
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-row], tr[data-href]");
    if (row) setCurrent(table, row);
  });
  table.addEventListener("click", (event) => {
    const held = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (held || event.target.closest("a, button, input, select, label, summary") || String(getSelection())) return;
    openRow(event.target.closest("tr[data-href]"));
  });
  const nothingElse = document.activeElement === document.body && !location.hash;
  if ("first" in table.dataset && current && nothingElse && !matchMedia("(pointer: coarse)").matches) {
    current.focus({ preventScroll: true });
  }
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

// The keys that a list names work as soon as the page is there, wherever nothing else has the focus.
document.addEventListener("keydown", (event) => {
  if (document.activeElement !== document.body || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const row = document.querySelector("table[data-first] tr[tabindex='0']");
  if (!row) return;
  event.preventDefault();
  row.focus();
});
