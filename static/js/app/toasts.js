/* Messages in the corner: what is good leaves by itself, a warning stays until it is closed. */

import { icon, say, whenShown } from "./page.js";

const ICONS = { good: "check-circle", warn: "exclamation-triangle", bad: "x-octagon", info: "info-circle" };
const STAY_MS = 8000;

export function toast(text, tone) {
  const area = document.getElementById("toasts");
  if (!area || !text) return;
  const same = [...area.querySelectorAll(".toast-box > span")].find((span) => span.textContent === text);
  if (same) same.parentElement.remove();
  const box = document.createElement("div");
  box.className = "toast-box tone-" + (tone || "info");
  box.dataset.toast = tone || "info";
  const line = document.createElement("span");
  line.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.dataset.toastClose = "";
  close.setAttribute("aria-label", say("close"));
  close.append(icon("x-lg"));
  box.append(icon(ICONS[tone] || ICONS.info), line, close);
  area.append(box);
  fade(box);
}

function fade(box) {
  if (box.dataset.fading || ["bad", "warn"].includes(box.dataset.toast)) return;
  box.dataset.fading = "yes";
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : box.remove());
  setTimeout(leave, STAY_MS);
}

whenShown("[data-toast]", fade);
document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove());
// From the server: HX-Trigger: {"toast": {"tone": "good", "text": "…"}}
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
