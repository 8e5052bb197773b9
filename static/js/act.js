/* The bar of actions of a page: a choice opens its fields above the bar and presets what was chosen; what cannot be
   taken back is asked once more. Without the script the forms stand one below the other. */

import { each } from "./app/page.js";

function prepareBar(bar) {
  if (bar.dataset.ready) return;
  bar.dataset.ready = "yes";
  bar.classList.add("is-live");
  each(bar, "[data-script-only]", (button) => (button.hidden = false));
  // What was refused, or written before a sign-in, stands open again.
  const begun = bar.querySelector("[data-act-panel][data-open], [data-act-panel]:has([data-restored])");
  if (!begun) return;
  const chosen = begun.querySelector("[data-chosen] input:checked")?.value || "";
  const choices = [...bar.querySelectorAll(`[data-choice="${begun.dataset.actPanel}"]`)];
  open(bar, choices.find((one) => one.dataset.value === chosen) || choices[0]);
}

function open(bar, choice) {
  each(bar, "[data-act-panel]", (panel) => panel.classList.toggle("is-open", panel.dataset.actPanel === choice?.dataset.choice));
  each(bar, "[data-choice]", (one) => one.setAttribute("aria-expanded", String(one === choice)));
  bar.classList.toggle("is-open", Boolean(choice));
  if (!choice) return;
  const panel = bar.querySelector(".act-panel.is-open");
  const { value, side, confirm } = choice.dataset;
  each(panel, "[data-chosen] input", (radio) => (radio.checked = radio.value === value));
  each(panel, "[data-for]", (part) => (part.hidden = !part.dataset.for.split(" ").some((one) => one === value || one === side)));
  panel.querySelector("[data-send]").textContent = confirm;
  panel.querySelector("[data-send]").className = `btn ${side === "against" ? "btn-outline-danger" : "btn-primary"}`;
}

function secondLook(event) {
  const form = event.target.closest("[data-act-panel]");
  const choice = form?.closest("[data-act]").querySelector('[data-choice][aria-expanded="true"][data-second]');
  if (!choice || form.dataset.looked) return;
  const empty = [...form.querySelectorAll("textarea")].every((one) => !one.value.trim());
  if (empty) return; // it will be refused for want of a reason
  const dialog = document.getElementById(choice.dataset.second);
  const confirm = dialog.querySelector("[data-second-confirm]");
  event.preventDefault();
  event.stopPropagation();
  confirm.textContent = choice.dataset.confirm;
  confirm.onclick = () => {
    form.dataset.looked = "yes";
    dialog.close();
    form.requestSubmit();
    delete form.dataset.looked; // if it is not carried out, the next time asks again
  };
  dialog.showModal();
}

document.addEventListener("click", ({ target }) => {
  const choice = target.closest("[data-choice]");
  const close = target.closest("[data-act-close]");
  const bar = (choice || close)?.closest("[data-act]");
  if (!bar) return;
  const before = bar.querySelector('[data-choice][aria-expanded="true"]');
  open(bar, close || choice === before ? null : choice);
  (close ? before : bar.querySelector(".act-panel.is-open"))?.focus({ preventScroll: true });
});
document.addEventListener("keydown", (event) => {
  const bar = event.key === "Escape" && event.target.closest?.("[data-act].is-open");
  if (!bar) return;
  const choice = bar.querySelector('[data-choice][aria-expanded="true"]');
  open(bar, null);
  choice.focus();
});
// Before the form is kept from being sent twice, and before its copy is given up.
document.addEventListener("submit", secondLook, true);

each(document.body, "[data-act]", prepareBar);
