// The chat page: who one is, the conversation, and sending. No framework, nothing loaded from elsewhere.

import * as api from "./api.js";
import { element, markdown } from "./markdown.js";
import { closeChoices, closeCodeFields, messageElement, openChoices } from "./message.js";
import { showPeople } from "./people.js";
import { LANGUAGES, language, load, preferred, t } from "./texts.js";

const $ = (id) => document.getElementById(id);
const config = document.body.dataset;
const log = $("log");
const input = $("text");
const state = { after: 0, working: false, name: "", draftKey: "", people: [], unsent: new Map(), poll: null, greeting: {} };

// --- start ---

async function start() {
  for (const [code, name] of Object.entries(LANGUAGES)) {
    $("language").append(element("option", { value: code, lang: code }, name));
  }
  await useLanguage(remembered("tier0-language") ?? preferred());
  if (config.embedded) {
    $("phone").href = `${config.desk}/demo/phone`;
    $("phone").hidden = false;
  }
  await begin();
}

async function begin() {
  try {
    const session = await api.session(language);
    if (session.signed_in) await openChat(session);
    else if (config.embedded) await openChooser();
    else await signIn("");
    online();
  } catch (error) {
    if (!error.offline) throw error;
    offline();
    setTimeout(begin, 3000);
  }
}

async function useLanguage(wanted) {
  await load(wanted);
  $("language").value = wanted;
  drawSubtitle();
  input.placeholder = t("placeholder");
  if (!$("chooser").hidden) drawPeople();
}

// The page speaks the conversation's language, also after it was asked for in a message.
async function follow(wanted) {
  if (!(wanted in LANGUAGES) || wanted === language) return;
  for (const box of log.children) box.lang ||= language; // what was said before stays as it was said
  try {
    await useLanguage(wanted);
  } catch {
    // offline: the next answer from the server brings us here again
  }
}

$("language").addEventListener("change", async (event) => {
  const wanted = event.target.value;
  remember("tier0-language", wanted);
  if ($("chat").hidden) return useLanguage(wanted);
  stopPolling(); // an answer that is under way still names the language before
  try {
    await useLanguage(wanted);
    state.greeting = await api.setLanguage(wanted);
  } catch (error) {
    if (!error.offline) throw error;
    offline();
  } finally {
    restartPolling({ fromTheStart: true });
  }
});

// --- who one is ---

async function openChooser() {
  state.people = await api.people();
  show("chooser");
  drawPeople();
  $("search").focus();
}

function drawPeople() {
  const parts = { list: $("people"), search: $("search"), found: $("found"), onChoose: (person) => signIn(person.id) };
  showPeople(state.people, parts);
}

$("nobody").addEventListener("click", () => signIn(""));

async function signIn(person) {
  try {
    await api.signIn(person, language);
    await openChat(await api.session(language));
  } catch (error) {
    if (!error.offline) throw error;
    offline();
  }
}

$("switch").addEventListener("click", async () => {
  stopPolling();
  try {
    await api.signOut();
    await openChooser();
  } catch (error) {
    if (!error.offline) throw error;
    offline();
    restartPolling();
  }
});

async function openChat(session) {
  state.greeting = session;
  state.name = session.name;
  state.draftKey = `tier0-draft-${session.conversation}`;
  state.unsent.clear();
  await follow(session.language);
  show("chat");
  input.value = remembered(state.draftKey) ?? "";
  grow();
  restartPolling({ fromTheStart: true });
  input.focus();
}

function show(section) {
  for (const name of ["chooser", "chat"]) $(name).hidden = name !== section;
  const chatting = section === "chat";
  $("person").hidden = !chatting;
  $("switch").hidden = !(chatting && config.embedded);
  document.body.dataset.view = section;
  drawSubtitle();
}

function drawSubtitle() {
  const name = !$("chat").hidden && state.name ? `${state.name} · ` : "";
  $("subtitle").textContent = name + t("subtitle", { company: config.company });
}

// --- reading ---

function restartPolling({ fromTheStart = false } = {}) {
  stopPolling();
  if (fromTheStart) {
    state.after = 0;
    log.replaceChildren(introElement());
    for (const message of state.unsent.values()) showUnsent(message);
  }
  state.poll = new AbortController();
  poll(state.poll.signal);
}

function stopPolling() {
  state.poll?.abort();
}

async function poll(signal) {
  let pause = 1000;
  while (!signal.aborted) {
    try {
      // While we seem to be offline the question is whether anybody answers, not what is new.
      const page = await api.news(state.after, state.working, $("offline").hidden, signal);
      if (signal.aborted) return;
      await follow(page.language);
      if (signal.aborted) return;
      online();
      pause = 1000;
      addMessages(page.messages);
      setWorking(page.working);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === 401) return begin();
      if (!(error instanceof api.Problem)) throw error;
      offline();
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, 10000);
    }
  }
}

function addMessages(messages) {
  if (!messages.length) return;
  const first = state.after === 0;
  const follow = nearBottom();
  let firstReply = null;
  log.setAttribute("aria-live", first ? "off" : "polite"); // a restored history is not read out
  for (const message of messages) {
    state.after = Math.max(state.after, message.id);
    if (message.ref) forget(message.ref);
    if (message.pressed) pressedElsewhere(message.pressed);
    if (message.author !== "employee" || message.text === "[code]") closeCodeFields(log);
    const shown = { ...message, text: message.text === "[code]" ? t("code_sent") : message.text };
    const box = messageElement(shown, { onChoice: choose, onCode: enterCode });
    log.append(box);
    if (message.author !== "employee") firstReply ??= box;
  }
  $("starters")?.remove();
  if (first) log.scrollTop = log.scrollHeight;
  else if (follow) reveal(firstReply ?? log.lastElementChild);
  focusCodeField();
  setTimeout(() => log.setAttribute("aria-live", "polite"), 0);
}

