/* Requests of htmx: the token, the sign that one is slow, what to say when one fails. */

import { headers, prepare, say } from "./page.js";
import { release } from "./submits.js";
import { toast } from "./toasts.js";

const REASON = { 403: "forbidden", 404: "missing", 413: "toolarge", 429: "busy" };
export const reasonOf = (status) => REASON[status] || (status >= 500 ? "server" : "refused");

const SLOW_MS = 300;
const slow = new WeakMap();

document.addEventListener("htmx:configRequest", (event) => {
  Object.assign(event.detail.headers, headers());
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target } = event.detail;
  if (target) slow.set(target, setTimeout(() => {
    target.classList.add("is-slow");
    target.setAttribute("aria-busy", "true");
  }, SLOW_MS));
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { target, elt } = event.detail;
  if (target) {
    clearTimeout(slow.get(target));
    target.classList.remove("is-slow");
    target.removeAttribute("aria-busy");
  }
  if (elt) release(elt);
});
document.addEventListener("htmx:responseError", (event) => {
  toast(event.detail.xhr.getResponseHeader("X-Reason-Sentence") || say(reasonOf(event.detail.xhr.status)), "bad");
});
["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => toast(say("offline"), "bad")));
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
