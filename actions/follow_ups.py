"""What is said right after an article and about it stays with it: another section, the whole guide, or "not solved".

The model that recognises such words (bot/nlu/follow_ups.py) knows nothing of the conversation; that there was an article,
the slot `awaiting` says."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction

from actions import complaints
from actions.answers import BEFORE_ANY_ARTICLE, VERDICT, not_solved
from actions.article import article_of, say_passage
from actions.matter import matter_of
from actions.problem import goes_on
from actions.turn import Events, Turn
from bot.kb import tokens
from bot.kb.articles import Article
from bot.kb.markdown import Section
from bot.kb.platforms import named, suits
from bot.nlu.follow_ups import FAILED, OTHER_CASE

SURE = 0.7  # confidence from which words are taken for a follow-up and not for a new wish
HELPFUL = ("steps", "text")  # the kinds of section that say what to do
IN_HEADING = 3  # a word in a section's heading says more than one in its text


def about_the_article(turn: Turn) -> Events | None:
    """The answer to a message that goes on about the article just shown; None where it is about something else."""
    kind, hit = _kind(turn), matter_of(turn).shown
    article = article_of(turn, hit) if kind and hit else None
    if hit is None or article is None:
        return None
    if kind == FAILED:
        if not goes_on(turn, turn.typed):
            return None  # "my notes are gone", after an article about printing
        events = not_solved(turn)
    else:
        other = other_section(article, turn.typed, _section(hit)) if kind == OTHER_CASE else None
        events = _show_all(turn, article, hit) if other is None else _show_section(turn, article, other)
    # A rule may go on to a form after the action that was to come: the message was no order after all.
    return [*events, FollowupAction("action_listen")]


def other_section(article: Article, words: str, shown: int) -> int | None:
    """The section that these words name, other than the one shown; None where none is named."""
    wanted = set(tokens.terms(words, article.language))

    def fit(section: Section) -> float:
        in_heading = wanted & set(tokens.terms(section.heading, article.language))
        in_text = wanted & set(tokens.terms(section.text, article.language))
        device = suits(section.heading, words) if named(words) else 0.0
        return IN_HEADING * (len(in_heading) + device) + len(in_text)

    useful = ((at, each) for at, each in enumerate(article.sections) if each.heading and each.kind in HELPFUL)
    fits = {at: fit(each) for at, each in useful if at != shown}
    best = max(fits, key=lambda at: (fits[at], -at), default=None)
    return best if best is not None and fits[best] > 0 else None


def _kind(turn: Turn) -> str | None:
    found = turn.message.get("follow_up") or {}
    if not turn.is_first or turn.slot("awaiting") != VERDICT or turn.intent in BEFORE_ANY_ARTICLE:
        return None
    if complaints.outright(turn):
        return None
    return str(found["name"]) if float(found.get("confidence") or 0.0) >= SURE else None


def _section(hit: dict[str, Any]) -> int:
    return int(hit.get("section") or 0)


def _show_section(turn: Turn, article: Article, section: int) -> Events:
    turn.say("utter_article_part")
    say_passage(turn, article, section, "utter_article")
    return [matter_of(turn).with_section(section).remembered]


def _show_all(turn: Turn, article: Article, hit: dict[str, Any]) -> Events:
    say_passage(turn, article, _section(hit), "utter_article_more")
    return []