function introElement() {
  const box = element("article", { class: "message bot intro" },
    element("h3", { class: "visually-hidden" }, t("bot")),
    element("div", { class: "body" }, ...markdown(state.greeting.intro ?? "")));
  const starters = element("div", { class: "choices", id: "starters", role: "group", "aria-label": t("starters") });
  for (const { name, title } of state.greeting.controls ?? []) {
    const button = element("button", { type: "button" }, title);
    button.addEventListener("click", () => submit({ control: name }, title));
    starters.append(button);
  }
  box.append(starters);
  return box;
}

function focusCodeField() {
  const field = log.querySelector(".code-field:not([hidden]) input:enabled");
  const idle = document.activeElement === document.body || (document.activeElement === input && !input.value);
  if (field && idle) field.focus({ preventScroll: true });
}

function pressedElsewhere(id) {
  const group = log.querySelector(`[data-button="${CSS.escape(id)}"]`)?.parentElement;
  if (group) closeChoices(group, id);
}

function nearBottom() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 160;
}

function reveal(box) {
  // The start of a long answer matters more than its end.
  const tall = log.scrollHeight - box.offsetTop > log.clientHeight;
  log.scrollTo({ top: tall ? box.offsetTop - 12 : log.scrollHeight });
}

function setWorking(working) {
  state.working = working;
  const typing = $("typing");
  if (working === Boolean(typing.textContent)) return;
  const dots = element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
  typing.replaceChildren(...(working ? [dots, element("span", { class: "visually-hidden" }, t("working"))] : []));
}

// --- writing ---

async function submit(what, shown) {
  const message = { id: api.newId(), what, shown };
  state.unsent.set(message.id, message);
  showUnsent(message);
  log.scrollTop = log.scrollHeight;
  return deliver(message);
}

async function deliver(message) {
  const box = log.querySelector(`[data-ref="${message.id}"]`);
  box?.querySelector(".failed")?.remove();
  try {
    await api.send({ id: message.id, ...message.what });
    message.sent = true;
    online();
    setWorking(true);
    return true;
  } catch (error) {
    if (error.status === 401) {
      begin();
      return false;
    }
    markFailed(message);
    if (error.offline) offline();
    return false;
  }
}

function showUnsent(message) {
  const box = messageElement({ author: "employee", text: message.shown }, {});
  box.dataset.ref = message.id;
  box.classList.add("unsent");
  log.append(box);
}

function markFailed(message) {
  const box = log.querySelector(`[data-ref="${message.id}"]`);
  if (!box) return;
  const again = element("button", { type: "button", class: "tool" }, t("retry"));
  again.addEventListener("click", () => deliver(message));
  box.querySelector(".failed")?.remove(); // two tries may fail one after the other
  box.append(element("p", { class: "failed error small", role: "alert" }, t("not_sent"), " ", again));
}

function forget(ref) {
  state.unsent.delete(ref);
  log.querySelector(`[data-ref="${CSS.escape(ref)}"]`)?.remove();
}

async function choose(choice, group) {
  closeChoices(group, choice.id);
  input.focus({ preventScroll: true });
  const message = { id: api.newId(), what: { button: choice.token }, shown: choice.title };
  state.unsent.set(message.id, message);
  showUnsent(message);
  if (!(await deliver(message))) {
    forget(message.id); // the button itself is the way to try again
    openChoices(group);
  }
}

async function enterCode(code) {
  try {
    await api.sendCode(api.newId(), code);
    input.focus({ preventScroll: true });
    setWorking(true);
    return true;
  } catch (error) {
    if (error.offline) offline();
    return false;
  }
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  const limit = Number(config.limit);
  $("problem").textContent = text.length > limit ? t("too_long", { count: text.length, limit }) : "";
  if (!text || text.length > limit) return input.focus();
  input.value = "";
  saveDraft();
  grow();
  submit({ text }, text);
  input.focus();
});

input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
input.addEventListener("input", () => {
  saveDraft();
  grow();
});
$("person").addEventListener("click", () => submit({ control: "person" }, t("person")));

function grow() {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight + 2, 200)}px`;
}

function saveDraft() {
  if (input.value) remember(state.draftKey, input.value, sessionStorage);
  else sessionStorage.removeItem(state.draftKey);
}

// --- connection, memory ---

function offline() {
  $("offline").textContent = t("offline");
  $("offline").hidden = false;
}

function online() {
  if ($("offline").hidden) return;
  $("offline").hidden = true;
  for (const message of state.unsent.values()) if (!message.sent) deliver(message);
}

window.addEventListener("online", () => !$("chat").hidden && restartPolling());
window.addEventListener("offline", offline);

function remembered(key) {
  try {
    return sessionStorage.getItem(key) ?? localStorage.getItem(key);
  } catch {
    return null; // storage may be switched off
  }
}

function remember(key, value, storage) {
  try {
    (storage ?? localStorage).setItem(key, value);
  } catch {
    // as above: the page works without
  }
}

start();
