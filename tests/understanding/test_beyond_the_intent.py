"""A second wish, distress, and what goes on about an article: floors under the figures reached, language by language.

`python -m benchmarks.understanding.beyond` prints the figures. A floor only ever goes up.
"""

from __future__ import annotations

import pytest

from benchmarks.understanding import beyond
from benchmarks.understanding.beyond import Reading, Told
from bot.nlu.language import LANGUAGES


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    return beyond.read(beyond.messages())


@pytest.fixture(scope="module")
def distress() -> list[Told]:
    return beyond.distress()


@pytest.fixture(scope="module")
def follow_ups() -> list[Told]:
    return beyond.follow_up()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_set_has_as_many_messages_with_one_wish_as_with_two(
    readings: list[Reading], language: str
) -> None:
    counts = [len(reading.message.wishes) for reading in beyond.of(language, readings)]
    assert counts.count(1) == counts.count(2) >= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_wishes_are_seen(readings: list[Reading], language: str) -> None:
    assert beyond.recall(beyond.of(language, readings)) >= 0.55


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_wishes_are_rarely_seen_in_one(readings: list[Reading], language: str) -> None:
    assert beyond.precision(beyond.of(language, readings)) >= 0.85
    assert beyond.false_alarms(beyond.of(language, readings)) <= 0.08


def test_a_story_before_one_need_stays_whole() -> None:
    assert beyond.false_alarms(beyond.read(beyond.stories())) <= 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_distress_is_noticed(distress: list[Told], language: str) -> None:
    assert beyond.caught(beyond.of(language, distress)) >= 0.83


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_of_speech_is_rarely_distress(distress: list[Told], language: str) -> None:
    """All of them were written to sound like it."""
    assert beyond.taken_wrongly(beyond.of(language, distress)) <= 0.18


def test_what_employees_usually_write_is_no_distress() -> None:
    assert beyond.usual_taken_for_distress() <= 0.006


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_about_the_article_is_noticed(follow_ups: list[Told], language: str) -> None:
    assert beyond.caught(beyond.of(language, follow_ups)) >= 0.75


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_question_is_not_taken_for_one_about_the_article(follow_ups: list[Told], language: str) -> None:
    assert beyond.taken_wrongly(beyond.of(language, follow_ups)) <= 0.05
