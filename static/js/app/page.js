/* The page at hand: the sentences it brought along, its token against forged requests, icons, and who prepares what. */

const wordsElement = document.getElementById("xz-words");
const words = wordsElement ? JSON.parse(wordsElement.textContent) : {};
export const say = (key, values) => (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => (values || {})[name] ?? "");
export const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";
export const each = (root, selector, act) => {
  if (root.matches && root.matches(selector)) act(root);
  root.querySelectorAll(selector).forEach(act);
};
export const icon = (name) => {
  const mark = document.createElement("i");
  mark.className = "bi bi-" + name;
  mark.setAttribute("aria-hidden", "true");
  return mark;
};

const prepared = [];

/** From now on `act` is called with every element that `selector` finds on the page and in what htmx brings in. */
export function whenShown(selector, act) {
  prepared.push([selector, act]);
}

/** Prepare the page, or a fragment that came into it, in the order in which the modules asked for it. */
export function prepare(root) {
  prepared.forEach(([selector, act]) => each(root, selector, act));
}
