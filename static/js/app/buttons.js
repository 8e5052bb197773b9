/* What a button or link does on the page itself: dialogs, printing, the address, the way from a fault to its field. */

import { say, whenShown } from "./page.js";
import { toast } from "./toasts.js";

function openDialog(button, event) {
  const dialog = document.getElementById(button.dataset.dialogOpen);
  if (!dialog?.showModal) return;
  event.preventDefault();
  dialog.showModal();
}

function copyAddress() {
  navigator.clipboard?.writeText(window.location.href).then(() => toast(say("copied"), "good"));
}

function goToField(link, event) {
  if (!link.getAttribute("href")?.startsWith("#")) return;
  const field = document.getElementById(link.getAttribute("href").slice(1));
  if (!field) return;
  event.preventDefault();
  field.scrollIntoView({ block: "start" });
  const control = field.querySelector("input:not([type=hidden]):not(:disabled), select, textarea") || field;
  (control.tomselect || control).focus({ preventScroll: true });
}

const ACTS = {
  "[data-dialog-open]": openDialog,
  "[data-dialog-close]": (button) => button.closest("dialog")?.close(),
  "[data-print]": () => window.print(),
  "[data-copy-address]": copyAddress,
  "[data-error-summary] a": goToField,
};

document.addEventListener("click", (event) => {
  const target = event.target.closest(Object.keys(ACTS).join(", "));
  const found = target && Object.keys(ACTS).find((selector) => target.matches(selector));
  if (found) ACTS[found](target, event);
});

whenShown("[data-error-summary]", (box) => box.focus());
