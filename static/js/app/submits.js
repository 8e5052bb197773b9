/* Sending a form: once, and a filter without its empty fields. */

import { each, token } from "./page.js";

document.addEventListener("change", ({ target }) => {
  if (target.form?.matches("[data-filter]") && !target.matches("input[data-mark], input[data-mark-all]")) {
    target.form.requestSubmit();
  }
});

/* A second press of the same button does nothing; the page coming back re-enables it. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.matches("[data-many-submits]") || form.method === "dialog") return;
  if (form.dataset.submitting) {
    event.preventDefault();
    return;
  }
  if (form.method === "get") {
    // Empty filters do not belong in an address that is handed on.
    [...form.elements].forEach((field) => {
      if (field.name && field.value === "" && !field.disabled) {
        field.disabled = true;
        field.dataset.emptied = "yes";
      }
    });
    setTimeout(() => form.querySelectorAll("[data-emptied]").forEach((field) => {
      field.disabled = false;
      delete field.dataset.emptied;
    }));
    return;
  }
  const proof = form.querySelector("input[name=csrfmiddlewaretoken]");
  if (proof) proof.value = token();
  form.dataset.submitting = "yes";
  // After the event: a disabled button would not be sent with its form.
  setTimeout(() => form.querySelectorAll("button[type=submit], button:not([type])").forEach((button) => {
    if (button.disabled) return;
    button.disabled = true;
    button.dataset.held = "yes";
    if (button === event.submitter) button.setAttribute("aria-busy", "true");
  }));
});

export function release(root) {
  each(root, "form[data-submitting]", (form) => delete form.dataset.submitting);
  each(root, "button[data-held]", (button) => {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    delete button.dataset.held;
  });
}

window.addEventListener("pageshow", () => release(document.documentElement));
