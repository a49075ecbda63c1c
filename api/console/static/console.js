// What pages do beyond reading: they renew themselves when what they show has changed. Without this script a link does it.
"use strict";

const live = document.querySelector("[data-live]");
const stale = document.querySelector("[data-stale]");

if (live && "EventSource" in window) {
  const source = new EventSource(live.dataset.live);
  source.addEventListener(live.dataset.liveEvent || "message", () => document.body.dispatchEvent(new Event("moved")));
  window.addEventListener("pagehide", () => source.close());
}

// A form somebody has opened is not taken from under their hands: they are told, and renew the page themselves.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const open = event.detail.target.querySelector("details.act[open]");
  if (!open) return;
  event.detail.shouldSwap = false;
  if (stale) stale.hidden = false;
});
