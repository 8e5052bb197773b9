/* A file is sent the moment it is chosen, with its progress; the answer is its field anew, or why it was not taken.
   <input type="file" data-upload="ADDRESS"> within [data-paper]; without the script the button beside it sends it. */

import { headers, prepare, say, whenShown } from "./page.js";
import { reasonOf } from "./requests.js";
import { inTurn } from "./turns.js";

function send(input) {
  const place = input.closest("[data-paper]");
  const form = input.form;
  const { paper } = place.dataset;
  const shown = () => (place.isConnected ? place : form.querySelector('[data-paper="' + CSS.escape(paper) + '"]')); // perhaps drawn anew
  const bar = place.querySelector("progress");
  const fault = place.querySelector("[data-upload-error]");
  const request = new XMLHttpRequest();
  const failed = (reason) => {
    bar.hidden = true;
    place.inert = false;
    input.value = "";
    fault.textContent = reason;
  };
  const body = new FormData();
  body.append(input.name, input.files[0]);
  fault.textContent = "";
  bar.value = 0;
  bar.hidden = false;
  request.open("POST", input.dataset.upload);
  Object.entries({ ...headers(), Accept: "application/json" }).forEach(([name, value]) => request.setRequestHeader(name, value));
  request.upload.addEventListener("progress", (event) => event.lengthComputable && (bar.value = (100 * event.loaded) / event.total));
  request.addEventListener("error", () => failed(say("offline")));
  request.addEventListener("load", () => {
    const isJson = request.getResponseHeader("content-type")?.includes("json");
    const told = isJson ? JSON.parse(request.responseText) : {};
    if (request.status !== 200 || !told.paper_html) return failed(told.message || say(reasonOf(request.status)));
    if (shown()) shown().outerHTML = told.paper_html;
    const fresh = shown();
    if (!fresh) return;
    prepare(fresh);
    form.dispatchEvent(new CustomEvent("renewed", { detail: { paper } }));
    fresh.querySelector("input[type=file], a")?.focus();
    fresh.closest(".has-error")?.classList.remove("has-error");
    // Naming a paper in its row made the form one version newer: by the page's own doing.
    if (told.version === Number(form.dataset.version) + 1) {
      form.dataset.version = told.version;
      const field = form.elements.namedItem("version");
      if (field) field.value = told.version;
    }
    form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true, detail: told }));
  });
  place.inert = true; // at once: its row keeps its number
  inTurn(form, () => new Promise((end) => {
    request.addEventListener("loadend", end);
    request.send(body);
  }));
}

whenShown("[data-upload-button]", (button) => (button.hidden = true));
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("input[type=file][data-upload]") && target.files.length) send(target);
});
