/* Menus and the drawer of a phone: a click elsewhere or Escape closes them. */

function setDrawer(button, open) {
  const drawer = document.getElementById(button.dataset.drawer);
  if (!drawer) return;
  drawer.toggleAttribute("data-open", open);
  button.setAttribute("aria-expanded", String(open));
  if (open) drawer.querySelector("a, input")?.focus();
}

const openDrawer = () => document.querySelector('[data-drawer][aria-expanded="true"]');

document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  const pressed = event.target.closest("[data-drawer]");
  const toggle = openDrawer();
  if (toggle && pressed !== toggle && !event.target.closest("#" + toggle.dataset.drawer)) setDrawer(toggle, false);
  if (pressed) setDrawer(pressed, pressed.getAttribute("aria-expanded") !== "true");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  const toggle = openDrawer();
  if (toggle) {
    setDrawer(toggle, false);
    toggle.focus();
  }
});
