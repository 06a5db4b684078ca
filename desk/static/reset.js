// The password page with JavaScript: show or hide what is typed, and say early whether it will do.
// Without it the page works all the same: the server decides when the form is sent.
const form = document.getElementById("reset");
const field = document.getElementById("password");
const toggle = document.getElementById("toggle");
const verdict = document.getElementById("verdict");
const length = document.querySelector("[data-length]");
let timer;
let asked = 0;

toggle.hidden = false;
toggle.addEventListener("click", () => {
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  toggle.textContent = shown ? form.dataset.show : form.dataset.hide;
  toggle.setAttribute("aria-pressed", String(!shown));
  field.focus();
});
form.addEventListener("submit", () => {
  field.type = "password"; // browsers do not remember what was typed into a password field
});

function say(lines, kind) {
  verdict.replaceChildren();
  if (!lines.length) return;
  const list = document.createElement("ul");
  list.className = "rules";
  for (const line of lines) {
    const item = document.createElement("li");
    item.className = kind;
    item.textContent = line;
    list.append(item);
  }
  verdict.append(list);
}

async function check() {
  const mine = ++asked;
  const body = new URLSearchParams({ password: field.value, csrf_token: form.elements.csrf_token.value });
  try {
    const answer = await fetch(form.dataset.check, { method: "POST", body });
    if (mine !== asked || !answer.ok) return;
    const { faults } = await answer.json();
    if (faults.length) say(faults, "no");
    else say([form.dataset.good], "ok");
  } catch {
    say([], ""); // offline: the form will say so
  }
}

field.addEventListener("input", () => {
  asked += 1;
  clearTimeout(timer);
  const missing = Number(length.dataset.length) - [...field.value.normalize("NFC")].length;
  length.className = missing > 0 ? "" : "ok";
  if (!field.value) return say([], "");
  if (missing > 0) say([], ""); // what was said of the text before
  // Whoever has stopped typing hears it; a screen reader is not talked over at each key.
  timer = setTimeout(missing > 0 ? () => say([form.dataset.more.replace("{n}", missing)], "") : check, 300);
});
