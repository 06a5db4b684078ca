// The page's own words. texts/<language>.json hold them; every language has the same keys.

export const LANGUAGES = { nb: "Norsk", sv: "Svenska", de: "Deutsch", en: "English" };

export const locale = () => ({ en: "en-GB" })[language] ?? language; // for dates and times

let words = {};
export let language = "en";

export function preferred() {
  for (const tag of navigator.languages ?? [navigator.language ?? "en"]) {
    const short = tag.toLowerCase().split("-")[0];
    const known = { no: "nb", nn: "nb" }[short] ?? short;
    if (known in LANGUAGES) return known;
  }
  return "en";
}

export async function load(wanted) {
  const response = await fetch(`/webhooks/web/static/${wanted}.json`);
  if (!response.ok) throw new Error(`no texts for ${wanted}`);
  words = await response.json();
  language = wanted;
  document.documentElement.lang = wanted;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
}

export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
