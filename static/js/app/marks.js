/* Marked rows of a table, and the bar that says how many they are and acts on them all. */

import { say, whenShown } from "./page.js";

function showMarks(scope) {
  const boxes = [...scope.querySelectorAll("input[data-mark]")];
  const marked = boxes.filter((box) => box.checked);
  boxes.forEach((box) => box.closest("tr")?.classList.toggle("is-marked", box.checked));
  const all = scope.querySelector("input[data-mark-all]");
  if (all) {
    all.checked = boxes.length > 0 && marked.length === boxes.length;
    all.indeterminate = marked.length > 0 && marked.length < boxes.length;
  }
  const bar = scope.querySelector("[data-selection-bar]");
  if (!bar) return;
  bar.classList.toggle("has-marked", marked.length > 0);
  const count = bar.querySelector("[data-selection-count]");
  if (count) count.textContent = say("selected", { n: marked.length });
  bar.querySelectorAll("[data-needs-marks]").forEach((button) => (button.disabled = marked.length === 0));
  scope.querySelectorAll("[data-mark-summary]").forEach((list) => {
    list.replaceChildren(
      ...marked.map((box) => {
        const item = document.createElement("li");
        item.textContent = box.closest("tr")?.querySelector(".main-link")?.textContent.trim() || box.value;
        return item;
      }),
    );
  });
}

const markScope = (element) => element.closest("form, [data-marks]") || document.body;

whenShown("[data-selection-bar]", (bar) => showMarks(markScope(bar)));
document.addEventListener("change", ({ target }) => {
  if (!target.matches("input[data-mark], input[data-mark-all]")) return;
  const scope = markScope(target);
  if (target.matches("input[data-mark-all]")) {
    scope.querySelectorAll("input[data-mark]:not(:disabled)").forEach((box) => (box.checked = target.checked));
  }
  showMarks(scope);
});
