"""What is typed at the packet's preview: "2: since Monday", "no, 5 is wrong, it's my laptop, and strike 3".

Anything else that is no yes or no is added."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 600  # characters; what is longer is a story
_NAMED: Final = r"(?:linje|rad|zeile|punkt|line|nr\.?|nummer|number|point|#)\s*"
_AT: Final = r"(?:(?:på|i|ved|vid|bei|in|at|on|for|zu|til|till|die|den|the)\s+)?"
_LINE: Final = rf"{_AT}(?:{_NAMED})?"
_CHANGE: Final = (
    r"(?:endre|rett|bytt|ändra|rätta|byt|ändern|ändere|korrigiere|korrigieren|change|correct|edit)"
)
_TO: Final = r"(?:\s*(?:[:=)]|->|→)\s*|\s+(?:til|till|zu|auf|in|to)\s*:?\s+)"
_STRIKE: Final = (
    r"(?:stryk|stryke|stryka|slett|slette|fjern|fjerne|ta bort|radera|ta vekk|streiche|streichen|lösche|löschen"
    r"|entferne|entfernen|strike|strike out|remove|delete|drop|take out)"
)
# "Rad 4 kan ni stryka", "Zeile 4 bitte löschen", "punkt 2 kan fjernes".
_MAY: Final = (
    r"(?:(?:kan|kann|kannst|können|könnt|can|skal|ska|bör|soll|sollte|should|må|måste|muss|must|bitte|please|gjerne|gärna|gerne)"
    r"(?:\s+(?:ni|du|dere|dokker|vi|sie|ihr|man|you|be|vara|bli|gjerne|gärna|gerne|bitte|ruhig|bare|bara|just|godt|helt|ganz|wieder))*)"
)
_GONE: Final = (
    r"(?:strykes|strykas|slettes|fjernes|raderas|tas (?:bort|ut|vekk)|utgå|utgår|bort|vekk|weg|raus|entfallen"
    r"|(?:gestrichen|gelöscht|entfernt)(?: werden)?|go|removed|deleted|dropped|struck|taken out)"
)
# "5: not applicable", "line 3 isn't needed": no value, but that there is none to be had.
_NOT_FOR_IT: Final = (
    r"(?:(?:is |er |är |ist |det (?:er|är) |das ist |this is |that is |it['’]?s |it is )?"
    r"(?:not applicable|n/a|not relevant|irrelevant|not needed|ikke aktuelt|ikke relevant|ikkje aktuelt|inte aktuellt"
    r"|ej aktuellt|inte relevant|nicht zutreffend|nicht relevant|nicht nötig|unnötig)"
    r"|isn['’]?t (?:needed|relevant|applicable)|(?:this |that |it )?(?:does not|doesn['’]?t|doesnt) apply"
    r"|(?:det )?(?:gjelder ikke|trengs ikke|gäller inte|gäller ej|behövs inte)"
    r"|(?:das )?(?:entfällt|trifft nicht zu|gilt nicht)"
    r"|(?:(?:det|dette|detta|this|that|it|das|dies) ?(?:er|är|is|['’]s|isn['’]?t|ist)|nicht|ikke|inte|not)"
    r"(?: (?:jo|da|ju|ja|doch|gar))* ?(?:not an?|no|ikke (?:en|ei|noen)|ingen|inga|inte (?:en|någon)"
    r"|ikkje (?:ei|ein)|kein|keine|an?)"
    r" (?:request|order|bestilling|beställning|bestellung|anforderung))"
    r"(?=\s*(?:[,;.!?–-]|$|(?:men|aber|but|sondern|utan|tack|takk|danke|thanks|bitte|please|her|här|hier|here)\b))"
)
_NUMBERS: Final = r"\d{1,2}(?:\s*(?:,|og|och|und|and|&|\+)\s*\d{1,2}(?!\w)(?!\s*[:=]))*"
# "5 is wrong, it is my laptop", "4 should be pc".
_WRONG: Final = (
    r"\s+(?:(?:er|e) (?:jo |da )?(?:helt )?feil|stemmer (?:jo |da )?(?:ikke|ikkje|ikkj|itj)|er (?:jo )?ikke riktig"
    r"|(?:är|e|ä) (?:ju )?(?:helt )?fel|stämmer (?:ju )?(?:inte|ente|int)|är (?:ju )?inte rätt"
    r"|ist (?:ja )?(?:ganz )?falsch|ist (?:ja )?nicht richtig|stimmt(?:['’]s)? (?:ja |doch |so |etwas |was )*nicht(?: ganz)?"
    r"|is (?:all )?wrong|is not right|isn['’]?t right|is incorrect)(?!\w)"
)
_SHOULD: Final = (
    r"\s+(?:skal (?:heller )?(?:være|stå)|må være|ska(?:ll)? (?:hellre )?(?:va(?:ra)?|stå)|bör vara|måste vara"
    r"|soll(?:te)?(?: lauten| heißen)?|muss(?: lauten| heißen)?|should (?:be|say|read)|must be|needs to be)(?:\s*:\s*|\s+)"
)
_COPULA: Final = (
    r"(?:(?:for )?det (?:er|e|skal være|var)|(?:det|de) (?:är|ä|e|ska(?:ll)? va(?:ra)?)|(?:es|das) (?:ist|war|soll)"
    r"|(?:it|that)(?:['’]?s| is| was| should be))\s+"
)
_LEAD: Final = (
    r"(?:(?:nei|nej|nein|no|nope|nä|nö|ikke helt|inte riktigt|nicht ganz|not quite|men|aber|but|og|och|und|and|ok|okay"
    r"|hm+|vent|vänta|moment|wait|sorry|beklager|förlåt|bitte|please"
    r"|kan (?:du|ni|dere)|(?:du|ni|dere) kan|kannst du|können sie|sie können|du kannst|(?:can|could) you|you can)"
    r"[\s,.!:–-]+)*"
)
_END: Final = r"(?=\s*(?:[,;.!?\n]|$|(?:og|och|und|and|men|aber|but|tack|takk|danke|thanks|bitte|please)\b))"

# A line that is named, and what becomes of it: at the beginning of a message, or after a stop in it.
_WISH = re.compile(
    rf"(?:^|[,;.!\n]|(?<=\s)(?=(?:og|och|und|and)\s))\s*{_LEAD}(?:"
    rf"{_STRIKE}\s+{_LINE}(?P<struck>{_NUMBERS}){_END}"
    rf"|{_LINE}(?P<before>{_NUMBERS})\s+(?:{_STRIKE}|{_MAY}\s+(?:{_STRIKE}|{_GONE}))(?:\s+(?:ganz|helt|helst|thanks))?{_END}"
    rf"|{_LINE}(?P<none>\d{{1,2}})\s+(?={_NOT_FOR_IT})"
    rf"|{_CHANGE}\s+{_LINE}(?P<changed>\d{{1,2}}){_TO}"
    rf"|{_LINE}(?P<number>\d{{1,2}})(?:\s*(?:[:=)]|->|→)\s*(?!\d\d\b)|{_SHOULD})"
    rf"|{_LINE}(?P<wrong>\d{{1,2}}){_WRONG}"
    rf"|{_NAMED}(?P<named>\d{{1,2}})\s+"
    rf")",
    re.I,
)
_BARE = re.compile(rf"{_LEAD}(?P<number>\d{{1,2}})\s+(?:(?:er|är|ist|is)\s+)?(?P<text>\S.*)", re.I | re.S)
_POLITE: Final = r"(?:[\s,.;:!–-]+|(?:tack|takk|danke|thanks|thank you|bitte|please)\b)*"
# "5 is wrong, take it out": the whole rest.
_TAKE_OUT = re.compile(
    rf"[\s,.;:!–-]*{_LEAD}(?:{_MAY}\s+)?"
    rf"(?:{_STRIKE}|take (?:it|that) (?:out|off|away)|get rid of|ta (?:den|det) (?:bort|vekk)"
    rf"|nehmen sie (?:das|sie|es|ihn) raus)"
    rf"(?:\s+(?:den|det|dem|it|that|that one|sie|ihn|es|das|linjen|raden|the line|den raden|die zeile))?{_POLITE}",
    re.I,
)
_NO_VALUE = re.compile(rf"(?:[\s,.;:!–-]*{_NOT_FOR_IT})+{_POLITE}(?:(?:men|aber|but|sondern|utan)\s+)?", re.I)
FEW: Final = 3  # words beside it, from which on they say something
_STRIPS = re.compile(rf"^[\s,.;:!–-]*(?:(?:men|aber|but|sondern|utan)\s+)?(?:{_COPULA})?", re.I)


@dataclass(frozen=True, slots=True)
class Correct:
    number: int
    text: str  # "" where only that it is wrong was said


@dataclass(frozen=True, slots=True)
class Strike:
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Add:
    text: str


Command = Correct | Strike | Add


def commands(text: str, fits: Callable[[int, str], bool] | None = None) -> tuple[Command, ...]:
    """What shall be done with the numbered lines, in order; nothing where nothing of the kind is said.

    "4 Friday" corrects line 4 only where Friday `fits` it: "2 PCs are down" corrects nothing."""
    if len(text.strip()) > LONGEST:
        return ()
    said = re.sub(r"[ \t]+", " ", text.strip())
    wishes = list(_WISH.finditer(said))
    if not wishes:
        bare = _BARE.fullmatch(said)
        if bare and fits and fits(int(bare["number"]), bare["text"].strip()):
            return (Correct(int(bare["number"]), bare["text"].strip()),)
        return ()
    found: list[Command] = []
    before = re.sub(rf"^{_LEAD}", "", said[: wishes[0].start()], flags=re.I).strip(" ,.;!")
    if before:
        found.append(Add(before))
    ends = [*(each.start() for each in wishes[1:]), len(said)]
    for wish, end in zip(wishes, ends, strict=True):
        rest = said[wish.end() : end].strip()
        found += _commands(wish, rest)
    return tuple(found)


def _commands(wish: re.Match[str], rest: str) -> list[Command]:
    struck = wish["struck"] or wish["before"]
    if struck:
        strike = Strike(tuple(int(each) for each in re.findall(r"\d+", struck)))
        more = re.sub(
            r"^(?:[\s,.;!?]|(?:og|och|und|and|men|aber|but|tack|takk|danke|thanks|bitte|please)\b)+", "", rest
        )
        return [strike, *([Add(more)] if more else [])]
    number = int(wish["changed"] or wish["number"] or wish["wrong"] or wish["none"] or wish["named"])
    if _TAKE_OUT.fullmatch(rest):
        return [Strike((number,))]
    if number > 1 and (none := _NO_VALUE.match(rest)):  # the first line is the request itself
        more = rest[none.end() :].strip(" ,;")
        return [Strike((number,)), *([Add(more)] if len(more.split()) >= FEW else [])]
    if wish["wrong"]:
        rest = _STRIPS.sub("", rest)
    return [Correct(number, rest.rstrip(" ,;"))]
