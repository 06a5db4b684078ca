"""What is typed at the packet's preview: "2: since Monday", "strike 3". Anything else that is no yes or no is added."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LINE: Final = r"(?:linje|rad|zeile|punkt|line|nr\.?|nummer|number|point|#)?\s*"
_CHANGE: Final = (
    r"(?:endre|rett|bytt|ändra|rätta|byt|ändern|ändere|korrigiere|korrigieren|change|correct|edit)"
)
_TO: Final = r"(?:\s*[:=]\s*|\s+(?:til|till|zu|auf|in|to)\s*:?\s+)"
_STRIKE: Final = (
    r"(?:stryk|stryke|slett|slette|fjern|fjerne|ta bort|radera|streiche|streichen|lösche|löschen|entferne|entfernen"
    r"|strike|strike out|remove|delete|drop|take out)"
)
_NUMBERS: Final = r"(?P<numbers>\d{1,2}(?:\s*(?:,|og|och|und|and|&|\+)\s*\d{1,2})*)"

_CORRECTS = re.compile(
    rf"(?:{_CHANGE}\s+{_LINE}(?P<named>\d{{1,2}}){_TO}|{_LINE}(?P<number>\d{{1,2}})\s*[:=]\s*(?!\d\d\b))(?P<text>\S.*)",
    re.I | re.S,
)
_STRIKES = re.compile(
    rf"(?:(?:bitte|please|kan du|can you)\s+)?"
    rf"(?:{_STRIKE}\s+{_LINE}{_NUMBERS}|{_LINE}(?P<before>\d{{1,2}})\s+{_STRIKE})",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Correct:
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Strike:
    numbers: tuple[int, ...]


def command(text: str) -> Correct | Strike | None:
    """What shall be done with the numbered lines; None where nothing of the kind is said."""
    bare = " ".join(text.split()).strip(" .!")
    if strikes := _STRIKES.fullmatch(bare):
        numbers = strikes["numbers"] or strikes["before"]
        return Strike(tuple(int(each) for each in re.findall(r"\d+", numbers)))
    if corrects := _CORRECTS.fullmatch(text.strip()):
        return Correct(int(corrects["named"] or corrects["number"]), corrects["text"].strip())
    return None
