"""An article in the chat: as the answer to a question, or aside while a form goes on."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn, services_of_this_process, turn_of
from bot.kb.answer import chat_values
from bot.kb.articles import Article
from bot.kb.shelf import shelf
from bot.responses import label
from servicedesk.feedback import Verdict

SURE = 0.8  # score from which a question in the middle of a form is taken for one, not for the form's answer


class Asides:
    """For a form in whose middle a question is answered; then it asks again."""

    async def is_aside(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
        """Whether the message was a question of its own. If so it has been answered."""
        return await asyncio.to_thread(_answer_aside, dispatcher, tracker)


def show(
    turn: Turn, hit: dict[str, Any], *, intro: str | None = None, response: str = "utter_article"
) -> bool:
    """Show the passage that fits; False where the article has gone since it was found."""
    article = article_of(turn, hit)
    if article is None:
        return False
    if intro:
        turn.say(intro)
    if article.language != turn.language:
        name = label(f"language_name_{article.language}", turn.language)
        turn.say("utter_article_other_language", article_language=name)
    say_passage(turn, article, int(hit.get("section") or 0), response)
    return True


def note(turn: Turn, verdict: Verdict, hit: dict[str, Any] | None, *, question: str | None = None) -> None:
    """What became of an article, or None of a question without one, for the reports and for L1."""
    article = article_of(turn, hit) if hit else None
    turn.services.feedback.record(
        conversation=turn.conversation.id,
        language=turn.language,
        question=question or turn.slot("question") or "",
        article=hit["id"] if hit else None,
        section=int(hit.get("section") or 0) if hit else None,
        version=article.version if article else "",
        verdict=verdict,
    )


def article_of(turn: Turn, hit: dict[str, Any]) -> Article | None:
    """None where the article has gone since it was found."""
    found = shelf(turn.services.settings.state_dir / "cache").find(hit["id"], hit["language"])
    return next(iter(found.values()), None)


def say_passage(turn: Turn, article: Article, section: int, response: str) -> None:
    """Say `response` with this passage of the article."""
    turn.say(response, **chat_values(article, section, desk_url=turn.services.settings.desk_url))


def _answer_aside(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    turn = turn_of(tracker, dispatcher, services_of_this_process())
    hits = turn.articles
    asked = turn.typed.rstrip().endswith("?") and turn.intent in ("kb_question", "nlu_fallback")
    if not asked or not hits or float(hits[0].get("score") or 0.0) < SURE:
        return False
    shown = show(turn, hits[0], response="utter_article_aside")
    if shown:
        note(turn, Verdict.SHOWN, hits[0], question=turn.typed)
    return shown
