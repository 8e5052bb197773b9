/* A narrow window: what folds away, and the row of tabs. */

import { whenShown } from "./page.js";

/* Filters fold away on a phone: <details data-phone-fold open>; on a wide window they are always open. */
const phone = window.matchMedia("(max-width: 640px)");
const fold = (box) => (box.open = !phone.matches);
phone.addEventListener("change", () => document.querySelectorAll("[data-phone-fold]").forEach(fold));

whenShown("[data-phone-fold]", fold);

/* On a narrow screen the row of tabs scrolls: the present one is brought into sight. */
function showTab(tab) {
  const row = tab.closest(".tabs");
  const hidden = tab.offsetLeft + tab.offsetWidth - row.offsetLeft - row.clientWidth;
  if (hidden > 0) row.scrollLeft = hidden + 24;
}

whenShown(".tabs .tab[aria-current]", showTab);
