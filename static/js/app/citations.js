/* Citations: a click opens the article's text in place. With the keyboard all citations of a page are one stop: left and
   right go to the next one, up and down to those of the next place, Enter or space enters the text, Escape leaves it.
   Without the script each is a link to the page of the rules. */

import { say } from "./page.js";

const PLACES = "section, .panel, fieldset, .field, tr, li, dd, dialog, main";
const WAIT_MS = 250;
const kept = new Map();
let shown = null;
let timer = 0;

const stopsOf = (scope) =>
  [...scope.querySelectorAll("a.cite[data-article], .cites-fold > summary")].filter((one) => one.getClientRects().length);
const scopeOf = (element) => element.closest("dialog") || element.closest("main") || document.body;

/** Exactly one citation of a page (and of each dialog) is in the tab order. */
function settle(scope, chosen) {
  const stops = stopsOf(scope).filter((one) => scopeOf(one) === scope);
  const stop = chosen || stops.find((one) => one.tabIndex === 0) || stops[0];
  stops.forEach((one) => (one.tabIndex = one === stop ? 0 : -1));
  if (stop) stop.setAttribute("aria-description", say("citeKeys"));
}
const settleAll = () => document.querySelectorAll("main, dialog[open]").forEach((scope) => settle(scope));

function move(from, key) {
  const stops = stopsOf(scopeOf(from));
  const at = stops.indexOf(from);
  const place = (one) => one.closest(PLACES);
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  if (key === "Home") return stops[0];
  if (key === "End") return stops[stops.length - 1];
  if (key === "ArrowRight" || key === "ArrowLeft") return stops[at + step];
  let next = at + step;
  while (stops[next] && place(stops[next]) === place(from)) next += step;
  return stops[next];
}

/* ---- the text ---------------------------------------------------------------------------------------- */

async function text(address) {
  if (!kept.has(address)) {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    kept.set(address, await answer.text());
  }
  return kept.get(address);
}

function put() {
  if (!shown) return;
  const { box, link } = shown;
  const at = link.getBoundingClientRect();
  if (!link.isConnected || at.bottom < 0 || at.top > innerHeight) return close();
  const width = Math.min(480, document.documentElement.clientWidth - 16);
  box.style.width = width + "px";
  box.style.left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8)) + "px";
  const below = innerHeight - at.bottom - 12;
  const above = at.top - 12;
  const under = below >= Math.min(box.scrollHeight, 220) || below >= above;
  box.style.maxHeight = Math.max(96, Math.min(under ? below : above, innerHeight * 0.6)) + "px";
  box.style.top = under ? at.bottom + 4 + "px" : "auto";
  box.style.bottom = under ? "auto" : innerHeight - at.top + 4 + "px";
}

async function open(link, enter) {
  if (shown?.link === link) {
    if (enter) shown.box.focus();
    return;
  }
  close();
  const box = document.createElement("div");
  box.className = "article-box";
  box.tabIndex = -1;
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", link.textContent.trim());
  box.setAttribute("aria-live", "polite");
  box.textContent = say("working");
  link.setAttribute("aria-expanded", "true");
  shown = { box, link };
  // Not within a label: what is clicked in there goes to its control.
  (link.closest("label, legend, summary") || link).after(box);
  put();
  try {
    const found = await text(link.dataset.article);
    if (shown?.box !== box) return;
    box.innerHTML = found;
  } catch {
    if (shown?.box !== box) return;
    box.textContent = say("offline");
  }
  put();
  if (enter) box.focus();
}

function close() {
  clearTimeout(timer);
  if (!shown) return;
  const { box, link } = shown;
  shown = null;
  const within = box.contains(document.activeElement);
  box.remove();
  link.removeAttribute("aria-expanded");
  if (within) link.focus({ preventScroll: true });
}

/* ---- hand and keys ----------------------------------------------------------------------------------- */

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("a.cite[data-article]");
    if (!link) {
      if (!shown) return;
      if (!shown.box.contains(event.target)) close();
      else if (!event.target.closest("a")) event.stopPropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(timer);
    if (shown?.link === link) close();
    else open(link, event.detail === 0);
  },
  true,
);

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape" && shown) {
      event.preventDefault();
      event.stopPropagation();
      close();
      return;
    }
    const stop = event.target.closest?.("a.cite[data-article], .cites-fold > summary");
    if (!stop || event.altKey || event.ctrlKey || event.metaKey) return;
    if ((event.key === "Enter" || event.key === " ") && stop.matches("a")) {
      event.preventDefault();
      event.stopPropagation();
      clearTimeout(timer);
      open(stop, true);
      return;
    }
    if (!/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const next = move(stop, event.key);
    if (next) next.focus();
  },
  true,
);

document.addEventListener("focusin", (event) => {
  const stop = event.target.closest?.("a.cite[data-article], .cites-fold > summary");
  if (shown && !shown.box.contains(event.target) && event.target !== shown.link) close();
  if (!stop) return;
  settle(scopeOf(stop), stop);
  if (stop.matches("a:focus-visible") && shown?.link !== stop) {
    clearTimeout(timer);
    timer = setTimeout(() => document.activeElement === stop && open(stop, false), WAIT_MS);
  }
});

window.addEventListener("scroll", put, { passive: true, capture: true });
window.addEventListener("resize", put);
document.addEventListener("toggle", settleAll, true);
document.addEventListener("htmx:afterSettle", settleAll);
const folds = () => document.querySelectorAll(".cites-fold");
window.addEventListener("beforeprint", () => {
  close();
  folds().forEach((fold) => {
    if (!fold.open) fold.dataset.opened = String((fold.open = true));
  });
});
window.addEventListener("afterprint", () =>
  folds().forEach((fold) => {
    if (fold.dataset.opened) fold.open = false;
    delete fold.dataset.opened;
  }),
);
settleAll();
