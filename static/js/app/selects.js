/* Long lists get a search box (tom-select), fetched by the first page that shows one. */

import { say, whenShown } from "./page.js";

whenShown("select[data-search]", async (select) => {
  await import("../../vendor/tom-select/tom-select.complete.min.js");
  if (select.tomselect || !select.isConnected) return;
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
