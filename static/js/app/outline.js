/* The outline beside a long page follows what is being read. */

import { whenShown } from "./page.js";

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

whenShown("[data-outline]", followOutline);
