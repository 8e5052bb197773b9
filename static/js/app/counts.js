/* Counts of the frame, asked for once a minute while the page is in sight. */

function showCounts(counts) {
  Object.entries(counts).forEach(([key, value]) => {
    if (key === "elt") return;
    document.querySelectorAll('[data-live="' + CSS.escape(key) + '"]').forEach((place) => {
      if (place.textContent !== String(value)) place.textContent = value;
      place.hidden = !value;
    });
  });
}

/* <body data-counts-url="…">, answered with {"unread_count": 3, "nav_queue": 12}. */
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

// From the server: HX-Trigger: {"counts": {"unread_count": 3}}
document.addEventListener("counts", (event) => showCounts(event.detail));
