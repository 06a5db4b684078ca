"""What is typed at the packet's preview: "2: since Monday", "no, 5 is wrong, it's my laptop, and strike 3".

Anything else that is no yes or no is added."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from servicedesk.handover.clauses import sentences

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
NOT_FOR_IT: Final = (
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
WRONG: Final = (
    r"\s+(?:(?:er|e|æ|är|ä)(?: (?:jo|ju|vel|väl|helt|alldeles))* (?:fei?l|galt)"
    r"|stemmer(?: (?:jo|vel|da))* (?:ikke|ikkje|itj)|(?:er|e|æ)(?: jo)? (?:ikke|ikkje|itj) (?:riktig|rett)"
    r"|stämmer(?: (?:ju|väl))* (?:inte|int|ente)|(?:är|ä|e)(?: ju)? (?:inte|int|ente) rätt"
    r"|(?:ist|is)(?: (?:ja|doch|ganz|leider))* (?:falsch|(?:nicht|net|ned) (?:richtig|korrekt))"
    r"|stimmt(?:['’]?s)?(?: (?:so|etwas|was|ja|doch|leider))* (?:nicht|net|ned)(?: ganz)?"
    r"|is (?:all )?wrong|is not right|isn['’]?t right|is incorrect)(?!\w)"
)
_SHOULD: Final = (
    r"\s+(?:skal (?:heller )?(?:være|stå)|må være|ska(?:ll)? (?:hellre )?(?:va(?:ra)?|stå)|bör vara|måste vara"
    r"|soll(?:te)?(?: lauten| heißen)?|muss(?: lauten| heißen)?|should (?:be|say|read)|must be|needs to be)(?:\s*:\s*|\s+)"
)
_COPULA: Final = (
    r"(?:(?:for )?det? (?:er|e|æ|skal være|var)|det? (?:är|ä|ska(?:ll)? va(?:ra)?)|(?:es|das|des) (?:ist|is|war|soll)"
    r"|(?:it|that)(?:['’]?s| is| was| should be))\s+"
)
LEAD: Final = (
    r"(?:(?:nei|nej|nein|no|nope|nä|nö|ikke helt|inte riktigt|nicht ganz|not quite|men|aber|but|og|och|und|and|ok|okay"
    r"|hm+|vent|vänta|moment|wait|sorry|beklager|förlåt|bitte|please"
    r"|kan (?:du|ni|dere)|(?:du|ni|dere) kan|kannst du|können sie|sie können|du kannst|(?:can|could) you|you can)"
    r"[\s,.!:–-]+)*"
)
_END: Final = r"(?=\s*(?:[,;.!?\n]|$|(?:og|och|und|and|men|aber|but|tack|takk|danke|thanks|bitte|please)\b))"

# "5 is missing the monitor", "i rad 5 saknas skärmen": something goes to what the line says already.
_BESIDE: Final = (
    r"(?:\s+(?:det|da|vi|noch|auch|ja|leider|også|fortsatt|bare|även|också|fortfarande|ju|jo|still|also))*"
)
_LACKS: Final = (
    rf"{_BESIDE}\s+(?:(?:det|da|es)\s+)?(?:mangler|manglar|saknar|saknas|fattas|fehlt|fehlen"
    rf"|is (?:still |also )?(?:missing|lacking)|misses|lacks){_BESIDE}(?:\s*:\s*|\s+|$)"
)
_ADD_TO: Final = (
    r"(?:(?:legg|føy|skriv)e? (?:også )?(?:til|inn)|(?:lägg|skriv)a? (?:också |även )?(?:till|in)"
    r"|(?:ergänz|füg|schreib)(?:en?)?(?: sie)?(?: (?:bitte|noch|auch))*|(?:also )?add)"
)
_TO_LINE: Final = rf"(?:på|i|ved|vid|til|till|in|bei|zu|auf|to|on|at|under)\s+(?:{_NAMED})?"
_LATE: Final = r"(?:\s+(?:hinzu|dazu|ein|til|inn|till|in))?"

# A line that is named, and what becomes of it: at the beginning of a message, or after a stop in it.
_WISH = re.compile(
    rf"(?:^|[,;.!\n]|(?<=\s)(?=(?:og|och|und|and)\s))\s*{LEAD}(?:"
    rf"{_STRIKE}\s+{_LINE}(?P<struck>{_NUMBERS}){_END}"
    rf"|{_LINE}(?P<before>{_NUMBERS})\s+(?:{_STRIKE}|{_MAY}\s+(?:{_STRIKE}|{_GONE}))(?:\s+(?:ganz|helt|helst|thanks))?{_END}"
    rf"|{_LINE}(?P<none>\d{{1,2}})\s+(?={NOT_FOR_IT})"
    rf"|{_LINE}(?P<lacks>\d{{1,2}}){_LACKS}"
    rf"|{_ADD_TO}\s+(?P<more>[^;.!?:\n]{{1,120}}?)\s+{_TO_LINE}(?P<to>\d{{1,2}}){_LATE}{_END}"
    rf"|{_ADD_TO}\s+{_TO_LINE}(?P<into>\d{{1,2}})(?:\s*:\s*|\s+)(?=\S)"
    rf"|(?P<less>[^;,.!?:\n]{{1,80}}?)\s+(?:mangler|manglar|saknas|fattas|fehlt|fehlen|is (?:still )?missing)(?:\s+noch)?"
    rf"\s+(?:på|i|ved|vid|in|bei|auf|on|from)\s+{_NAMED}(?P<from>\d{{1,2}}){_END}"
    rf"|{_CHANGE}\s+{_LINE}(?P<changed>\d{{1,2}}){_TO}"
    rf"|{_LINE}(?P<number>\d{{1,2}})(?:\s*(?:[:=)]|->|→)\s*(?!\d\d\b)|{_SHOULD})"
    rf"|{_LINE}(?P<wrong>\d{{1,2}}){WRONG}"
    rf"|{_NAMED}(?P<named>\d{{1,2}})\s+"
    rf")",
    re.I,
)
_BARE = re.compile(rf"{LEAD}(?P<number>\d{{1,2}})\s+(?:(?:er|är|ist|is)\s+)?(?P<text>\S.*)", re.I | re.S)
_POLITE: Final = r"(?:[\s,.;:!–-]+|(?:tack|takk|danke|thanks|thank you|bitte|please)\b)*"
# "5 is wrong, take it out": the whole rest.
TAKE_OUT = re.compile(
    rf"[\s,.;:!–-]*{LEAD}(?:{_MAY}\s+)?"
    rf"(?:{_STRIKE}|take (?:it|that) (?:out|off|away)|get rid of|ta (?:den|det) (?:bort|vekk)"
    rf"|nehmen sie (?:das|sie|es|ihn) raus)"
    rf"(?:\s+(?:den|det|dem|it|that|that one|sie|ihn|es|das|linjen|raden|the line|den raden|die zeile))?{_POLITE}",
    re.I,
)
_NO_VALUE = re.compile(rf"(?:[\s,.;:!–-]*{NOT_FOR_IT})+{_POLITE}(?:(?:men|aber|but|sondern|utan)\s+)?", re.I)
_IT_LACKS = re.compile(rf"[\s,.;:!–-]*(?:\s(?:it|there))?{_LACKS}", re.I)
_ALSO = re.compile(r"(?:(?:noch|auch|også|även|också|also|um)\s+)+", re.I)
_LATE_END = re.compile(r"\s+(?:hinzu|dazu|(?:,\s*)?(?:tack|takk|danke|bitte|please|thanks))[\s.!]*$", re.I)
_SEND_WORD: Final = (
    r"(?:(?:og|och|und|and|så|dann|then|bitte|please|kan du|du kan|you can|ja|jo|yes|ok|okay)[\s,]+)*"
    r"(?:send|sende|skicka|senden|absenden|abschicken|schicken|schicks?|submit)"
    r"(?:(?:\s+|['’])(?:s|o|los|it|that|den|det|inn|in|iväg|av gårde|sie|es|ab|off|now|nå|nu|jetzt|please|tack|takk"
    r"|danke|bitte|thanks))*"
    r"[\s.!]*"
)
# After a stop only: "it hangs when I attach and send".
_THEN_SEND = re.compile(rf"(?<=\S)\s*[,.;!:\n–]\s*{_SEND_WORD}$", re.I)
_SEND_ALONE = re.compile(_SEND_WORD, re.I)
_FINE = re.compile(
    r"(?:(?:ja|jo|yes|ok|okay|alt|allt|alles|all|everything|it|that|det|das|this)[\s,.!]+)*"
    r"(?:ser (?:veldig |helt |jätte)?(?:bra|fint|greit|riktig|rätt) ut|(?:er|är) (?:helt )?(?:riktig|rett|bra|fint|rätt)"
    r"|stemmer|stämmer|sieht (?:sehr |alles )?(?:gut|richtig) aus|(?:ist |ist alles )?(?:richtig|korrekt)|stimmt|passt"
    r"|looks (?:all )?(?:good|fine|right|correct|great)|is (?:all )?(?:good|fine|right|correct))"
    r"(?:\s+(?:so|alles|nå|nu|for meg|för mig|to me|für mich|tack|takk|danke|thanks))*[\s.!]*",
    re.I,
)
FEW: Final = 3  # words beside it, from which on they say something
STRIPS = re.compile(rf"^[\s,.;:!–-]*(?:(?:men|aber|but|sondern|utan)\s+)?(?:{_COPULA})?", re.I)


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


@dataclass(frozen=True, slots=True)
class Append:
    """To what the line says already."""

    number: int
    text: str  # "" where only that something is missing was said


Command = Correct | Strike | Add | Append


def commands(text: str, fits: Callable[[int, str], bool] | None = None) -> tuple[Command, ...]:
    """What shall be done with the numbered lines, in order; nothing where nothing of the kind is said.

    "4 Friday" corrects line 4 only where Friday `fits` it: "2 PCs are down" corrects nothing."""
    if len(text.strip()) > LONGEST:
        return ()
    said = without_send(re.sub(r"[ \t]+", " ", text.strip()))
    wishes = list(_WISH.finditer(said))
    if not wishes:
        bare = _BARE.fullmatch(said)
        if bare and fits and fits(int(bare["number"]), bare["text"].strip()):
            return (Correct(int(bare["number"]), bare["text"].strip()),)
        return ()
    found: list[Command] = []
    before = re.sub(rf"^{LEAD}", "", said[: wishes[0].start()], flags=re.I).strip(" ,.;!")
    if before:
        found.append(Add(before))
    ends = [*(each.start() for each in wishes[1:]), len(said)]
    for wish, end in zip(wishes, ends, strict=True):
        rest = said[wish.end() : end].strip()
        found += _commands(wish, rest)
    return tuple(each for each in found if not (isinstance(each, Add) and is_send(each.text)))


def is_send(text: str) -> bool:
    """Whether this says only that it shall go: "send", "send it, please"."""
    return _SEND_ALONE.fullmatch(text.strip()) is not None


def without_send(text: str) -> str:
    """What is said before "..., send": the preview is shown again first, and the word belongs to no line."""
    return _THEN_SEND.sub("", text)


def is_fine(text: str) -> bool:
    """Whether this says only that what is shown is right: "looks good", "det ser bra ut"."""
    return _FINE.fullmatch(without_send(text.strip())) is not None


def _commands(wish: re.Match[str], rest: str) -> list[Command]:
    struck = wish["struck"] or wish["before"]
    if struck:
        strike = Strike(tuple(int(each) for each in re.findall(r"\d+", struck)))
        more = re.sub(
            r"^(?:[\s,.;!?]|(?:og|och|und|and|men|aber|but|tack|takk|danke|thanks|bitte|please)\b)+", "", rest
        )
        return [strike, *([Add(more)] if more else [])]
    if wish["lacks"] or wish["into"]:
        return _appended(int(wish["lacks"] or wish["into"]), rest)
    if wish["to"] or wish["from"]:
        number, thing = int(wish["to"] or wish["from"]), wish["more"] or wish["less"]
        return [*_appended(number, thing), *_added(rest)]
    number = int(wish["changed"] or wish["number"] or wish["wrong"] or wish["none"] or wish["named"])
    if TAKE_OUT.fullmatch(rest):
        return [Strike((number,))]
    if number > 1 and (none := _NO_VALUE.match(rest)):  # the first line is the request itself
        more = rest[none.end() :].strip(" ,;")
        return [Strike((number,)), *([Add(more)] if len(more.split()) >= FEW else [])]
    if wish["wrong"] and (lacks := _IT_LACKS.match(f" {rest}")):
        return _appended(number, f" {rest}"[lacks.end() :])
    if wish["wrong"]:
        # "2 is wrong, it's since Friday. And it is an iPhone": the value, and something else.
        rest = STRIPS.sub("", rest)
        rest, *others = [rest[slice(*span)] for span in sentences(rest)] or [""]
        return [Correct(number, rest.strip(" ,;.")), *(Add(each.strip()) for each in others)]
    return [Correct(number, rest.rstrip(" ,;"))]


def _appended(number: int, text: str) -> list[Command]:
    """What is missing from a line, and after the end of its sentence something else."""
    first, *others = [text[slice(*span)] for span in sentences(text)] or [""]
    first = _LATE_END.sub("", _ALSO.sub("", first.strip()))
    return [Append(number, first.strip(" ,;.!")), *(Add(each.strip()) for each in others)]


def _added(rest: str) -> list[Command]:
    more = rest.strip(" ,;.!?")
    return [Add(more)] if more else []
