"""What the employee has told of the matter at hand, from the first message that said what it is about.

What is typed after an article that did not help ("but SAP is a program, isn't it?") makes no sense without what stood
before it. So a matter keeps its first words, and what follows goes along, until a message is about something else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from actions.article import note
from actions.matter import Matter, matter_of
from actions.turn import SURE, Turn
from bot.kb.answer import is_certain
from bot.kb.choosing import LIKELY, Hit, chance
from bot.nlu.follow_ups import FAILED
from bot.nlu.ordinals import place
from bot.nlu.yes_and import rest_of_yes
from servicedesk.categories import FALLBACK, categorise
from servicedesk.feedback import Verdict

WORDS_THAT_TELL: Final = 7  # "I want to talk to a person" says nothing yet; a longer wish carries its reason
A_VERDICT: Final = 4  # words: "that did not help"
LASTS: Final = timedelta(hours=4)  # from the newest question on; what is typed the next day is another matter
FITS: Final = 0.5  # chance of an article, from which words that name another subject are about that subject
# Intents of words that say nothing of the matter, unless there are many of them.
SMALL_TALK: Final = frozenset(
    {"greet", "goodbye", "thank", "affirm", "deny", "cancel", "help", "bot_challenge", "talk_to_human"}
)
# Wishes with a journey of their own.
ELSEWHERE: Final = frozenset({"service_request", "change_language", "report_security_incident", "distress"})
REFUSAL: Final = "utter_out_of_scope"
_LONG_WORD: Final = re.compile(r"[^\W\d_]{5,}")  # a shorter one is in every other sentence
_CONTRADICTS: Final = re.compile(
    r"(?:nei|nej|nein|nee|nä|nö|no|nope|not|ikke|inte|nicht|men|aber|but|doch)\b", re.I
)

Event = Mapping[str, Any]


def told(turn: Turn) -> str:
    """All of it, a message a line; "" where nothing was told yet."""
    first = first_words(turn)
    if not first:
        return ""
    since = messages_since(turn, first)
    later = [_told_in(each) for each in since[1:] if _tells(each)]
    return "\n".join(dict.fromkeys([first, *later]))


def asked_anew(turn: Turn, words: str, hits: Sequence[Hit]) -> Matter:
    """The matter after these words, which go on about it or begin another.

    Where they go on, what was shown is put aside: somebody who writes on has read it, and is not helped yet."""
    first = first_words(turn) if goes_on(turn, words) else ""
    matter = matter_of(turn)
    if first and matter.shown and not _another_passage(matter, words, hits):
        if failed := contradicts(words):
            note(turn, Verdict.NOT_SOLVED, matter.shown, question=matter.question)
        matter = matter.put_aside(failed=failed)
    matter = matter.asked_anew(words, hits, turn.services.clock.now(), same=bool(first))
    return replace(matter, opened=first or refused_before(turn, words) or words)


def has_begun(turn: Turn, matter: Matter, words: str) -> bool:
    """Whether the matter has just begun, with these words or with those that we would not hear of before them."""
    return bool(words) and matter.opened in (words, refused_before(turn, words))


def refused_before(turn: Turn, words: str) -> str:
    """The message just before these words, which was answered "that is not IT", where they go on about it; else "".

    "But it is IT" and "the reader blinks red" make no sense to L1 without what the machine would not hear of."""
    events = [each for each in turn.tracker.events if each.get("event") in ("user", "bot")]
    typed = [at for at, each in enumerate(events) if each.get("event") == "user"]
    if len(typed) < 2 or words_of(events[typed[-1]]) != words:
        return ""
    before = words_of(events[typed[-2]])
    said = {(each.get("metadata") or {}).get("utter_action") for each in events[typed[-2] : typed[-1]]}
    return before if REFUSAL in said and before and _same_subject(before, words) else ""


def _same_subject(before: str, words: str) -> bool:
    """Whether they object, say yes to what was asked back, or name what was named before them."""
    if contradicts(words) or rest_of_yes(words):
        return True
    named, again = (set(_LONG_WORD.findall(each.casefold())) for each in (before, words))
    return bool(named & again)


def contradicts(words: str) -> bool:
    """Whether they object to what was said before them: "no, it isn't deleted", "but I never get that far"."""
    return bool(_CONTRADICTS.match(words.strip()))


def goes_on(turn: Turn, words: str) -> bool:
    """Whether the newest message, these words, is about what was talked about before it."""
    first, matter = first_words(turn), matter_of(turn)
    if not first:
        return False
    if matter.begun and turn.services.clock.now() - matter.begun_at > LASTS:
        return False
    if turn.intent in SMALL_TALK and len(words.split()) <= WORDS_THAT_TELL:
        return True
    if contradicts(words):
        return True
    return not _another(turn, matter, first, words)


def messages_since(turn: Turn, words: str) -> list[Event]:
    """What was typed from the message on that said these words, or began with them; none where no message did."""
    typed = [each for each in turn.tracker.events if each.get("event") == "user" and words_of(each)]
    start = max((at for at, each in enumerate(typed) if _begins(words, each)), default=len(typed))
    return typed[start:]


def newest_words(turn: Turn) -> str:
    """What was typed last; "" where nothing was."""
    typed = (words_of(each) for each in reversed(turn.tracker.events) if each.get("event") == "user")
    return next(filter(None, typed), "")


def _another_passage(matter: Matter, words: str, hits: Sequence[Hit]) -> bool:
    """Whether they are answered for certain, by a passage of the article just shown that was not seen yet."""
    shown = matter.shown
    if shown is None or contradicts(words) or not is_certain(hits) or hits[0]["id"] != shown["id"]:
        return False
    return int(hits[0].get("section") or 0) != int(shown.get("section") or 0)


def first_words(turn: Turn) -> str:
    """What the matter began with. The slot may be newer: what was said in distress belongs to no matter."""
    question, matter = turn.slot("question"), matter_of(turn)
    return str((matter.opened if matter.question == question else "") or question or "")


def _another(turn: Turn, matter: Matter, first: str, words: str) -> bool:
    """Only where that is plain: a symptom that is lost is worse than a line too many."""
    # Of "a person, please" the search finds who answers the telephone when.
    hits = [] if turn.intent == "talk_to_human" else turn.articles
    known = {hit["id"] for hit in matter.hits if chance(hit) >= LIKELY} | matter.tried
    fresh = bool(hits) and hits[0]["id"] not in known
    before, now = categorise("", {}, first).id, categorise("", turn.entities(), words).id
    application = turn.entity("application")
    named = bool(application) and str(application).casefold() not in first.casefold()
    if FALLBACK in (before, now):
        # What is named after "it does not work" says what does not; after "no VPN" it is another program.
        plain = (fresh and is_certain(hits)) or (named and before != FALLBACK)
        return plain and turn.confidence >= SURE and turn.intent == "kb_question"
    if before == now:
        return False
    if not _understood(turn):
        return False  # whatever it seems to name: "swapped the cable, another laptop too"
    return (fresh and chance(hits[0]) >= FITS) or (named and turn.confidence >= SURE)


def _understood(turn: Turn) -> bool:
    """Whether it is plain what these words want; a question that is unsure is searched for, and tells by what is found."""
    return turn.intent == "kb_question" or (turn.intent != "nlu_fallback" and turn.confidence >= SURE)


def _tells(message: Event) -> bool:
    """Whether a message after the first one adds anything to it."""
    words, parsed = words_of(message), message.get("parse_data") or {}
    taken_for = parsed.get("intent") or {}
    intent, sure = str(taken_for.get("name") or ""), float(taken_for.get("confidence") or 0.0) >= SURE
    length = len(words.split())
    if (intent in ELSEWHERE and sure) or place(words, 3) is not None:
        return False
    if any(each.isdigit() for each in words):
        return True
    if (parsed.get("follow_up") or {}).get("name") == FAILED:
        return length > A_VERDICT
    return length > (WORDS_THAT_TELL if intent in SMALL_TALK else 2)


def _told_in(message: Event) -> str:
    words = words_of(message)
    return rest_of_yes(words) or words


def _begins(words: str, message: Event) -> bool:
    said = words_of(message)
    return words == said or words.startswith(f"{said}\n")


def words_of(message: Event) -> str:
    """Of a message with two wishes, the one that it was taken for."""
    text = str(message.get("text") or "")
    return "" if text.startswith("/") else str((message.get("parse_data") or {}).get("wish") or text)
