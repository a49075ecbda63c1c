// What pages do beyond reading: they renew themselves when what they show has changed. Without this script a link does it.
"use strict";

// A page with data-live hears of moves there; its parts say by hx-trigger="moved from:body" that they want to be renewed.
const live = document.querySelector("[data-live]");
if (live && "EventSource" in window) {
  let shown = Number(live.dataset.version || 0);
  let due = 0;
  // News of one moment are one renewal, and the last of them is never lost: what is shown is at most so old.
  const renew = () => {
    due ||= setTimeout(() => {
      due = 0;
      document.body.dispatchEvent(new Event("moved"));
    }, Number(live.dataset.pace || 200));
  };
  const source = new EventSource(live.dataset.live);
  source.addEventListener("return", (event) => {
    const version = JSON.parse(event.data).version;
    // The first news of a return is how it stands, which the page shows already.
    if ("version" in live.dataset && version <= shown) return;
    shown = version;
    renew();
  });
  source.addEventListener("reset", renew);
  // A list says no version: what moved between its making and the first news is seen by looking once more.
  if (!("version" in live.dataset)) source.addEventListener("open", renew);
  window.addEventListener("pagehide", () => source.close());
}

// A form somebody is at is not taken from under their hands: they are told, and renew the page themselves.
const touch = (event) => event.target.closest("[data-keep]")?.setAttribute("data-touched", "");
document.addEventListener("input", touch);
document.addEventListener("click", (event) => {
  if (event.target.closest("summary")) touch(event);
});
const spare = (event) => {
  const kept = event.detail.target?.closest?.("[data-keep][data-touched]");
  if (!kept) return;
  event.detail.shouldSwap = false;
  for (const note of document.querySelectorAll("[data-stale]")) note.hidden = false;
};
document.addEventListener("htmx:beforeSwap", spare);
document.addEventListener("htmx:oobBeforeSwap", spare);
