"""Words that mean something of their own where a question of a form is open: "egal", "legg til: ...", "not urgent".

Outside a form they mean nothing ("skip" looks like a cancelled order), so the intent model does not learn them."""

from __future__ import annotations

import re
from typing import Final

_SKIP: Final = (
    # nb
    *(
        r"(?:det )?spille?r ingen rolle",
        r"samme(?: det| for meg)?",
        r"(?:det )?er det samme",
        r"hopp over(?: det)?",
    ),
    *(
        r"(?:jeg |eg )?ve(?:t|it) ikk(?:e|je)",
        "ingen anelse",
        r"(?:jeg )?aner ikke",
        "husker ikke",
        "ikke så viktig",
    ),
    # sv
    *(r"(?:det )?spelar ingen roll", "strunt samma", r"hoppa över(?: det)?", r"(?:jag )?vet (?:inte|ej)"),
    *("ingen aning", "minns inte", "inte så viktigt"),
    # de
    *(
        r"(?:das )?(?:ist )?(?:mir )?egal",
        r"(?:das )?spielt keine rolle",
        r"(?:das )?wei(?:ß|ss) (?:ich )?nicht",
    ),
    *("keine ahnung", "überspringen", "nicht wichtig"),
    # en
    *(r"(?:it |that )?(?:doesn['’]?t|does not) matter", r"(?:i )?(?:don['’]?t|do not) (?:care|know)"),
    *(
        r"(?:i have )?no idea",
        r"(?:i am |i'm )?not sure",
        r"skip(?: it| this| that)?",
        "not important",
        "whatever",
    ),
)
_ADD: Final = (
    r"(?:kan du )?(?:også )?(?:legg|skriv|føy)e? (?:også )?(?:til|inn)|tillegg",
    r"(?:kan du )?(?:också )?(?:lägg|skriv)a? (?:också )?(?:till|in)|tillägg",
    r"(?:bitte )?(?:noch )?(?:ergänzen(?: sie)?|ergänzung|dazuschreiben|hinzufügen|notieren(?: sie)?)",
    r"(?:please |can you )?(?:also )?add(?: this| to it| to the ticket)?",
)
_WAIT: Final = (
    *(r"(?:det )?haster ikke", "kan vente", r"(?:det är )?inte bråttom", r"(?:det )?kan vänta"),
    *(r"(?:das )?eilt nicht", r"nicht (?:so )?(?:dringend|eilig)", "kann warten"),
    *(r"(?:it(?:'s| is) )?not (?:that )?urgent", r"(?:it )?can wait", "no (?:rush|hurry)"),
)
_BLOCK: Final = ("nei", "nej", "nein", "no", "nope", "haster", "bråttom", "dringend", "urgent")

_SKIPS = re.compile("|".join(_SKIP), re.I)
_ADDS = re.compile(
    rf"(?:{'|'.join(_ADD)})\s*(?::|,?\s*\b(?:at|att|dass|that)\b)\s*(?P<rest>\S.*)", re.I | re.S
)
_WAITS = re.compile("|".join(_WAIT), re.I)
_BLOCKS = re.compile("|".join(_BLOCK), re.I)


def is_skip(text: str) -> bool:
    """Whether somebody has no answer to the question, or cares for none."""
    return bool(_SKIPS.fullmatch(_bare(text)))


def addition(text: str) -> str | None:
    """What shall be added, of "legg til: ..."; None where the text is no such wish."""
    found = _ADDS.fullmatch(text.strip())
    return found["rest"].strip() if found else None


def can_work(text: str) -> str | None:
    """`no` or `can_wait`, to the question whether somebody can work in the meantime; None where the text says neither."""
    if _WAITS.fullmatch(_bare(text)):
        return "can_wait"
    return "no" if _BLOCKS.fullmatch(_bare(text)) else None


def _bare(text: str) -> str:
    return " ".join(text.split()).strip(" .!,…")
