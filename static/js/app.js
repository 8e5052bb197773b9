/* Xunzhang: what the pages need from a script. Everything works on `data-` attributes, on the page and on fragments
   that htmx brings in; without the script every form and link still works. */
(function () {
  "use strict";

  const wordsElement = document.getElementById("xz-words");
  const words = wordsElement ? JSON.parse(wordsElement.textContent) : {};
  const say = (key, values) => (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => (values || {})[name] ?? "");
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";
  const each = (root, selector, act) => {
    if (root.matches && root.matches(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };
  const icon = (name) => {
    const mark = document.createElement("i");
    mark.className = "bi bi-" + name;
    mark.setAttribute("aria-hidden", "true");
    return mark;
  };

  /* ---- messages ---------------------------------------------------------------------------------------- */

  const ICONS = { good: "check-circle", warn: "exclamation-triangle", bad: "x-octagon", info: "info-circle" };
  const STAY_MS = 8000;

  function toast(text, tone) {
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

  /* ---- amounts: exact, with BigInt; a float never touches money ----------------------------------------- */

  const SCALE = 8;
  const ONE = 10n ** BigInt(SCALE);

  /** Parse what a person types (spaces, full width digits, separators) to units of 10^-8, or null. */
  function parseAmount(text) {
    const plain = text.normalize("NFKC").replace(/[\s,，]/g, "");
    const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(plain);
    if (!match || (!match[2] && !match[3]) || (match[3] || "").length > SCALE) return null;
    const units = BigInt(match[2] || "0") * ONE + BigInt((match[3] || "").padEnd(SCALE, "0"));
    return match[1] === "-" ? -units : units;
  }

  function writeAmount(units) {
    const sign = units < 0n ? "-" : "";
    const size = units < 0n ? -units : units;
    const whole = (size / ONE).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    const rest = (size % ONE).toString().padStart(SCALE, "0").replace(/0+$/, "");
    return sign + whole + (rest ? "." + rest : "");
  }

  const LOOKS_LIKE_YUAN = 100000n * ONE;
  const LOOKS_LIKE_WAN = 1000n * ONE;

  function readBack(input) {
    const out = document.querySelector('[data-readback-for="' + CSS.escape(input.id) + '"]');
    if (!out) return;
    delete out.dataset.tone;
    if (!input.value.trim()) {
      out.textContent = "";
      return;
    }
    const typed = parseAmount(input.value);
    if (typed === null) {
      out.textContent = say("notNumber");
      out.dataset.tone = "warn";
      return;
    }
    const inWan = input.dataset.amount === "wan";
    const yuan = writeAmount(inWan ? typed * 10000n : typed);
    const wan = writeAmount(inWan ? typed : typed / 10000n);
    const exact = inWan || typed % 10000n === 0n;
    const size = typed < 0n ? -typed : typed;
    if (inWan && size >= LOOKS_LIKE_YUAN) {
      out.textContent = say("looksYuan", { value: writeAmount(typed), yuan });
      out.dataset.tone = "warn";
    } else if (!inWan && size > 0n && size < LOOKS_LIKE_WAN && input.dataset.small === undefined) {
      out.textContent = say("looksWan", { value: writeAmount(typed) });
      out.dataset.tone = "warn";
    } else {
      out.textContent = exact ? say("readback", { yuan, wan }) : "";
    }
  }

  /* ---- tables worked by keyboard ------------------------------------------------------------------------ */

  const rowsOf = (table) => [...table.querySelectorAll("tbody tr[data-row], tbody tr[data-href]")];

  function prepareTable(table) {
    const rows = rowsOf(table);
    const current = rows.find((row) => row.tabIndex === 0 && row.hasAttribute("tabindex")) || rows[0];
    rows.forEach((row) => {
      row.tabIndex = row === current ? 0 : -1;
    });
    if (table.dataset.ready) return;
    table.dataset.ready = "yes";
    table.addEventListener("keydown", tableKey);
    table.addEventListener("focusin", (event) => {
      const row = event.target.closest("tr[data-row], tr[data-href]");
      if (row) rowsOf(table).forEach((other) => (other.tabIndex = other === row ? 0 : -1));
    });
    table.addEventListener("dblclick", (event) => {
      if (!event.target.closest("a, button, input, select, label")) openRow(event.target.closest("tr[data-href]"));
    });
  }

  function openRow(row) {
    const link = row?.querySelector("a[data-open], .main-link");
    if (link) link.click();
    else if (row?.dataset.href) window.location.assign(row.dataset.href);
  }

  function tableKey(event) {
    const row = event.target.closest("tr[data-row], tr[data-href]");
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const typing = event.target !== row && event.target.matches("input:not([type=checkbox]), select, textarea, button, a");
    const rows = rowsOf(event.currentTarget);
    const at = rows.indexOf(row);
    const target = {
      ArrowDown: rows[at + 1],
      ArrowUp: rows[at - 1],
      Home: rows[0],
      End: rows[rows.length - 1],
    }[event.key];
    if (target && !event.target.matches("select, textarea, input:not([type=checkbox])")) {
      event.preventDefault();
      target.focus();
      target.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !typing && event.target === row) {
      event.preventDefault();
      openRow(row);
    } else if (event.key === " " && event.target === row) {
      const box = row.querySelector("input[data-mark]:not(:disabled)");
      if (!box) return;
      event.preventDefault();
      box.checked = !box.checked;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  function showMarks(scope) {
    const boxes = [...scope.querySelectorAll("input[data-mark]")];
    const marked = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr")?.classList.toggle("is-marked", box.checked));
    const all = scope.querySelector("input[data-mark-all]");
    if (all) {
      all.checked = boxes.length > 0 && marked.length === boxes.length;
      all.indeterminate = marked.length > 0 && marked.length < boxes.length;
    }
    const bar = scope.querySelector("[data-selection-bar]");
    if (!bar) return;
    bar.classList.toggle("has-marked", marked.length > 0);
    const count = bar.querySelector("[data-selection-count]");
    if (count) count.textContent = say("selected", { n: marked.length });
    bar.querySelectorAll("[data-needs-marks]").forEach((button) => (button.disabled = marked.length === 0));
    scope.querySelectorAll("[data-mark-summary]").forEach((list) => {
      list.replaceChildren(
        ...marked.map((box) => {
          const item = document.createElement("li");
          item.textContent = box.closest("tr")?.querySelector(".main-link")?.textContent.trim() || box.value;
          return item;
        }),
      );
    });
  }

  const markScope = (element) => element.closest("form, [data-marks]") || document.body;

  /* ---- preparing a page or a fragment ------------------------------------------------------------------- */

  /* Filters fold away on a phone: <details data-phone-fold open>; on a wide window they are always open. */
  const phone = window.matchMedia("(max-width: 640px)");
  const fold = (box) => (box.open = !phone.matches);
  phone.addEventListener("change", () => document.querySelectorAll("[data-phone-fold]").forEach(fold));

  /* On a narrow screen the row of tabs scrolls: the present one is brought into sight. */
  function showTab(tab) {
    const row = tab.closest(".tabs");
    const hidden = tab.offsetLeft + tab.offsetWidth - row.offsetLeft - row.clientWidth;
    if (hidden > 0) row.scrollLeft = hidden + 24;
  }

  function prepare(root) {
    each(root, "[data-phone-fold]", fold);
    each(root, ".tabs .tab[aria-current]", showTab);
    each(root, "table[data-keyboard-table]", prepareTable);
    each(root, "input[data-amount]", readBack);
    each(root, "[data-toast]", fade);
    each(root, "[data-selection-bar]", (bar) => showMarks(markScope(bar)));
    each(root, "select[data-search]", (select) => {
      if (!window.TomSelect || select.tomselect) return;
      new window.TomSelect(select, {
        maxOptions: 200,
        plugins: select.multiple ? ["remove_button"] : [],
        render: { no_results: () => '<div class="no-results">' + say("noResults") + "</div>" },
        onInitialize() {
          select.setAttribute("aria-hidden", "true");
          const described = select.getAttribute("aria-describedby");
          if (described) this.control_input.setAttribute("aria-describedby", described);
        },
      });
    });
    each(root, "[data-error-summary]", (box) => box.focus());
    each(root, "[data-outline]", followOutline);
  }

  function followOutline(outline) {
    if (!("IntersectionObserver" in window) || outline.dataset.ready) return;
    outline.dataset.ready = "yes";
    const links = new Map();
    outline.querySelectorAll('a[href^="#"]').forEach((link) => {
      const section = document.getElementById(link.getAttribute("href").slice(1));
      if (section) links.set(section, link);
    });
    if (!links.size) return;
    const seen = new Set();
    const watcher = new IntersectionObserver(
      (entries) => {
        entries.forEach((entry) => (entry.isIntersecting ? seen.add(entry.target) : seen.delete(entry.target)));
        const first = [...links.keys()].find((section) => seen.has(section));
        if (!first) return;
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(first).setAttribute("aria-current", "true");
      },
      { rootMargin: "-80px 0px -50% 0px" },
    );
    links.forEach((_, section) => watcher.observe(section));
  }

  /* ---- clicks, changes, submissions --------------------------------------------------------------------- */

  function setDrawer(button, open) {
    const drawer = document.getElementById(button.dataset.drawer);
    if (!drawer) return;
    drawer.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) drawer.querySelector("a, input")?.focus();
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest(
      "[data-toast-close], [data-dialog-open], [data-dialog-close], [data-drawer], [data-print], [data-copy-address], [data-error-summary] a",
    );
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const toggle = document.querySelector('[data-drawer][aria-expanded="true"]');
    if (toggle && target !== toggle && !event.target.closest("#" + toggle.dataset.drawer)) setDrawer(toggle, false);
    if (!target) return;
    if (target.matches("[data-toast-close]")) target.closest("[data-toast]").remove();
    else if (target.matches("[data-dialog-open]")) {
      const dialog = document.getElementById(target.dataset.dialogOpen);
      if (dialog?.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
    } else if (target.matches("[data-dialog-close]")) target.closest("dialog")?.close();
    else if (target.matches("[data-drawer]")) setDrawer(target, target.getAttribute("aria-expanded") !== "true");
    else if (target.matches("[data-print]")) window.print();
    else if (target.matches("[data-copy-address]")) {
      navigator.clipboard?.writeText(window.location.href).then(() => toast(say("copied"), "good"));
    } else if (target.getAttribute("href")?.startsWith("#")) {
      const field = document.getElementById(target.getAttribute("href").slice(1));
      if (!field) return;
      event.preventDefault();
      field.scrollIntoView({ block: "start" });
      const control = field.querySelector("input:not([type=hidden]):not(:disabled), select, textarea") || field;
      (control.tomselect || control).focus({ preventScroll: true });
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    const toggle = document.querySelector('[data-drawer][aria-expanded="true"]');
    if (toggle) {
      setDrawer(toggle, false);
      toggle.focus();
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches("input[data-amount]")) readBack(event.target);
  });

  document.addEventListener("change", (event) => {
    const { target } = event;
    if (target.matches("input[data-mark-all]")) {
      const scope = markScope(target);
      scope.querySelectorAll("input[data-mark]:not(:disabled)").forEach((box) => (box.checked = target.checked));
      showMarks(scope);
    } else if (target.matches("input[data-mark]")) showMarks(markScope(target));
    else if (target.form?.matches("[data-filter]")) target.form.requestSubmit();
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
    form.dataset.submitting = "yes";
    // After the event: a disabled button would not be sent with its form.
    setTimeout(() => form.querySelectorAll("button[type=submit], button:not([type])").forEach((button) => {
      if (button.disabled) return;
      button.disabled = true;
      button.dataset.held = "yes";
      if (button === event.submitter) button.setAttribute("aria-busy", "true");
    }));
  });

  function release(root) {
    each(root, "form[data-submitting]", (form) => delete form.dataset.submitting);
    each(root, "button[data-held]", (button) => {
      button.disabled = false;
      button.removeAttribute("aria-busy");
      delete button.dataset.held;
    });
  }

  window.addEventListener("pageshow", () => release(document.documentElement));

  /* ---- htmx --------------------------------------------------------------------------------------------- */

  const SLOW_MS = 300;
  const slow = new WeakMap();
  const REASON = { 403: "forbidden", 404: "missing", 413: "toolarge", 429: "busy" };
  const reasonOf = (status) => REASON[status] || (status >= 500 ? "server" : "refused");

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = token();
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
  // From the server: HX-Trigger: {"toast": {"tone": "good", "text": "…"}} and {"counts": {"unread_count": 3}}
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
  document.addEventListener("counts", (event) => showCounts(event.detail));

  function showCounts(counts) {
    Object.entries(counts).forEach(([key, value]) => {
      if (key === "elt") return;
      document.querySelectorAll('[data-live="' + CSS.escape(key) + '"]').forEach((place) => {
        if (place.textContent !== String(value)) place.textContent = value;
        if (place.classList.contains("bar-count")) place.hidden = !value;
      });
    });
  }

  /* Counts of the frame: <body data-counts-url="…">, answered with {"unread_count": 3, "nav_queue": 12}. */
  const COUNT_EVERY_MS = 60000;
  const countsUrl = document.body.dataset.countsUrl;
  async function refreshCounts() {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(countsUrl, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (answer.ok && answer.headers.get("content-type")?.includes("json")) showCounts(await answer.json());
    } catch {
      /* The next round asks again. */
    }
  }
  if (countsUrl) {
    setInterval(refreshCounts, COUNT_EVERY_MS);
    document.addEventListener("visibilitychange", refreshCounts);
  }

  window.xunzhang = { say, toast, token, icon, parseAmount, writeAmount, reasonOf, prepare };
  prepare(document.body);
})();
