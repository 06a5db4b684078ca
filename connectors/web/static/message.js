// One message of the conversation as DOM nodes. What happens on a click is given from outside.

import { element, inline, markdown, safeUrl } from "./markdown.js";
import { locale, t } from "./texts.js";

const FACTORS = ["sms", "mail", "authenticator"];
let fields = 0;

export function messageElement(message, { onChoice, onCode }) {
  const mine = message.author === "employee";
  const author = mine ? t("you") : message.author === "bot" ? t("bot") : message.name || t(message.author);
  const box = element("article", { class: `message ${message.author}`, "data-id": message.id });
  box.append(element("h3", { class: mine || message.author === "bot" ? "visually-hidden" : "who" }, author));
  if (message.author === "agent") box.firstChild.append(" ", element("span", { class: "tag" }, t("agent_tag")));
  const body = element("div", { class: "body" });
  box.append(body);
  if (mine) body.append(element("p", {}, message.text));
  else body.append(...replyBody(message, onCode));
  if (message.choices?.length) box.append(choicesElement(message.choices, onChoice));
  if (message.at) box.append(timeElement(message.at));
  return box;
}

function replyBody(message, onCode) {
  const custom = message.custom ?? {};
  if (custom.type === "article") return [articleCard(custom, markdown(withoutTitle(message.text, custom.title)))];
  const text = message.text ? markdown(message.text) : [];
  if (custom.type === "link") return [...text, linkCard(custom)];
  if (custom.type === "code_field") return [...text, codeField(custom, onCode)];
  if (custom.type === "reference") return [...text, referenceElement(custom)];
  return text;
}

// Channels without cards need the title in the text; here it is the card's heading.
function withoutTitle(text, title) {
  const heading = `**${title}**`;
  return text.startsWith(heading) ? text.slice(heading.length).trimStart() : text;
}

function linkCard({ title, url }) {
  const target = safeUrl(url);
  if (!target) return element("p", {}, title ?? "");
  return element(
    "a",
    { class: "card-link", href: target, target: "_blank", rel: "noopener noreferrer" },
    element("span", {}, title || new URL(target).host),
    element("span", { class: "visually-hidden" }, ` (${t("new_tab")})`),
  );
}

function articleCard({ title, url, owner, reviewed }, text) {
  const target = safeUrl(url);
  const details = [];
  if (reviewed) details.push(t("reviewed", { date: shortDate(reviewed) }));
  if (owner) details.push(t("owner", { owner }));
  const card = element("section", { class: "article" }, element("h4", {}, title ?? ""), ...text);
  const foot = element("p", { class: "soft small" }, details.join(" · "));
  if (target) {
    const link = element("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, t("whole_article"));
    foot.append(...(details.length ? [" · "] : []), link);
  }
  card.append(foot);
  return card;
}

function referenceElement({ reference }) {
  const button = element("button", { type: "button", class: "tool" }, t("copy"));
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(reference);
    button.textContent = t("copied");
  });
  return element("p", { class: "reference" }, element("span", { class: "soft" }, t("reference")), " ",
    element("strong", { class: "mono" }, reference ?? ""), ...(navigator.clipboard ? [button] : []));
}

function codeField({ digits, factor }, onCode) {
  const id = `code-${++fields}`;
  const count = Number(digits) || 6;
  const input = element("input", {
    id, class: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: "16", spellcheck: "false",
    "aria-describedby": `${id}-problem`, required: true,
  });
  const problem = element("p", { id: `${id}-problem`, class: "error small", role: "alert" });
  const button = element("button", { type: "submit", class: "primary" }, t("code_send"));
  const form = element("form", { class: "code-field", novalidate: true },
    element("label", { for: id }, t(FACTORS.includes(factor) ? `code_${factor}` : "code_other", { digits: count })),
    element("div", { class: "with-button" }, input, button), problem);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = input.value.normalize("NFKC").replace(/\D/g, "");
    const wrong = code.length !== count;
    problem.textContent = wrong ? t("code_length", { digits: count }) : "";
    input.toggleAttribute("aria-invalid", wrong);
    if (wrong) return input.focus();
    input.disabled = button.disabled = true;
    if (await onCode(code)) input.value = "";
    else {
      input.disabled = button.disabled = false;
      problem.textContent = t("not_sent");
    }
  });
  return form;
}

function choicesElement(choices, onChoice) {
  const group = element("div", { class: "choices", role: "group", "aria-label": t("choices") });
  for (const choice of choices) {
    const button = element("button", { type: "button", "data-button": choice.id }, ...inline(choice.title));
    if (choice.state !== "live") button.disabled = true;
    if (choice.state === "pressed") markPressed(button);
    button.addEventListener("click", () => onChoice(choice, group));
    group.append(button);
  }
  return group;
}

function markPressed(button) {
  button.classList.add("pressed");
  button.setAttribute("aria-pressed", "true");
}

// The pressed one is marked, its siblings can no longer be pressed.
export function closeChoices(group, pressedId) {
  for (const button of group.querySelectorAll("button")) {
    button.disabled = true;
    if (button.dataset.button === pressedId) markPressed(button);
  }
}

export function openChoices(group) {
  for (const button of group.querySelectorAll("button")) {
    button.disabled = false;
    button.classList.remove("pressed");
    button.removeAttribute("aria-pressed");
  }
}

export function closeCodeFields(log) {
  for (const field of log.querySelectorAll(".code-field:not([hidden])")) field.hidden = true;
}

function timeElement(at) {
  const date = new Date(at);
  const today = new Date().toDateString() === date.toDateString();
  const options = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return element("time", { datetime: at, class: "soft" }, new Intl.DateTimeFormat(locale(), options).format(date));
}

function shortDate(iso) {
  const date = new Date(`${iso}T12:00:00`);
  return Number.isNaN(date.getTime()) ? iso : new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(date);
}
