// The chat page's calls to its own server. Each throws a Problem; `offline` means that trying again may help.

const BASE = "/webhooks/web/api/";

export class Problem extends Error {
  constructor(status) {
    super(`status ${status}`);
    this.status = status;
    this.offline = status === 0 || status >= 500 || status === 429;
  }
}

async function call(method, path, { body, signal } = {}) {
  const options = { method, signal, credentials: "same-origin", headers: { "X-Tier0-Chat": "1" }, cache: "no-store" };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(BASE + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0);
  }
  if (!response.ok) throw new Problem(response.status);
  return response.json();
}

export const session = (locale) => call("GET", `session?locale=${encodeURIComponent(locale)}`);
export const signIn = (person, locale) => call("POST", "session", { body: { person, locale } });
export const signOut = () => call("DELETE", "session");
export const people = () => call("GET", "people");
export const send = (message) => call("POST", "messages", { body: message });
export const sendCode = (id, code) => call("POST", "code", { body: { id, code } });
export const setLanguage = (language) => call("POST", "language", { body: { language } });
export const news = (after, working, wait, signal) =>
  call("GET", `messages?after=${after}&working=${working ? 1 : 0}&wait=${wait ? 1 : 0}`, { signal });

export function newId() {
  // crypto.randomUUID exists only where the page is served securely; getRandomValues everywhere.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
