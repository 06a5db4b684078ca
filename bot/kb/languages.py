"""What differs between the four languages of the articles: fixed headings, stop words, stemmer, letters."""

from __future__ import annotations

from typing import Final, Literal

from bm25s.stopwords import STOPWORDS_EN, STOPWORDS_GERMAN, STOPWORDS_NORWEGIAN, STOPWORDS_SWEDISH

LANGUAGES: Final = ("nb", "sv", "de", "en")
FALLBACK_LANGUAGE: Final = "en"

SectionKind = Literal["symptoms", "steps", "result", "fallback", "stop", "text"]

# The headings that every article shares; docs/authoring.md lists them for authors.
FIXED_HEADINGS: Final[dict[str, dict[str, SectionKind]]] = {
    "nb": {
        "Dette ser du": "symptoms",
        "Slik ser du at det virket": "result",
        "Hvis det ikke hjelper": "fallback",
        "Stopp og ta kontakt": "stop",
    },
    "sv": {
        "Det här ser du": "symptoms",
        "Så ser du att det fungerade": "result",
        "Om det inte hjälper": "fallback",
        "Sluta och kontakta oss": "stop",
    },
    "de": {
        "Das sehen Sie": "symptoms",
        "So erkennen Sie, dass es geklappt hat": "result",
        "Wenn es nicht hilft": "fallback",
        "Wann Sie uns brauchen": "stop",
    },
    "en": {
        "What you see": "symptoms",
        "How to know it worked": "result",
        "If that does not help": "fallback",
        "When to stop and contact us": "stop",
    },
}

STEMMERS: Final = {"nb": "norwegian", "sv": "swedish", "de": "german", "en": "english"}

# Function words that the library's lists lack and that employees' questions are full of.
_MORE_STOP_WORDS: Final = {
    "nb": "kan får fikk bare litt nå når hei skal må vil hva hvordan hvorfor hvor noen noe eg ikkje "
    "korleis kva min mitt mine meg jeg du dere deg blir gjør gjøre går hele også igjen fordi takk "
    "hjelp",
    "sv": "får fick bara lite nu när hej ska måste vill vad hur varför någon något nån nåt min mitt "
    "mina mig jag du blir gör göra går också igen eftersom tack hjälp kan inte",
    "de": "kann bekomme nur nun jetzt hallo soll muss will was wie warum wo jemand etwas mein meine mir "
    "mich ich sie wird mache machen geht auch wieder weil danke bitte hilfe man mal habe hab",
    "en": "can get got just how what why when where do does did i my me you your we our have has had "
    "from am im hi hello please thanks help need want some any up so been still be",
}
_LIBRARY_STOP_WORDS: Final = {
    "nb": STOPWORDS_NORWEGIAN,
    "sv": STOPWORDS_SWEDISH,
    "de": STOPWORDS_GERMAN,
    "en": STOPWORDS_EN,
}
STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    language: frozenset(_LIBRARY_STOP_WORDS[language]) | frozenset(_MORE_STOP_WORDS[language].split())
    for language in LANGUAGES
}


def heading_kind(heading: str, language: str) -> SectionKind | None:
    """The kind that a fixed heading stands for, or None for a free heading."""
    wanted = heading.strip().rstrip(".:").casefold()
    for fixed, kind in FIXED_HEADINGS.get(language, {}).items():
        if fixed.casefold() == wanted:
            return kind
    return None
