"""Passwords and codes: known by the words around them, in Norwegian, Swedish, German and English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from servicedesk.redaction import topics, words
from servicedesk.redaction.keep import KEEP
from servicedesk.redaction.kinds import Kind, Span
from servicedesk.redaction.topics import is_misspelt, is_password_word

_WORD = re.compile(r"[^\W\d_]{2,40}")
_PASSPHRASE_WORDS = 7
_MARKED = re.compile(rf"\[(?:{'|'.join(kind.value for kind in Kind)})\]")
_MARKER = f"[{Kind.PASSWORD.value}]"

_QUOTE = "\"'`«»“”„‚‘’‹›"
_CONNECTOR = re.compile(
    r"(?P<plain>[:=]|[-=]{1,2}>|→|➜|[–-](?=\s))"
    r"|(?P<verb>(?:is|was|are|were|be|er|var|være|blir|vart|är|vara|blev|ist|war|wäre|lautet|lautete|heter|heißt|heisst|"
    r"hiess|hieß|reads|equals|being|sein|lyder|skal være|ska vara|soll)(?![^\W\d_])\s{0,3}:?)"
    r"|(?P<toward>(?:to|til|till|zu|auf|in|som|as|als|with|med|mit|using|brukte|brukt|använde|tried)"
    r"(?![^\W\d_])\s{0,3}:?)"
    r"|(?P<none>)",
    re.IGNORECASE,
)
_FILLERS = re.compile(
    r"[\s,)(]{0,3}(?:(?:"
    + "|".join(sorted(words.FILLERS, key=len, reverse=True))
    + r")(?![^\W\d_])[\s,]{1,3}){0,6}",
    re.IGNORECASE,
)
_DETOUR = re.compile(
    r"(?:[^\W\d_][^\W\d_'’-]{0,19}[ \t]{1,2}){1,6}?(?=(?:is|er|är|ist|was|var|war|lautet)\s)"
)
_PLACE = re.compile(r"(?i)(?<![^\W\d_])(?:i|på|for|för|til|till|to|zu|auf|of|von|für)(?![^\W\d_])")
_FOR = re.compile(r"(?i)(?<![^\W\d_])(?:for|til|till|för|für|zu|to)\s$")
_CITED = re.compile(r"[\"“”»](?=-[^\W\d_])")
_QUOTED = re.compile(rf"(?<!\w)[{_QUOTE}]([^\n{_QUOTE}]{{1,80}})[{_QUOTE}]")
_NEXT = re.compile(r"[ \t]{1,2}(\S{1,64})")
# A new clause with a subject of its own: "jag behöver nytt lösenord, jag är på kundbesök".
_NEW_CLAUSE = re.compile(r"(?i),|(?<![^\W\d_])(?:jeg|eg|jag|ich|i|vi|we|wir)\s{1,3}$")
_USER_NAME = re.compile(
    r"(?:[^\W_]{2,30}\\)?[^\W\d_]{2,30}(?:[._][^\W\d_]{2,30}){1,3}|[\w.+-]{1,64}@[\w.-]{3,80}"
)
_AFTER_USER_NAME = re.compile(
    r"(?i)[\s,;:/|]{1,4}(?:(?:og|och|und|and|er|är|ist|is|med|mit|with|passord|lösenord|passwort|kennwort|password|pw)"
    r"[\s:=]{1,3}){0,2}"
)
_USERS_NAME = re.compile(r"(?i)(?<![^\W\d_])\w{0,12}(?:navn|namn|name)\w{0,3}(?!\w)")
_PHRASE = re.compile(r"[^\W\d_]+(?:[ \t][^\W\d_]+){1,7}")
_DOTTED = re.compile(r"[^\W\d_]{3,20}\.[^\W\d_]{3,20}")
_SAYS = re.compile(r"(?i)(?<!\w)(?:er|är|ist|is|=|:)\s{1,3}$")
_LOCKED_WITH = re.compile(
    r"(?i)(?<!\w)(?:låst|beskyttet|beskytta|skyddad|skyddat|kryptert|krypterad|protected|locked|encrypted|geschützt|gesperrt|"
    r"verschlüsselt)[ \t](?:med|with|mit)[ \t](\S{4,64})"
)
_WAY = re.compile(
    r"(?i)(?:[\s,:]{1,3}(?:"
    + "|".join(sorted(map(re.escape, words.CODE_WAYS), key=len, reverse=True))
    + r")(?![^\W\d_]|-[^\W\d_])){1,8}"
)
_ENDING = re.compile(
    r"(?:[-’'](?:en|et|n|s)(?![^\W\d_])|[- ](?:[kc]ode?(?:n|en)?|nummer|number)(?![^\W\d_]))?"
)  # "PIN-en", "PIN-koden"
_EMPHASIS = re.compile(r"\*{0,2}")
_VALUE = re.compile(r"\S{1,128}")
_CODE = re.compile(r"(?<!\d)(?:\d[ \u00a0-]?){5,9}\d(?!\w)")
_PIN = re.compile(r"(?<!\d)(?:\d[ \u00a0-]?){3,11}\d(?!\w)")
_RECOVERY = re.compile(r"(?:(?=[\w-]{0,40}\d)[\w-]{4,40}(?:[\s,;]{1,3}|$)){1,16}")
_KEY = re.compile(r"(?=[\w./+~=-]{0,200}\d)[\w./+~=-]{8,200}")
_BARE_CODE = re.compile(
    r"\s*(?:\d{3}[ -]?\d{3}|\d{4}[ -]?\d{4}|(?:\d ?){6,8}|\d{2}(?:-\d{2}){2,3})\s*[.!]?\s*"
)


def cued_spans(text: str) -> Iterator[Span]:
    """Passwords, codes and keys that a word before or after them gives away."""
    digits: list[re.Match[str]] = []
    previous = ""
    skip = 0
    for match in _WORD.finditer(text):
        word = match[0].lower()
        digits = _digit_run(digits, match, word, text)
        if len(digits) >= 6:
            yield Span(digits[0].start(), digits[-1].end(), Kind.CODE)
        if match.start() >= skip:
            span = _after_cue(text, match, word, previous)
            if span:
                yield span
                skip = span.end
        previous = word
    yield from _locked_spans(text)


def _locked_spans(text: str) -> Iterator[Span]:
    """ "the PDF is protected with pay-March, that is the password"."""
    for match in _LOCKED_WITH.finditer(text):
        value = "" if _MARKED.match(match[1]) else _core(match[1])
        if len(value) < 4 or _is_ordinary(value) or is_password_word(value.lower()) or KEEP.fullmatch(value):
            continue
        around = _WORD.findall(text, max(0, match.start() - 60), match.end() + 60)
        if any(is_password_word(word.lower()) for word in around):
            yield Span(match.start(1), match.start(1) + len(value), Kind.PASSWORD)


def lone_secret(text: str, *, after_prompt: bool = False) -> Span | None:
    """A message that is nothing but a password or a code."""
    value = text.strip()
    start = text.find(value) if value else 0
    if not value or len(value) > 64:
        return None
    if _BARE_CODE.fullmatch(value) and not KEEP.fullmatch(value):
        return Span(start, start + len(value), Kind.CODE)
    if any(character.isspace() for character in value) or KEEP.fullmatch(value.rstrip(".,;:?!")):
        return None
    if after_prompt and value.lower() not in words.ORDINARY:
        return Span(start, start + len(value), Kind.PASSWORD)
    core = value.strip(_QUOTE)
    return Span(start, start + len(value), Kind.PASSWORD) if _is_strong(core) else None


def _after_cue(text: str, match: re.Match[str], word: str, previous: str) -> Span | None:
    if text[match.start() - 1 : match.start()] == "[" and text[match.end() : match.end() + 1] == "]":
        return None  # a marker of ours
    if word in words.KEY_COMPOUNDS or (word in words.KEYS and previous in words.KEY_OWNERS):
        return _value_after(text, match.end(), _KEY, Kind.TOKEN)
    if word in words.RECOVERY or (word in words.CODES and previous in words.RECOVERY_OWNERS):
        return _value_after(text, match.end(), _RECOVERY, Kind.CODE)
    if word in words.PINS:
        return _value_after(text, match.end(), _PIN, Kind.CODE)
    if word in words.CODES:
        return None if previous in words.NOT_SECRET_CODES else _code_after(text, match.end())
    if _is_password_cue(word):
        after = _password_after(text, match)
        return after or (_password_before(text, match.start()) if previous in words.BEFORE else None)
    return None


def _is_password_cue(word: str) -> bool:
    return word in words.PASSWORDS or is_misspelt(word)


def _code_after(text: str, position: int) -> Span | None:
    """Right after the cue, or after how it came: "koden jeg fikk på sms 482913"."""
    way = _WAY.match(text, position)
    return _value_after(text, position, _CODE, Kind.CODE) or (
        _value_after(text, way.end(), _CODE, Kind.CODE) if way else None
    )


def _value_after(text: str, position: int, shape: re.Pattern[str], kind: Kind) -> Span | None:
    """A value of this shape after fillers and perhaps a connector."""
    position = _ENDING.match(text, position).end()  # type: ignore[union-attr]  # it matches nothing, too
    for _ in range(2):
        position = _FILLERS.match(text, position).end()  # type: ignore[union-attr]  # it matches nothing, too
        position = _CONNECTOR.match(text, position).end()  # type: ignore[union-attr]
    while position < len(text) and text[position] in _QUOTE + " \t\r\n(:":
        position += 1
    found = shape.match(text, position)
    if not found or KEEP.fullmatch(found[0].strip().rstrip(".,;")):
        return None
    return Span(position, position + len(found[0].rstrip()), kind)


def _password_after(text: str, match: re.Match[str]) -> Span | None:
    position = _ENDING.match(text, match.end()).end()  # type: ignore[union-attr]  # it matches nothing, too
    start = _FILLERS.match(text, position).end()  # type: ignore[union-attr]
    detour = _DETOUR.match(text, start)
    if detour and _USERS_NAME.search(detour[0]):
        return None  # "glemt passord, brukernavnet er …"
    connector = _CONNECTOR.match(text, detour.end() if detour else start)
    if connector is None:
        return None
    direct = connector.lastgroup == "none"
    if direct and start == position and not _ends_word(text, position):
        return None
    strict = direct or detour is not None or connector.lastgroup == "toward"
    if connector.lastgroup == "verb" and _NEW_CLAUSE.search(text, position, connector.start()):
        strict = True
    begin = _FILLERS.match(text, connector.end()).end()  # type: ignore[union-attr]
    if connector.lastgroup == "verb" and _PLACE.search(text, connector.end(), begin):
        strict = True  # "passordet er i orden"
    second = _CONNECTOR.match(text, begin)  # "my password is: X", "was changed to X"
    if second and second.lastgroup in ("plain", "toward"):
        begin = _FILLERS.match(text, second.end()).end()  # type: ignore[union-attr]
        strict = strict or second.lastgroup == "toward"
    begin = _EMPHASIS.match(text, begin).end()  # type: ignore[union-attr]  # it matches nothing, too
    quoted = _QUOTED.match(text, begin)
    if quoted and direct and _FOR.search(text, start - 6 if start > 6 else 0, begin):
        return None  # 'the password for "fs01"'
    if quoted:
        said = _all_ordinary(quoted[1]) and (strict or not _is_phrase(quoted[1]))
        return None if said else Span(quoted.start(1), quoted.end(1), Kind.PASSWORD)
    if not strict and text[match.start() : match.end()].lower() in words.PASSPHRASES:
        phrase = _PHRASE.match(text, begin)
        if phrase and not _all_ordinary(phrase[0]):
            return Span(begin, phrase.end(), Kind.PASSWORD)
    return _unquoted(text, begin, strict=strict) or (
        _bare_word(text, match, begin, start) if direct else None
    )


def _is_phrase(quoted: str) -> bool:
    """Three words or more that do not speak of passwords: «slik er det» may be one, "passordet er feil" is a message."""
    parts = quoted.lower().split()
    return len(parts) > 2 and not any(is_password_word(part) for part in parts)


def _bare_word(text: str, cue: re.Match[str], begin: int, start: int) -> Span | None:
    """ "my password Sunflower does not work", "typed my password Vic.Sponge", "wants the old password sunflower"."""
    found = _VALUE.match(text, begin)
    value = _core(found[0]) if found else ""
    if value.islower() and topics.is_participle(value):
        return None
    if len(value) < 5 or _is_ordinary(value) or KEEP.fullmatch(value) or value.lower() in topics.PRODUCTS:
        return None
    before = [word.lower() for word in _WORD.findall(text, max(0, cue.start() - 40), cue.start())]
    own = bool({*before[-1:], *_WORD.findall(text[cue.end() : start].lower())} & topics.POSSESSIVES)
    name = own and value.istitle() and value.isalpha()
    if name and "wort" in cue[0].lower():  # in German every noun is written like a name
        following = _WORD.findall(text, begin + len(value), begin + len(value) + 20)
        name = following[:1] != [] and following[0].lower() in topics.GERMAN_VERBS
    dotted = own and bool(set(before) & topics.TYPED) and bool(_DOTTED.fullmatch(value))
    old = (
        bool(set(before[-1:]) & topics.OLD)
        and value.isalpha()
        and not text[begin + len(value) :].strip(" .!?")
    )
    return Span(begin, begin + len(value), Kind.PASSWORD) if name or dotted or old else None


def _ends_word(text: str, position: int) -> bool:
    return position >= len(text) or text[position] in " \t\r\n\u00a0:=(\"'«„“-"


def _unquoted(text: str, begin: int, *, strict: bool) -> Span | None:
    first = _VALUE.match(text, begin)
    if first is None or "](" in first[0]:  # a link in Markdown
        return None
    value = _core(_CITED.split(first[0])[0])  # 'the "password forgotten"-link'
    if _looks_secret(value):
        return Span(begin, _more(text, begin + len(value), secret=True), Kind.PASSWORD)
    behind = _behind_user_name(text, begin + len(value)) if _USER_NAME.fullmatch(value) else None
    if behind:
        return behind
    if strict or len(value) < 3 or not value[0].isalnum() or _is_ordinary(value) or KEEP.fullmatch(value):
        return None
    if value.islower() and topics.is_participle(value):
        return None
    return Span(begin, _more(text, begin + len(value), secret=False), Kind.PASSWORD)


def _behind_user_name(text: str, end: int) -> Span | None:
    """ "passord kari.nordmann Sol-og-regn-1234": the name stays, L1 needs it."""
    between = _AFTER_USER_NAME.match(text, end)
    found = between and _VALUE.match(text, between.end())
    if found and found[0].startswith(_MARKER):
        return Span(found.start(), found.start() + len(_MARKER), Kind.PASSWORD)  # taken out before
    value = _core(found[0]) if found else ""
    secret = _looks_secret(value)
    said = bool(between and _SAYS.search(between[0])) and len(value) > 2 and not _is_ordinary(value)
    if not found or not (secret or (said and not KEEP.fullmatch(value))):
        return None
    return Span(found.start(), _more(text, found.start() + len(value), secret=secret), Kind.PASSWORD)


def _more(text: str, end: int, *, secret: bool) -> int:
    """Where a password of several parts ends: parts that look secret, or the plain words of a passphrase."""
    for _ in range(_PASSPHRASE_WORDS):
        following = _NEXT.match(text, end)
        if following is None:
            return end
        value = _core(following[1])
        looks = _looks_secret(value) or (value.isdigit() and (len(value) > 1) is secret)
        if not looks and (secret or not value.isalpha() or _is_ordinary(value)):
            return end
        end = following.start(1) + len(value)
        if len(value) < len(following[1]):
            return end
    return end


def _password_before(text: str, cue: int) -> Span | None:
    """ "Sommer2026! is my password", "prøvde Sommer2026! som passord"."""
    window = max(0, cue - 120)
    before = list(_VALUE.finditer(text, window, cue))
    for _ in range(3):
        if before and before[-1][0].lower() in words.DETERMINERS:
            before.pop()
    if len(before) < 2 or before[-1][0].lower() not in words.LINKS:
        return None
    link = before.pop()[0].lower()
    if before[-1][0].lower() in words.THAT and len(before) > 1:  # "Mittens, that is my password"
        before.pop()
        named = before[-1][0][-1] in ",)-–" and before[-1][0][0].isupper()
    else:
        named = link == "that's" and before[-1][0][-1] in ",)-–" and before[-1][0][0].isupper()
        named = named or (link in words.AS and len(before) > 1 and before[-2][0].lower() in topics.TYPED)
    found = before[-1]
    if _MARKED.match(found[0]):
        return None
    value = _core(found[0].lstrip(_QUOTE + "([*"))
    if not _looks_secret(value) and (
        not named or len(value) < 4 or _is_ordinary(value) or KEEP.fullmatch(value)
    ):
        return None
    start = found.start() + found[0].index(value)
    return Span(start, start + len(value), Kind.PASSWORD)


def _core(run: str) -> str:
    """Without the sentence's own punctuation at its end; an exclamation mark may belong to a password."""
    return run.rstrip(".,;:?)]*" + _QUOTE)


