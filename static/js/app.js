/* Xunzhang: what the pages need from a script. Everything works on `data-` attributes, on the page and on fragments
   that htmx brings in; without the script every form and link still works. What prepares a page does so in this order:
   a kept form is put back last, when its fields are ready. */
import "./app/narrow.js";
import "./app/tables.js";
import "./app/amounts.js";
import "./app/toasts.js";
import "./app/marks.js";
import "./app/selects.js";
import "./app/buttons.js";
import "./app/outline.js";
import "./app/menus.js";
import "./app/submits.js";
import "./app/requests.js";
import "./app/counts.js";
import "./app/citations.js";
import "./app/uploads.js";
import "./app/autosave.js";
import "./app/keeping.js";
import { prepare } from "./app/page.js";

prepare(document.body);
