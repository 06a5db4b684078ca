"""Passwords that no word announces: known by what they look like, and by what the message is about.

"Sommer2026!" is one wherever it stands. "Gandalf1954" may be a product or a room, and is one where somebody signs in.
What may be a name, a place or a device there stays: L1 needs it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from servicedesk.redaction import topics, words
from servicedesk.redaction.keep import KEEP
from servicedesk.redaction.kinds import Kind, Span

_TOKEN = re.compile(r"\S+")
_MARKS = "!#$%&*+=@?^~£§€"
_TELLING = re.compile(rf"[\d{re.escape(_MARKS)}]")
_LEFT, _RIGHT = "\"'`«»“”„‚‘’‹›()[]{}<>*,;:.…|-/", "\"'`«»“”„‚‘’‹›()[]{}<>*,;:.…|/"
_OPENING = "\"'`«»“”„‚‘’‹›()[]{}<>*"
_PARTS = re.compile(r"[^/|;,:=→()\"“”„«»<>\[\]{}]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*")
_ADDRESS = re.compile(r"(?i)^(?:\w+://|www\.|\\\\|/|[\w.+-]+@[\w-]+\.)|^[\w-]+\\[\w.$-]+$|\.\w+/|^\.[\\/]")
_LEET = re.compile(r"[^\W\d_]\d+[a-zæøåäöüß]")
_RUNS = re.compile(r"\d+|[^\W\d_]+")
_USER_NAME = re.compile(
    r"(?i)(?:[^\W\d_]{2,30}|[a-z])\.[^\W\d_]{2,30}|[\w.+-]{1,64}@[\w-]{1,60}[\w.-]{0,60}|[\w-]{2,20}\\\w{2,30}|svc[-_]\w{2,30}"
)

_NUMBERED = re.compile(r"[A-ZÆØÅÄÖÜ][a-zæøåäöüß]{1,4}\d")  # as rooms, teams and folders are, too
_OWN = re.compile(r"[a-zæøåäöüß]{6,30}[1-9]\d{1,3}")  # machines are counted from 01
_SHOUT = re.compile(r"[a-zæøåäöü] [A-ZÆØÅÄÖÜ][a-zæøåäöü]{4,30}! [a-zæøåäöü]")  # within a sentence
_YEAR = re.compile(r"[^\W\d_]{4,30}20[12]\d[!?]*")
_WORD_BEFORE = re.compile(r"([^\W\d_]{3,20})[ \t]$")
_SHORT = re.compile(r"(?i)(?<!\w)p[./]w(?!\w)")
_WRITES = re.compile(
    r"(?i)(?<!\w)(?:jeg|eg|jag|å|att)\s(?:skriver|skriv|skrive)(?!\w)|(?<!\w)(?:skriver|skriv)\s(?:jeg|eg|jag)(?!\w)"
    r"|(?<!\w)(?:went|gikk|gjekk|gick|ging)\s(?:with|for|med|på|mit)(?!\w)"
)
_GET_IN = re.compile(
    r"(?i)(?<!\w)(?:get|gets|getting|got|let|lets)\s(?:me\s)?(?:in|into|on|onto)(?!\w)"
    r"|(?<!\w)(?:komm\w{0,3}|kjem|kome|kom|slipper|släpper|slepp)\s(?:\w{1,10}\s){0,2}inn?(?!\w)"
    r"|(?<!\w)(?:rein|hinein)(?:komm\w{0,2}|zukommen|gelassen)|(?<!\w)komm\w?\s(?:\w{1,10}\s){0,2}(?:rein|ine|eini)(?!\w)"
)
_USER_NAME_WORDS = re.compile(r"(?i)(?<!\w)user name")
_ACCOUNT = ("konto", "kontoen", "kontot", "account", "benutzer")
_KEYBOARD = ("qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
_HUMP = re.compile(r"[a-zæøåäöü][A-ZÆØÅÄÖÜ]")
_NAMED = re.compile(
    r"(?:[0-9]{1,8}[a-f]{1,8}|[a-f]{1,8}[0-9]{1,8}){2,12}[0-9a-f]{0,8}|(?:UTC|GMT|CES?T)[+-]\d{1,2}|(?:[A-Z]{1,10}\d{0,2}-){1,2}\d{1,6}(?:-[\w-]{3,40})?|\d{1,2}x\S{1,20}|[\w.]{1,40}@|@[\w.]{1,40}"
    r"|[A-Z0-9]{1,5}(?:-\d{1,4})?-[a-zæøåäöüß]{3,30}|[Ww]i-?[Ff]i\d\w?"
    r"|.{1,80}\.(?:pfx|p12|cer|crt|pem|csv|bat|ps1|sh|cfg|ini|xml|json|ya?ml|html?|pst|ost|msg|eml|rdp|iso|dmg|apk|mov|"
    r"mp[34]|heic|gif|bmp|svg|docm?|dotx|xlsm?|xls|ppt|txt|rtf|dwg)"
)
# A number of goods as a scanner or a label has it ("NO+4471" for "NO-4471"), where the message is about such things.
_GOODS = re.compile(
    r"(?i)(?<!\w)(?:\w{0,20}s[ck]ann\w*|scan|scans|str[ei]kkode\w*|streckkod\w*|bar-?code\w*|strichcode\w*|qr-?[ck]od\w*|etikett\w*|labels?"
    r"|vare|varen|varenummer\w*|varunummer\w*|arti(?:kk?el|cle)\w*|item|items|serie-?nummer\w*|seriennummer\w*|serial|serials"
    r"|delenummer\w*|artikkelnummer\w*|teilenummer\w*|part number|part no)(?!\w)"
)
_OF_GOODS = re.compile(r"[A-Z]{1,6}\d{0,6}(?:[-+_=?*/][A-Z0-9]{1,10}){1,4}")

CERTAIN, LIKELY, POSSIBLE, NONE = 0, 2, 3, 99  # how much the message has to say for it


@dataclass(frozen=True, slots=True)
class _Part:
    start: int
    text: str
    needs: int
    behind: str = ""  # what stands before it in the same word: "tbaker/…"

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def shape_spans(text: str) -> Iterator[Span]:
    """Passwords in a message, whatever word is before them."""
    parts = [part for part in _parts(text) if part.needs is not NONE]
    if not parts:
        return
    about = _about(text)
    found = {part.start for part in parts if _is_secret(text, part, about)}
    found |= set(_tries(text, parts))
    stems = {_stem(part.text) for part in parts if part.start in found} - {""}
    for part in parts:
        if part.start in found or _stem(part.text) in stems:
            start = _two_words(text, part.start) if about.spaced else part.start
            yield Span(start, part.end, Kind.PASSWORD)


def _parts(text: str) -> Iterator[_Part]:
    for token in _TOKEN.finditer(text):
        if len(token[0]) > 128 or not (_TELLING.search(token[0]) or _is_walk(token[0].strip(_LEFT).lower())):
            continue
        core = token[0].lstrip(_LEFT)
        start = token.end() - len(core)
        core = core.rstrip(_RIGHT)
        if _ADDRESS.search(token[0].lstrip(_OPENING)) or _is_kept(core):
            continue
        left = ""
        for part in _PARTS.finditer(core):
            piece = part[0].strip(_RIGHT)
            if piece:
                at = start + part.start() + part[0].find(piece)
                needs = _needs(piece)
                if needs is NONE and _SHOUT.search(text, max(0, at - 2), at + len(piece) + 2):
                    needs = POSSIBLE
                yield _Part(at, piece, needs, behind=left)
                left = piece


def _is_kept(part: str) -> bool:
    return bool(KEEP.fullmatch(part.rstrip("!?")) or _NAMED.fullmatch(part.rstrip("?")))


def _needs(part: str) -> int:
    core = part.rstrip("!?")
    if len(part) < 5 or _is_kept(part):
        return NONE
    if _is_walk(core.lower()):
        return LIKELY
    lower, upper = any(map(str.islower, core)), any(map(str.isupper, core))
    digit = any(map(str.isdigit, core))
    mark = any(character in _MARKS for character in core)
    shout = "!" in part[len(core) :]
    if not (lower or upper):
        return NONE
    if digit and (lower or mark or shout):
        if len(core) >= 6 and ((mark and len(core) > 6) or (shout and lower and upper)):
            return CERTAIN
        if lower and upper and any(_is_random(piece) for piece in re.split(r"[-_.]", core)):
            return CERTAIN
        if _NUMBERED.fullmatch(core) and not (mark or shout):
            return POSSIBLE
        return (
            LIKELY
            if (lower and upper) or mark or shout or _LEET.search(core) or _OWN.fullmatch(core)
            else POSSIBLE
        )
    if mark and lower and not digit and len(core) >= 7:
        return LIKELY
    return POSSIBLE if shout and lower and _HUMP.search(core) else NONE


def _is_walk(word: str) -> bool:
    """Along a row of the keyboard; "qwerty" and "qwertz" themselves are names of keyboards."""
    if len(word) < 6 or not any(word in row for row in _KEYBOARD):
        return False
    return len(word) > 6 or not word.startswith("qwert")


def _is_random(piece: str) -> bool:
    """Digits in the middle of a word, or in and out of it again and again."""
    return len(piece) >= 7 and (bool(_LEET.search(piece)) or len(_RUNS.findall(piece)) > 3)


def _stem(part: str) -> str:
    """The letters that it begins with: "Marian01" and "Marian02" are two tries at one."""
    found = re.match(r"[^\W\d_]{4,}", part)
    return found[0].casefold()[:8] if found else ""


def _tries(text: str, parts: list[_Part]) -> Iterator[int]:
    """ "from Marigold1 to Marigold2", "Banana77 or Bananas77": one name with other digits, side by side."""
    for one, other in itertools.pairwise(parts):
        between = text[one.end : other.start]
        if (
            one.text[:5].casefold() == other.text[:5].casefold()
            and one.text != other.text
            and len(between) <= 16
            and len(one.text) >= 7
        ):
            yield from (one.start, other.start)


def _two_words(text: str, start: int) -> int:
    """Where the word before it begins: of a password that is said to have a blank in it."""
    before = _WORD_BEFORE.search(text, max(0, start - 30), start)
    return before.start(1) if before and before[1].lower() not in words.ORDINARY else start


@dataclass(frozen=True, slots=True)
class _About:
    points: int
    spaced: bool
    names: tuple[int, ...]  # where user names end
    of_names: bool  # it speaks of user names and not of passwords
    of_goods: bool  # it speaks of what is scanned or labelled, and not of signing in


def _about(text: str) -> _About:
    found = set(_words(text, 0, len(text)))
    password = any(map(topics.is_password_word, found))
    points = 2 * password
    points += 2 * (bool(found & topics.SIGN_IN) or bool(_SHORT.search(text)))
    points += bool(_GET_IN.search(text))
    points += bool(found & topics.REFUSED) + bool(
        found & (topics.TYPED | topics.USED) or _WRITES.search(text)
    )
    points += 2 * bool(found & topics.OLD and found & topics.NEW)
    of_names = bool(found & topics.NAME_WORDS or _USER_NAME_WORDS.search(text)) and not password
    names = tuple(match.end() for match in _USER_NAME.finditer(text))
    signs_in = password or found & topics.SIGN_IN or _GET_IN.search(text) or _SHORT.search(text)
    of_goods = not signs_in and _GOODS.search(text) is not None
    return _About(points, bool(found & topics.SPACE), names, of_names, of_goods)


def _is_secret(text: str, part: _Part, about: _About) -> bool:
    if about.of_goods and _OF_GOODS.fullmatch(part.text):
        return False
    if part.needs is CERTAIN:
        return True
    before, after = _words(text, max(0, part.start - 60), part.start), _words(text, part.end, part.end + 40)
    named = any(part.start - 12 <= end <= part.start for end in about.names) or part.behind.islower()
    typed = any(
        word in topics.TYPED
        for word in (*before[-5:], *after[:2], *(w for w in after[:6] if w in topics.PARTICIPLES))
    ) or bool(_WRITES.search(text, max(0, part.start - 30), part.start))
    if before and not named:
        if before[-1] in topics.PLACES and not typed and after[:1] not in (["som"], ["as"], ["als"]):
            return False
        if _names_a_thing(before, verbs=not part.text.islower()):
            return False
    if about.of_names and part.text.islower() and not _TELLING.search(part.text.strip("0123456789")):
        return False  # a user name, most likely
    points = about.points + 2 * named + typed + 2 * _is_an_answer(text, part, (*before, *after))
    points += bool(_YEAR.fullmatch(part.text)) and any(word in topics.NO_LONGER for word in after)
    points += text[part.start - 1 : part.start] in tuple("\"'`«“„(")
    points += any(map(topics.is_password_word, (*before[-6:], *after[:4])))
    points += typed and bool(before) and before[-1] in topics.TOWARD
    points += any(word in topics.REFUSED_IT for word in (*before[-2:], *after[:3]))
    return points >= part.needs


def _is_an_answer(text: str, part: _Part, others: tuple[str, ...]) -> bool:
    """ "yes, it is Sol-og-regn1", "Otter-River-4 oops": nothing else in the message says what it would be."""
    if not others and _is_walk(part.text.lower()):
        return False  # somebody leaned on the keys
    if len(text) > 60 or len(part.text) < 6 or len(others) > 8 or "[" in text:  # it may be a marker of ours
        return False
    return all(word in words.ORDINARY and word not in topics.REFUSED for word in others)


def _names_a_thing(before: list[str], *, verbs: bool) -> bool:
    """ "user lager1", "my account is svc4"; but not "jeg bruker Sol-og-regn1", where the same word is a verb."""
    for index in range(max(0, len(before) - 2), len(before)):
        if (before[index] in topics.USER_WORDS or before[index].endswith(_ACCOUNT)) and not (
            index and _does(before[index - 1], nouns=verbs)
        ):
            return True
    return False


def _does(word: str, *, nouns: bool) -> bool:
    """Whether the word after it is a verb: "jeg bruker", "avdelingen bruker"."""
    return word in topics.PRONOUNS or (
        nouns and len(word) > 5 and word.endswith(("en", "ene", "et", "ane", "gen"))
    )


def _words(text: str, start: int, end: int) -> list[str]:
    """In small letters; the words of our own markers are none of the message's."""
    found = _WORD.finditer(text, start, min(end, len(text)))
    return [match[0].lower() for match in found if text[match.start() - 1 : match.start()] != "["]
