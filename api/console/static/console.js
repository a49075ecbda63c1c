// What pages do beyond reading: they renew themselves when what they show has changed, tell the time as the reader's clock
// has it, and keep what was typed when a session ended. Without this script a link, UTC and the browser do as much.
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

// Where the ways are one line that scrolls, the one that was gone is in sight.
document.querySelector(".top nav a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

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

// Times are written in UTC. Whoever lives elsewhere reads them in their own zone, which is named too.
const clock = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
const elsewhere = clock.resolvedOptions().timeZone !== "UTC";
const told = (part) => {
  for (const time of part.querySelectorAll("time[data-clock]")) {
    time.title = time.textContent;
    time.textContent = clock.format(new Date(time.dateTime));
  }
};
if (elsewhere) {
  told(document);
  document.addEventListener("htmx:load", (event) => told(event.detail.elt));
}

// A session may end while somebody writes. What was typed into a form with data-typed stays in this tab until it is sent,
// and is there again when the same person has signed in; ticks and hidden fields are theirs to make anew.
const place = "backhaul typed";
const person = document.querySelector(".me .name")?.textContent;
const named = (form) => form.dataset.typed || form.getAttribute("action");
const written = "textarea, select, input:not([type=hidden], [type=password], [type=checkbox], [type=radio])";
document.addEventListener("submit", ({ target }) => {
  if (target.getAttribute("action") === "/sign-out") sessionStorage.removeItem(place);
  if (!("typed" in target.dataset) || !person) return;
  const fields = [...target.querySelectorAll(written)].map((one) => [one.name, one.value]);
  sessionStorage.setItem(place, JSON.stringify({ person, form: named(target), fields }));
});
const left = JSON.parse(sessionStorage.getItem(place) || "null");
const trouble = document.querySelector("[data-trouble]");
if (left && trouble) trouble.hidden = false;
else if (left && person) {
  // Sent, or somebody else's, or of a form that is not here any more: it is of no use.
  sessionStorage.removeItem(place);
  const form = [...document.querySelectorAll("form[data-typed]")].find((one) => named(one) === left.form);
  if (form && left.person === person && !new URLSearchParams(location.search).has("done")) {
    for (const [name, value] of left.fields) if (form.elements[name]) form.elements[name].value = value;
    for (let at = form; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    form.closest("[data-keep]")?.setAttribute("data-touched", "");
    document.querySelector("[data-left]").hidden = false;
  }
}
