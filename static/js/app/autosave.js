/* A form that saves itself: <form data-autosave="URL" data-autosave-key="declaration-7" data-version="3" data-page="URL">.

   What was changed is posted a moment later, one save at a time, as `changes`: place by place (a field, or all rows of a list) what
   the page showed and what stands there now. So a colleague's changes elsewhere stay, and where both changed the same the service
   answers 409 with both, to choose. What is not saved yet lies on this computer (kept.js). The answer is JSON: {"version": 4,
   "saved_at": "14:03", "outline_html": "<nav …>", "section_html": {"money": "<span …>"}}, where only some sections were touched
   "outline_states": {"money": "<span …>"} for the outline; anything else is no success. */

import { fieldsOf, putBack, same, valuesOf } from "./fields.js";
import { nameOf, read, sent, write } from "./kept.js";
import { headers, icon, prepare, say, whenShown } from "./page.js";
import { reasonOf } from "./requests.js";
import { toast } from "./toasts.js";
import { inTurn } from "./turns.js";

const AFTER_MS = 1500;
const AT_MOST_MS = 6000;
const RETRY_MS = 10000;
const MARKS = { saving: "arrow-repeat", saved: "check2", failed: "exclamation-octagon", stale: "exclamation-octagon", unsaved: "pencil" };
const UNIT = "money-unit"; // amounts are read in it: whoever changes one says which unit they saw

const now = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
const placeOf = (name) => name.split("-").slice(0, 2).join("-");

/* Places to what stands there: names to texts, as a form would send them. */
function placesOf(form) {
  const places = {};
  Object.entries(valuesOf(fieldsOf(form).filter((field) => !field.name.includes(":")))).forEach(([name, texts]) => {
    const here = (places[placeOf(name)] ||= {});
    if (texts.length) here[name] = texts.at(-1);
  });
  return places;
}

