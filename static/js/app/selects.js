/* Long lists get a search box (tom-select). */

import { say, whenShown } from "./page.js";

whenShown("select[data-search]", (select) => {
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
