// Choosing which of the demo's employees one is (embedded mode only).

import { element } from "./markdown.js";
import { language, locale, t } from "./texts.js";

const HOME = { nb: "NO", sv: "SE", de: "DE", en: "GB" };
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export function showPeople(people, { list, search, found, onChoose }) {
  const draw = () => {
    const wanted = fold(search.value).split(/\s+/).filter(Boolean);
    const shown = people.filter((person) => {
      const text = fold(Object.values(person).join(" "));
      return wanted.every((word) => text.includes(word));
    });
    found.textContent = t("choose_found", { count: shown.length });
    list.replaceChildren(...groups(shown, onChoose));
    if (!shown.length) list.append(element("p", {}, t("choose_none")));
  };
  search.oninput = draw;
  draw();
}

function groups(people, onChoose) {
  const names = new Intl.DisplayNames([locale()], { type: "region" });
  const countries = [...new Set(people.map((person) => person.country))];
  countries.sort((a, b) => (b === HOME[language]) - (a === HOME[language])); // one's own first
  return countries.map((country) =>
    element("section", { class: "country" },
      element("h3", {}, country ? names.of(country) : ""),
      element("ul", {}, ...people.filter((person) => person.country === country)
        .map((person) => element("li", {}, personButton(person, onChoose))))));
}

function personButton(person, onChoose) {
  const initials = person.display_name.split(/\s+/).map((part) => part[0]).join("").slice(0, 2);
  const button = element("button", { type: "button", class: "person" },
    element("span", { class: "avatar", "aria-hidden": "true" }, initials),
    element("span", { class: "about" },
      element("strong", {}, person.display_name),
      element("span", { class: "soft small" }, [person.department, person.site].filter(Boolean).join(", ")),
      element("span", { class: "small", lang: "en" }, person.note)));
  button.addEventListener("click", () => onChoose(person));
  return button;
}