function start(form) {
  if (form.dataset.autosaveReady) return;
  form.dataset.autosaveReady = "yes";
  const key = nameOf(form.dataset.autosaveKey || form.id);
  const tab = Math.random().toString(36).slice(2);
  const signs = document.querySelectorAll(
    '[data-save-state][data-for="' + CSS.escape(form.id) + '"], [data-save-state]:not([data-for])',
  );
  let base = placesOf(form); // what is saved, as far as this page knows
  let last = base; // what stands in the form
  const versions = new Map(); // of places shown in, or chosen against, another version than the page's own
  const fought = new Map(); // places that somebody else changed as well, with what is saved there and its version
  let sending = null;
  let timer = null;
  let firstChange = 0;
  let ended = false; // signed out, or in another role: nothing more can be saved from this page
  let isOut = false; // the service said so already
  let leaving = false;
  let isNative = false;

  const texts = (names) => Object.fromEntries(Object.entries(names || {}).map(([name, text]) => [name, [text]]));
  const blank = (names) => Object.values(names || {}).every((text) => text === "");
  const alike = (one, other) => same(one, other) || (blank(one) && blank(other));
  const changed = () => Object.keys({ ...base, ...last }).filter((place) => !alike(base[place], last[place]));
  const versionOf = (place) => versions.get(place) ?? Number(form.dataset.version);
  const pair = (place) => [place, { was: base[place] || {}, now: last[place] || {}, version: versionOf(place) }];

  function changes() {
    last = placesOf(form);
    const places = changed().filter((place) => !fought.has(place));
    const isAmount = (place) => Object.keys(last[place] || {}).some((name) => form.elements.namedItem(name)?.dataset?.amount);
    if (base[UNIT] && !places.includes(UNIT) && places.some(isAmount)) places.push(UNIT);
    return Object.fromEntries(places.map(pair));
  }

  function show(state, text, link) {
    signs.forEach((sign) => {
      sign.dataset.state = state;
      sign.replaceChildren(icon(MARKS[state]), document.createTextNode(text), ...(link ? [" ", link.cloneNode(true)] : []));
    });
  }

  const linkTo = (address, word) => Object.assign(document.createElement("a"), { href: address, textContent: say(word) });
  const askToChoose = () => show("stale", say("choose"), linkTo("#differences", "goChoose"));

  /* Only this window's own changes: another one may be keeping its own beside them. */
  function keep() {
    const others = Object.entries(read(key)?.fields || {}).filter(([, one]) => one.tab !== tab);
    const own = changed().map((place) => [place, { ...pair(place)[1], tab }]);
    return write(key, Object.fromEntries([...others, ...own]));
  }

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function typed() {
    last = placesOf(form);
    keep(); // where this computer keeps nothing, the service still does
    if (ended) return;
    if (changed().length <= fought.size) return;
    if (!firstChange) firstChange = Date.now();
    if (!sending) show("unsaved", say("unsaved"));
    later(Math.max(0, Math.min(AFTER_MS, firstChange + AT_MOST_MS - Date.now())));
  }

  /* One save at a time; gives "saved", or why not: "conflict", "refused", "offline". */
  function save() {
    clearTimeout(timer);
    sending ||= inTurn(form, () => post(changes())).finally(() => (sending = null));
    return sending;
  }

  async function post(given) {
    if (!Object.keys(given).length || ended) return ended ? "offline" : "saved";
    firstChange = 0;
    show("saving", say("saving"));
    const body = new FormData();
    body.append("changes", JSON.stringify(given));
    if (form.dataset.version) body.append("version", form.dataset.version);
    let answer;
    let told = {};
    try {
      answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body,
        credentials: "same-origin",
        redirect: "manual",
        headers: { ...headers(), Accept: "application/json" },
      });
      if (answer.headers.get("content-type")?.includes("json")) told = await answer.json();
    } catch {
      return failed("");
    }
    if (answer.ok && told.version !== undefined) return saved(told, given);
    if (answer.status === 409 && told.conflicts) return conflict(told);
    if (answer.status === 401 || told.code === "other_role") return signedOut(told);
    if (answer.status === 409) {
      show("stale", told.message || say("stale"));
      return "refused";
    }
    // A page of a proxy, a redirection: whatever it is, it is no success.
    if (!told.message) return failed(answer.ok || answer.type === "opaqueredirect" ? "" : say(reasonOf(answer.status)));
    show("failed", keptOrNot());
    toast(told.message, "bad");
    return "refused";
  }

  function saved(told, given) {
    isOut = false;
    Object.entries(given).forEach(([place, one]) => {
      base[place] = one.now;
      versions.delete(place);
    });
    form.dataset.version = told.version;
    const field = form.elements.namedItem("version");
    if (field) field.value = told.version;
    keep();
    if (changed().length > fought.size) later(AFTER_MS);
    else if (fought.size) askToChoose();
    else show("saved", say("saved", { time: told.saved_at || now() }));
    form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true, detail: told }));
    if (window.htmx) window.htmx.trigger(document.body, "autosaved", told);
    return "saved";
  }

  /* A full or blocked storage keeps nothing: who reads that it did would close the page. */
  const keptOrNot = () => say(keep() ? "kept" : "notKept");

  function failed(reason) {
    show("failed", keptOrNot());
    if (reason) toast(reason, "bad");
    later(RETRY_MS);
    return "offline";
  }

  function signedOut(told) {
    const isKept = keep();
    if (isKept) show("failed", say("kept"), linkTo(told.leads_to || form.dataset.page, told.leads_to ? "signIn" : "reload"));
    // What stands on this page alone must not leave it: one signs in beside it, and it goes on saving.
    else show("failed", say(told.leads_to ? "notKeptOut" : "notKept"));
    if (!told.leads_to && !isOut) toast(told.message, "bad");
    isOut = true;
    ended = leaving = isKept; // everything is kept: no question before the page is left
    if (!isKept) later(RETRY_MS);
    return "offline";
  }

  async function conflict(told) {
    keep();
    askToChoose();
    const fresh = await freshForm();
    if (!fresh) return failed("");
    const places = placesOf(fresh);
    told.conflicts.forEach((place) => fought.set(place, { base: places[place] || {}, version: told.version }));
    document.querySelector("[data-differences]")?.remove();
    form.insertAdjacentHTML("beforebegin", told.differences_html);
    const panel = document.querySelector("[data-differences]");
    prepare(panel);
    offerChoice(panel);
    if (Object.keys(changes()).length) later(0);
    return "conflict";
  }

  async function freshForm() {
    try {
      const answer = await fetch(form.dataset.page, { credentials: "same-origin", redirect: "manual" });
      if (!answer.ok) return null;
      return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(form.id);
    } catch {
      return null;
    }
  }

  /* Mine or what is saved now, place by place; then saving goes on. */
  function offerChoice(panel) {
    panel.querySelectorAll("input[type=radio]").forEach((choice) => (choice.checked = false));
    panel.addEventListener("change", async ({ target }) => {
      const part = target.closest("[data-place]");
      const { place } = part.dataset;
      if (target.value === "now" && place === UNIT) {
        // All amounts stand in another unit then: the page is shown anew, with what was typed.
        base[UNIT] = last[UNIT];
        keep();
        leaving = true;
        window.location.reload();
        return;
      }
      if (target.value === "now") {
        const element = (await freshForm())?.querySelector("#field-" + CSS.escape(place));
        const old = document.getElementById("field-" + place);
        if (!element || !old) {
          toast(say("offline"), "bad");
          target.checked = false;
          return;
        }
        old.replaceWith(element);
        prepare(element);
        last = placesOf(form);
        base[place] = last[place];
      } else base[place] = fought.get(place).base;
      versions.set(place, fought.get(place).version);
      fought.delete(place);
      part.remove();
      if (!panel.querySelector("[data-place]")) panel.remove();
      typed();
      if (!changed().length) show("saved", say("saved", { time: now() }));
    });
  }

  /* What was kept from before goes back, as a change of what it was made on: the service says whether that still stands. */
  function restore() {
    const unsaved = document.getElementById("unsaved");
    Object.entries(unsaved ? JSON.parse(unsaved.textContent) : {}).forEach(([place, names]) => (base[place] = names));
    const panel = document.querySelector("[data-differences]");
    if (panel) {
      panel.querySelectorAll("[data-place]").forEach((part) => fought.set(part.dataset.place, {
        base: base[part.dataset.place] || {},
        version: Number(form.dataset.version),
      }));
      offerChoice(panel);
    }
    const all = Object.entries(read(key)?.fields || {});
    const isHere = ([place]) => last[place] || adderOf(place);
    const kept = all.filter(isHere).filter(([place, one]) => !alike(one.now, last[place]));
    kept.forEach(([place, one]) => {
      addRows(place, one.now);
      // What stands beyond it, as in rows that were taken away, is emptied.
      const beyond = Object.keys(last[place] || {}).map((name) => [name, ""]);
      putBack(fieldsOf(form), texts({ ...Object.fromEntries(beyond), ...one.now }));
      base[place] = one.was;
      versions.set(place, one.version);
    });
    last = placesOf(form);
    if (kept.length) toast(say("restored"), "warn");
    write(key, Object.fromEntries(all.filter((one) => !isHere(one)))); // what is not asked just now may be again
    typed();
  }

  const adderOf = (place) => form.querySelector('[data-lines="' + CSS.escape(place) + '"] [data-add-line]');

  function addRows(place, names) {
    const add = adderOf(place);
    const missing = () => Object.keys(names).some((name) => !form.elements.namedItem(name));
    for (let more = 0; add && missing() && more < 60; more += 1) add.click();
  }

  // On the document, after the scripts that convert amounts and add them up.
  ["input", "change"].forEach((name) => document.addEventListener(name, ({ target }) => (target.form || target) === form && typed()));
  // Sections were drawn anew from what is saved: what was typed in them meanwhile goes back; `paper` is what has just arrived.
  form.addEventListener("renewed", ({ detail }) => {
    const paper = detail?.paper || "";
    const at = placeOf(paper);
    const places = changed();
    const mine = Object.assign({}, ...places.map((place) => texts(last[place])));
    const fresh = placesOf(form);
    Object.keys(fresh).forEach((place) => places.includes(place) || (base[place] = fresh[place]));
    delete mine[paper];
    if (places.includes(at)) base[at] = { ...base[at], [paper]: fresh[at]?.[paper] ?? "" };
    putBack(fieldsOf(form), mine);
    last = placesOf(form);
  });
  /* Whatever button is pressed: first what is under way and what is unsaved, then the form without the fields that are saved. */
  let isWaiting = false;
  form.addEventListener("submit", (event) => {
    if (isNative) {
      leaving = true;
      sent(form, key);
      return;
    }
    event.preventDefault();
    if (!isWaiting) sendAfterSaving(event.submitter);
  });
  form.addEventListener("formdata", ({ formData }) => {
    if (!isNative) return;
    isNative = false;
    fieldsOf(form).forEach((field) => formData.delete(field.name));
    formData.append("changes", JSON.stringify(changes()));
  });

  async function sendAfterSaving(submitter) {
    isWaiting = true;
    submitter?.setAttribute("aria-busy", "true");
    let outcome;
    // Not within the event itself: a form that is being submitted takes no second submission.
    await new Promise((goOn) => setTimeout(goOn));
    do outcome = await save();
    while (outcome === "saved" && Object.keys(changes()).length);
    isWaiting = false;
    submitter?.removeAttribute("aria-busy");
    if (fought.size) {
      document.querySelector("[data-differences]")?.focus();
      toast(say("choose"), "warn");
    } else if (outcome === "offline") toast(keptOrNot(), "bad");
    else {
      isNative = true;
      form.requestSubmit(submitter?.isConnected ? submitter : null);
    }
  }

  window.addEventListener("pageshow", () => {
    leaving = ended;
    isNative = false;
  });
  window.addEventListener("online", () => changed().length && later(0));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && changed().length && later(0));
  window.addEventListener("beforeunload", (event) => {
    if (leaving || !changed().length) return;
    keep();
    event.preventDefault();
    event.returnValue = "";
  });
  // Rows are added by a script of the page, which comes after this one.
  if (document.readyState === "complete") restore();
  else document.addEventListener("DOMContentLoaded", restore);
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
  Object.entries(told.outline_states || {}).forEach(([id, html]) => {
    const place = document.querySelector('[data-outline-state="' + CSS.escape(id) + '"]');
    if (place) place.outerHTML = html;
  });
  const sum = told.outline_states && document.querySelector("[data-outline-sum]");
  if (sum) {
    const states = [...document.querySelectorAll("[data-outline] [data-outline-state]")];
    const complete = states.filter((one) => !Number(one.dataset.missing)).length;
    sum.textContent = say("complete", { complete, total: states.length });
  }
  Object.entries(told.section_html || {}).forEach(([id, html]) => {
    const place = document.querySelector('[data-section="' + CSS.escape(id) + '"] [data-section-state]');
    if (place) place.innerHTML = html;
  });
});

whenShown("form[data-autosave]", start);
