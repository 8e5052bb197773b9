/* Every form with a text to write keeps it on this computer until the service has carried it out: a lost connection, a sign-in in
   between, a closed window lose nothing. Not the forms that save themselves (autosave.js), nor those with a password. */

import { fieldsOf, putBack, same, valuesOf } from "./fields.js";
import { nameOf, read, sent, write } from "./kept.js";
import { say, whenShown } from "./page.js";

const TEXT = 'textarea, input:is([type=text], [type=date], [type=number], [type=email], [type=tel], :not([type])):not([name=q])';
const typedIn = (form) => fieldsOf(form).filter((field) => field.type !== "hidden");

function start(form) {
  if (form.dataset.autosave !== undefined || !form.elements.namedItem("shown") || form.querySelector("[type=password]")) return;
  if (!form.querySelector(TEXT)) return;
  const address = new URL(form.getAttribute("action") || "", window.location.href).pathname;
  const name = nameOf(address + (form.id ? "#" + form.id : ""));
  const base = valuesOf(typedIn(form));

  const keep = () => {
    const now = valuesOf(typedIn(form));
    const changed = Object.keys(now).filter((field) => !same(now[field], base[field]));
    write(name, Object.fromEntries(changed.map((field) => [field, { was: base[field] || [], now: now[field] }])));
  };
  restore(form, name, base);
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("submit", (event) => event.defaultPrevented || sent(form, name));
}

/* What was kept goes where nobody wrote anything else since; where somebody did, both are shown. */
function restore(form, name, base) {
  const copy = read(name);
  if (!copy) return;
  const kept = Object.entries(copy.fields).filter(([field, one]) => base[field] && !same(one.now, base[field]));
  const free = kept.filter(([field, one]) => same(base[field], one.was) || !base[field].join(""));
  const put = putBack(typedIn(form), Object.fromEntries(free.map(([field, one]) => [field, one.now])));
  const fought = kept.filter((one) => !free.includes(one));
  if (!put.length && !fought.length) {
    write(name, {});
    return;
  }
  put.forEach((field) => field.dispatchEvent(new Event("change", { bubbles: true })));
  const note = document.createElement("div");
  note.className = "note tone-info";
  note.dataset.restored = "";
  const body = document.createElement("div");
  body.className = "note-body";
  const line = document.createElement("p");
  line.textContent = put.length ? say("restored") : say("differs");
  body.append(line);
  fought.forEach(([field, one]) => {
    const text = document.createElement("blockquote");
    text.textContent = one.now.join("\n");
    body.append(text, button(say("takeMine"), (pressed) => {
      putBack(typedIn(form), { [field]: one.now });
      text.remove();
      pressed.remove();
    }));
  });
  body.append(button(say("throwAway"), () => {
    putBack(typedIn(form), base);
    write(name, {});
    note.remove();
  }));
  note.append(body);
  form.prepend(note);
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-plain btn-sm";
  made.textContent = text;
  made.addEventListener("click", () => act(made));
  return made;
}

whenShown('form[method="post"]', start);
