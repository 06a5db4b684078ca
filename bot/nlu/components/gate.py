"""Rasa component: when to ask back instead of acting on a guess."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.kb.answer import is_certain
from bot.kb.component import ARTICLES
from bot.nlu.components.message import metadata_of, words_of
from bot.nlu.program_language import is_a_programs
from bot.nlu.wishes import COMPLAINT, DISTRESS
from servicedesk.complaint_talk import complains
from servicedesk.lost_content import loses_content
from servicedesk.security_steps import GENERAL, first_steps

ALARM = "report_security_incident"
FALLBACK = "nlu_fallback"
ANOTHER_LANGUAGE, A_PROBLEM = "change_language", "kb_question"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ConfidenceGate(GraphComponent):
    """In a dialogue an unsure best intent becomes `nlu_fallback`; the ranking stays, for the question back.

    Where distress is possible, that is enough for the intent `distress`: numbers for nothing embarrass us, none for
    somebody in need is worse. Only where an article is sure to answer the words it must be the likeliest of all.
    Who says outright that they complain is heard so, however the chances stand, unless they are in need or raise an alarm.
    A language that is a program's ("the menus are in Swedish") is a problem, and no wish for ours. So are notes, files or
    settings that have vanished, and no lost device.
    `/model/parse` has no channel and keeps the honest best guess.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"threshold": 0.5, "gap": 0.1, "alarm": 0.8, "vague": 0.9, "distress": 0.15}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        for name in cls.get_default_config():
            value = config.get(name, 0.0)
            if not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise InvalidConfigException(f"ConfidenceGate: '{name}' must be between 0 and 1")

    def __init__(self, config: dict[str, Any]) -> None:
        config = {**self.get_default_config(), **config}
        self._threshold = float(config["threshold"])
        self._gap = float(config["gap"])
        self._alarm = float(config["alarm"])
        self._vague = float(config["vague"])
        self._distress = float(config["distress"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ConfidenceGate:
        cls.validate_config(config)
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if words_of(message) is None or "channel" not in metadata_of(message):
                continue
            ranking = message.get(INTENT_RANKING_KEY) or []
            names = [entry[INTENT_NAME_KEY] for entry in ranking[:1]]
            if self._is_distress(message, ranking):
                found = {INTENT_NAME_KEY: DISTRESS, PREDICTED_CONFIDENCE_KEY: message.get(DISTRESS)}
                message.set(INTENT, found, add_to_output=True)
            elif complains(words_of(message) or "") and not is_alarm(message, self._alarm):
                message.set(
                    INTENT, {INTENT_NAME_KEY: COMPLAINT, PREDICTED_CONFIDENCE_KEY: 1.0}, add_to_output=True
                )
            elif names == [ALARM] and _is_lost_content(words_of(message) or ""):
                _make_a_problem(message, ranking)
            elif self._is_unsure(words_of(message) or "", names, _chances(ranking)):
                asked = {INTENT_NAME_KEY: FALLBACK, PREDICTED_CONFIDENCE_KEY: 1.0}
                message.set(INTENT, asked, add_to_output=True)
            elif names == [ANOTHER_LANGUAGE] and is_a_programs(words_of(message) or ""):
                _make_a_problem(message, ranking)
        return messages

    def _is_distress(self, message: Message, ranking: list[dict[str, Any]]) -> bool:
        chance = float(message.get(DISTRESS) or 0.0)
        likeliest = max((entry[PREDICTED_CONFIDENCE_KEY] for entry in ranking), default=0.0)
        wanted = likeliest if is_certain(message.get(ARTICLES) or ()) else self._distress
        return chance >= wanted

    def _is_unsure(self, words: str, names: list[str], confidences: list[float]) -> bool:
        # A false alarm wakes people at night: below `alarm` an incident is asked about, one tap from being reported, and
        # below `vague` where the words name nothing that was done, sent or lost.
        alarm = self._vague if names == [ALARM] and first_steps(words) == GENERAL else self._alarm
        wanted = alarm if names == [ALARM] else self._threshold
        if not confidences or confidences[0] < wanted:
            return True
        return len(confidences) > 1 and confidences[0] - confidences[1] < self._gap


def _is_lost_content(words: str) -> bool:
    """Whether content has vanished, and nothing beside it tells of an incident."""
    return first_steps(words) == GENERAL and loses_content(words)


def _make_a_problem(message: Message, ranking: list[dict[str, Any]]) -> None:
    found = {INTENT_NAME_KEY: A_PROBLEM, PREDICTED_CONFIDENCE_KEY: ranking[0][PREDICTED_CONFIDENCE_KEY]}
    message.set(INTENT, found, add_to_output=True)


def _chances(ranking: list[dict[str, Any]]) -> list[float]:
    return [entry[PREDICTED_CONFIDENCE_KEY] for entry in ranking]


def is_alarm(message: Message, chance: float = 0.0) -> bool:
    """Whether a complaint tells of an incident, too. "You rebooted my PC" sounds like one, whatever the chance,
    and says nothing of what was done, sent or lost."""
    first = (message.get(INTENT_RANKING_KEY) or [{}])[0]
    likely = first.get(INTENT_NAME_KEY) == ALARM and first[PREDICTED_CONFIDENCE_KEY] >= chance
    return likely and first_steps(words_of(message) or "") != GENERAL
