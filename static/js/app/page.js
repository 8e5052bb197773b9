/* The page at hand: the sentences it brought along, its token against forged requests, icons, and who prepares what. */

const wordsElement = document.getElementById("xz-words");
const words = wordsElement ? JSON.parse(wordsElement.textContent) : {};
export const say = (key, values) => (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => (values || {})[name] ?? "");
const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(name + "="))?.slice(name.length + 1) || "";
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content || "";
/** The token against forged requests as it is now: signing in, in another window too, changes it. */
export const token = () => cookie("csrftoken") || meta("csrf-token");
/** What a script sends with whatever it writes: the token, and for whom this page was shown. */
export const headers = () => ({ "X-CSRFToken": token(), ...(meta("shown") && { "X-Shown": meta("shown") }) });
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
