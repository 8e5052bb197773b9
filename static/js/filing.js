/* A form that is handed in: rows added and removed on the page, and sections drawn anew when an answer changes what the form asks. Without it every button still works through the server. */

import { prepare } from "./app/page.js";

const form = document.querySelector("form[data-filing]");
let structureChanged = false;
const changed = () => form.dispatchEvent(new Event("change", { bubbles: true }));

/* Rows bear the numbers of their order, as the service counts them, in whatever names them. */
function number(group) {
  const stem = group.dataset.lines + "-";
  const numbered = new RegExp(stem + "\\d+(?=-)", "g");
  group.querySelectorAll("[data-line]").forEach((line, index) => line.querySelectorAll("*").forEach((part) => {
    [...part.attributes].forEach((one) => {
      const value = one.value.replace(numbered, stem + index);
      if (value !== one.value) one.value = value;
    });
  }));
}

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-line]");
  const remove = event.target.closest("[data-remove-line]");
  if (add) {
    const group = add.closest("[data-lines]");
    const template = document.querySelector('template[data-line-of="' + CSS.escape(group.dataset.lines) + '"]');
    if (!template) return;
    event.preventDefault();
    const line = template.content.querySelector("tr").cloneNode(true);
    group.querySelector("tbody").append(line);
    number(group);
    prepare(line);
    line.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  } else if (remove) {
    const line = remove.closest("[data-line]");
    const group = line.closest("[data-lines]");
    if (group.querySelector("[data-paper][inert]")) return; // a paper is on its way to a row by its number
    line.remove();
    number(group);
    (group.querySelector("tbody input, tbody select") || group.querySelector("[data-add-line]"))?.focus();
    changed();
  }
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-answer-all]");
  if (!button) return;
  const answers = button.closest("[data-section]").querySelectorAll('[type=radio][value="' + button.dataset.answerAll + '"]:enabled');
  answers.forEach((answer) => (answer.checked = true));
  answers[0]?.dispatchEvent(new Event("change", { bubbles: true }));
});

form.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches?.("[data-structure]")) structureChanged = true;
});

const namesOf = (section) => [...section.querySelectorAll("[name]")].map((field) => field.name + (field.disabled ? "-" : "")).join(" ");

/* What the form asks depends on some answers: sections whose fields differ are taken from the page as it is now. */
form.addEventListener("autosaved", async ({ detail }) => {
  const opened = detail?.unlocked !== undefined && detail.unlocked !== form.dataset.unlocked;
  if (opened) form.dataset.unlocked = detail.unlocked;
  if (!structureChanged && !opened) return;
  structureChanged = false;
  const answer = await fetch(form.dataset.page, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = [...page.querySelectorAll("form[data-filing] [data-section]")];
  fresh.forEach((section, index) => {
    const old = form.querySelector('[data-section="' + CSS.escape(section.dataset.section) + '"]');
    if (!old) {
      const before = fresh[index - 1] && form.querySelector('[data-section="' + CSS.escape(fresh[index - 1].dataset.section) + '"]');
      before?.after(section);
    } else if (namesOf(old) !== namesOf(section)) {
      const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
      old.replaceWith(section);
      if (focused) document.getElementById(focused)?.focus();
    } else return;
    prepare(section);
  });
  form.querySelectorAll("[data-section]").forEach((section) => {
    if (!fresh.some((one) => one.dataset.section === section.dataset.section)) section.remove();
  });
  form.dispatchEvent(new Event("renewed"));
});
