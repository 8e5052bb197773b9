/* A form that saves itself: <form data-autosave="URL" data-autosave-key="declaration-7" data-version="3">.

   Every change is posted a moment later to URL as the form's own fields plus `version` and `autosave=1`. What is not
   yet saved lies in localStorage, so that a lost connection or a closed window loses nothing. The answer may be JSON:
   {"version": 4, "saved_at": "14:03", "outline_html": "<nav …>",
   "section_html": {"money": "<span …>"}}. 409: someone else saved first; 422: saved as far as it goes.

   <form data-keep="KEY"> only keeps its copy on this computer until a submission has arrived. */

import { fieldsOf, putBack, valuesOf } from "./fields.js";
import { headers, icon, prepare, say, whenShown } from "./page.js";
import { reasonOf } from "./requests.js";
import { toast } from "./toasts.js";

const AFTER_MS = 1500;
const AT_MOST_MS = 6000;
const RETRY_MS = 10000;
const MARKS = { saving: "arrow-repeat", saved: "check2", failed: "exclamation-octagon", stale: "exclamation-octagon", unsaved: "pencil" };

const FORMS = "form[data-autosave], form[data-keep]";
const SUBMITTED = "xunzhang:submitted";

const keyOf = (form) => "xunzhang:" + (form.dataset.autosaveKey || form.dataset.keep || form.id || window.location.pathname);
const now = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });

function start(form) {
  if (form.dataset.autosaveReady) return;
  form.dataset.autosaveReady = "yes";
  const key = keyOf(form);
  const places = document.querySelectorAll(
    '[data-save-state][data-for="' + CSS.escape(form.id) + '"], [data-save-state]:not([data-for])',
  );
  let dirty = false;
  let sending = false;
  let stopped = false;
  let leaving = false;
  let timer = null;
  let firstChange = 0;
  let revision = 0;

  function show(state, text) {
    places.forEach((place) => {
      place.dataset.state = state;
      place.replaceChildren(icon(MARKS[state]), document.createTextNode(text));
    });
  }

  function keep() {
    try {
      localStorage.setItem(key, JSON.stringify({ version: form.dataset.version || "", at: Date.now(), values: valuesOf(form) }));
      return true;
    } catch {
      return false;
    }
  }

  const forget = () => {
    try {
      localStorage.removeItem(key);
    } catch {
      /* Nothing was kept. */
    }
  };

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function changed() {
    if (stopped) return;
    revision += 1;
    if (!dirty) firstChange = Date.now();
    dirty = true;
    keep();
    if (!form.dataset.autosave) return;
    if (!sending) show("unsaved", say("unsaved"));
    later(Math.max(0, Math.min(AFTER_MS, firstChange + AT_MOST_MS - Date.now())));
  }

  async function save() {
    if (!dirty || stopped || !form.dataset.autosave) return;
    if (sending) {
      later(500);
      return;
    }
    sending = true;
    const sent = revision;
    show("saving", say("saving"));
    const body = new FormData();
    fieldsOf(form).forEach((field) => {
      if (["checkbox", "radio"].includes(field.type) && !field.checked) return;
      if (field.type === "select-multiple") [...field.selectedOptions].forEach((option) => body.append(field.name, option.value));
      else body.append(field.name, field.value);
    });
    body.append("autosave", "1");
    if (form.dataset.version) body.set("version", form.dataset.version);
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body,
        credentials: "same-origin",
        headers: { ...headers(), Accept: "application/json" },
      });
      const isJson = answer.headers.get("content-type")?.includes("json");
      const told = isJson ? await answer.json() : {};
      if (answer.status === 409) {
        stopped = true;
        keep();
        show("stale", told.message || say("stale"));
      } else if (answer.redirected || (!answer.ok && answer.status !== 422)) {
        failed(told.message || (answer.redirected ? say("kept") : say(reasonOf(answer.status))));
      } else {
        saved(told, sent, answer.status === 422);
      }
    } catch {
      failed("");
    } finally {
      sending = false;
    }
  }

  function saved(told, sent, partly) {
    if (told.version) {
      form.dataset.version = told.version;
      const field = form.elements.namedItem("version");
      if (field) field.value = told.version;
    }
    if (revision === sent) {
      dirty = false;
      forget();
      show(partly ? "unsaved" : "saved", partly ? say("invalid") : say("saved", { time: told.saved_at || now() }));
    } else {
      firstChange = Date.now();
      later(AFTER_MS);
    }
    form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true, detail: told }));
    if (window.htmx) window.htmx.trigger(document.body, "autosaved", told);
  }

  function failed(reason) {
    const kept = keep();
    show("failed", kept ? say("kept") : say("offline"));
    if (reason) toast(reason, "bad");
    later(RETRY_MS);
  }

  const restored = (() => {
    try {
      return JSON.parse(localStorage.getItem(key) || "null");
    } catch {
      return null;
    }
  })();
  if (restored && JSON.stringify(restored.values) !== JSON.stringify(valuesOf(form))) {
    putBack(form, restored.values);
    toast(say("restored"), "warn");
    if (restored.version === (form.dataset.version || "")) changed();
    else {
      // Saved by someone else in between: show what was typed, let the person decide.
      show("stale", say("stale"));
    }
  } else if (restored) forget();

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
    try {
      sessionStorage.setItem(SUBMITTED, key);
    } catch {
      /* The copy then stays until the next save. */
    }
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("online", () => dirty && later(0));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && dirty && later(0));
  window.addEventListener("beforeunload", (event) => {
    if (!dirty || leaving || !form.dataset.autosave) return;
    keep();
    event.preventDefault();
    event.returnValue = "";
  });
}

/* The answer of a save also says what each section still lacks: shown without touching what is being typed. */
document.addEventListener("autosaved", (event) => {
  const told = event.detail || {};
  if (told.outline_html) {
    const outline = document.querySelector("[data-outline]");
    if (outline) {
      outline.outerHTML = told.outline_html;
      prepare(document.querySelector("[data-outline]"));
    }
  }
  Object.entries(told.section_html || {}).forEach(([id, html]) => {
    const place = document.querySelector('[data-section="' + CSS.escape(id) + '"] [data-section-state]');
    if (place) place.innerHTML = html;
  });
});

/* A submission that led to another page has arrived: the copy on this computer has done its duty. */
function forgetSubmitted() {
  try {
    const key = sessionStorage.getItem(SUBMITTED);
    sessionStorage.removeItem(SUBMITTED);
    const still = [...document.querySelectorAll(FORMS)].some((form) => keyOf(form) === key);
    if (key && !still && !document.querySelector(".error-page")) localStorage.removeItem(key);
  } catch {
    /* No storage, nothing kept. */
  }
}
forgetSubmitted();

whenShown(FORMS, start);
