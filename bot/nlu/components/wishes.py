"""Rasa component: the wishes of one message, gathered."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from bot.kb.component import ARTICLES
from bot.nlu.components.gate import is_alarm
from bot.nlu.wishes import COMPLAINT, DISTRESS

WISH = "wish"
ALSO = "also"
_TAKEN_OVER = (INTENT, INTENT_RANKING_KEY, ENTITIES, ARTICLES)
_KEPT = (TEXT, ENTITIES, ARTICLES)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Wishes(GraphComponent):
    """Makes one message again of a message and its wishes, which `IntentClassifier` put behind it.

    The message then is about the first of them: its intent, entities and articles, and in `wish` its words. `also` has
    the others, each with `text`, `intent` (a name), `confidence`, `entities` (placed as in the whole message) and
    `articles`, to be taken up afterwards. A message with one wish has neither.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Wishes:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        if len(messages) < 2:
            return messages
        # Rasa understands one message at a time, so all that follow the first are its wishes.
        whole, *wishes = messages
        for wish in wishes:
            others = [other for other in wishes if other is not wish]
            _search_with_all_words(wish, whole, others)
        whole.set(DISTRESS, max(each.get(DISTRESS) or 0.0 for each in messages), add_to_output=True)
        in_need = next((each for each in messages if _means_distress(each)), None)
        others = [wish for wish in wishes if not _is_distress(wish)]
        if in_need is not None:
            # Somebody in need is not asked about a screen first, wherever in the message the need stands.
            whole.set(INTENT, in_need.get(INTENT), add_to_output=True)
            whole.set(ALSO, [_told(wish) for wish in others], add_to_output=True)
            return [whole]
        if _is_complaint(whole) and not any(is_alarm(wish) for wish in others):
            return [whole]  # all of it is what the complaint tells
        if len(others) < 2:  # only from /model/parse, whose intents know no distress
            return [whole]
        first, *others = others
        for name in _TAKEN_OVER:
            if first.get(name) is not None:
                whole.set(name, first.get(name), add_to_output=True)
        whole.set(WISH, first.get(TEXT), add_to_output=True)
        whole.set(ALSO, [_told(other) for other in others], add_to_output=True)
        return [whole]


def _name(message: Message) -> str:
    return str(message.get(INTENT)[INTENT_NAME_KEY])


def _is_complaint(message: Message) -> bool:
    """Beyond doubt, as the gate decides where it is said outright."""
    return _name(message) == COMPLAINT and message.get(INTENT)[PREDICTED_CONFIDENCE_KEY] == 1.0


def _means_distress(message: Message) -> bool:
    """As the gate decides in a dialogue."""
    return bool(message.get(INTENT)[INTENT_NAME_KEY] == DISTRESS)


def _is_distress(wish: Message) -> bool:
    chance = wish.get(INTENT_RANKING_KEY)[0][PREDICTED_CONFIDENCE_KEY]
    return _means_distress(wish) or float(wish.get(DISTRESS) or 0.0) > float(chance)


def _search_with_all_words(wish: Message, whole: Message, others: list[Message]) -> None:
    """ "… and how do I set up Outlook on the new one": what the new one is stands in the other wish. Where all words
    together find an article more surely, and it is not the other wish's own, that is the one."""
    found, score = _best(whole)
    asks = wish.get(INTENT_RANKING_KEY)[0][INTENT_NAME_KEY] == "kb_question"
    if asks and score > _best(wish)[1] and found not in {_best(other)[0] for other in others}:
        wish.set(ARTICLES, whole.get(ARTICLES))


def _best(message: Message) -> tuple[str, float]:
    """Id and score of the article that fits best; nothing fits: "", 0."""
    articles = message.get(ARTICLES) or ()
    return (str(articles[0]["id"]), float(articles[0]["score"])) if articles else ("", 0.0)


def _told(wish: Message) -> dict[str, Any]:
    best = wish.get(INTENT_RANKING_KEY)[0]  # whether to ask back is for the message's first wish alone
    told = {name: wish.get(name) for name in _KEPT if wish.get(name) is not None}
    return {
        **told,
        INTENT: best[INTENT_NAME_KEY],
        PREDICTED_CONFIDENCE_KEY: round(best[PREDICTED_CONFIDENCE_KEY], 4),
    }
