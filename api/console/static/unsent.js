// Keeps a form that could not be sent on this device and offers to send it again. The id of its message is in it, so
// what had arrived all the same is not done twice. Without this script the browser's own "send again" does as much.
"use strict";

const shelf = document.querySelector("[data-unsent]");
const place = `backhaul unsent ${shelf.dataset.unsent}`;
// Nobody there, no session, too much at once: the same form may be taken later.
const later = (status) => status >= 500 || [401, 403, 408, 429].includes(status);

const kept = () => JSON.parse(localStorage.getItem(place) || "[]");
const keep = (forms) => {
  localStorage.setItem(place, JSON.stringify(forms));
  tell();
};

const tell = () => {
  const forms = kept();
  shelf.hidden = forms.length === 0;
  shelf.querySelector("ul").replaceChildren(
    ...forms.map((form, at) => {
      const line = document.createElement("li");
      line.textContent = `${form.name}: ${form.why} `;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.textContent = "Drop it";
      drop.addEventListener("click", () => keep(kept().filter((_, other) => other !== at)));
      line.append(drop);
      return line;
    }),
  );
};

// The proof that a form is of this session's own page is that of the page it is sent from.
const proven = (fields) => {
  const proof = document.querySelector("input[name=csrf_token]")?.value;
  return fields.map(([name, value]) => [name, name === "csrf_token" && proof ? proof : value]);
};

const send = async (action, fields) => {
  const body = new URLSearchParams(proven(fields));
  const answer = await fetch(action, { method: "POST", body, headers: { Accept: "text/html" } });
  if (later(answer.status)) throw new Error(`not taken now (${answer.status})`);
  return answer;
};

// Why it is refused for good, in the words of the page that says so; empty when it was taken.
const refusal = async (answer) => {
  if (answer.redirected) return "";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.querySelectorAll("main h1, main .lead")].map((part) => part.textContent.trim()).join(". ");
};

const note = (said, kind) => {
  const line = document.createElement("p");
  line.className = `note ${kind}`;
  line.setAttribute("role", "alert");
  line.textContent = said;
  return line;
};

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-kept]");
  if (!form) return;
  event.preventDefault();
  const fields = [...new FormData(form, event.submitter)];
  const action = form.getAttribute("action");
  const buttons = [...form.querySelectorAll("button:enabled")];
  for (const button of buttons) button.disabled = true;
  for (const old of form.querySelectorAll(".note")) old.remove();
  try {
    const answer = await send(action, fields);
    const why = await refusal(answer);
    if (!why) return location.assign(answer.url);
    form.prepend(note(why, "bad"));
    for (const button of buttons) button.disabled = false;
    form.scrollIntoView();
  } catch (error) {
    const why = error instanceof TypeError ? "no connection" : error.message;
    keep([...kept(), { name: form.dataset.kept, action, fields, why }]);
    form.replaceWith(note(`${form.dataset.kept} is kept on this device and not sent yet.`, "warn"));
    shelf.scrollIntoView();
  }
});

shelf.querySelector("[data-again]").addEventListener("click", async () => {
  for (const form of kept()) {
    let answer;
    try {
      answer = await send(form.action, form.fields);
    } catch {
      return;
    }
    const why = await refusal(answer);
    if (why) return keep([{ ...form, why }, ...kept().slice(1)]);
    keep(kept().slice(1));
    if (kept().length === 0) location.assign(answer.url);
  }
});

tell();
