/* The rules page: as one types, only the articles remain in which every word stands. The server does the same. */

/** The article that the address names, if it stands on this page. */
const named = () => document.getElementById(location.hash.slice(1));

/** Keep the parts in sight that hold every word of `input`. */
function narrowBy(input) {
  const empty = document.querySelector("[data-rules-empty]");
  const parts = [...document.querySelectorAll("[data-rules-part]")].map((part) => [part, null]);
  const show = () => {
    const words = input.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    parts.forEach((entry) => {
      entry[1] ??= (entry[0].id + " " + entry[0].textContent).toLocaleLowerCase();
      entry[0].hidden = !words.every((word) => entry[1].includes(word));
    });
    let found = false;
    document.querySelectorAll("[data-rules-group]").forEach((group) => {
      group.hidden = !group.querySelector("[data-rules-part]:not([hidden])");
      found ||= !group.hidden;
    });
    if (empty) empty.hidden = found;
  };
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 120);
  });
  input.addEventListener("search", show);
  const open = () => {
    const goal = named();
    if (goal?.hidden || goal?.closest("[hidden]")) {
      input.value = "";
      show();
      goal.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
}

/* The article that the address names stands open. */
const unfold = () => {
  const goal = named();
  goal?.querySelector(":scope details.rules-fold")?.setAttribute("open", "");
};
window.addEventListener("hashchange", unfold);
unfold();

const search = document.querySelector("form[data-rules-search] input[type=search]");
if (search && !search.defaultValue) narrowBy(search);

/* On paper nothing is folded. */
const folded = () => document.querySelectorAll("details.rules-left, details.rules-fold");
window.addEventListener("beforeprint", () => folded().forEach((one) => {
  if (!one.open) { one.open = true; one.dataset.opened = ""; }
}));
window.addEventListener("afterprint", () => folded().forEach((one) => {
  if ("opened" in one.dataset) { one.open = false; delete one.dataset.opened; }
}));