def _looks_secret(value: str) -> bool:
    """Letters with digits or symbols in them, as no ordinary word has."""
    bare = value.rstrip("!?.,")
    if (
        len(value) < 4 or not bare or KEEP.fullmatch(value.rstrip("?.,"))
    ):  # "Teams2026" is kept, with "!" it is not
        return False
    digits = any(character.isdigit() for character in bare)
    letters = any(character.isalpha() for character in bare)
    symbols = any(not character.isalnum() and character not in "-./,'’()[]*_:" for character in bare)
    if digits and (letters or symbols):
        return True
    if digits:
        return bare.isdigit() and 4 <= len(bare) <= 20
    return symbols and letters


def _is_strong(value: str) -> bool:
    """Looks like a password even with no word around it: three kinds of characters, one of them a digit."""
    kinds = (
        any(character.islower() for character in value),
        any(character.isupper() for character in value),
        any(character.isdigit() for character in value),
        any(not character.isalnum() and character not in "-./_:" for character in value),
    )
    return len(value) >= 8 and kinds[2] and sum(kinds) >= 3 and "://" not in value and "\\" not in value


def _is_ordinary(value: str) -> bool:
    """A word that says something about a password rather than being one."""
    word = value.lower().strip("!-–'’()*_[]")
    parts = re.split(r"[-/'’]", word)
    return word in words.ORDINARY or all(part in words.ORDINARY for part in parts)


def _all_ordinary(text: str) -> bool:
    return all(_is_ordinary(_core(word)) for word in text.split())


def _digit_run(run: list[re.Match[str]], match: re.Match[str], word: str, text: str) -> list[re.Match[str]]:
    """Digits in words, one after another: "en to tre fire fem seks"."""
    if word not in words.DIGITS:
        return []
    if run and text[run[-1].end() : match.start()].strip(" ,-\t\u00a0"):
        return [match]
    return [*run[-9:], match]
