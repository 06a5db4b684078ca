"""Many messages in one transaction: none lost, none mixed up, and one that cannot be stored is its own fault only."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from connectors.envelope import Envelope
from connectors.gathering import MOST, Gathering
from connectors.intake import Receipt
from connectors.runtime import Runtime
from servicedesk.store import StoreUnavailable
from tests.connectors.support import Front


async def test_what_arrives_during_one_commit_goes_into_the_next() -> None:
    committing, batches = threading.Event(), []

    def take_all(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        committing.wait(10)
        return [item * 2 for item in items]

    gathering: Gathering[int, int] = Gathering(take_all)
    first = asyncio.create_task(gathering.take(0))
    while not batches:
        await asyncio.sleep(0.01)
    rest = [asyncio.create_task(gathering.take(number)) for number in range(1, MOST + 10)]
    await asyncio.sleep(0)
    committing.set()
    assert await asyncio.gather(first, *rest) == [number * 2 for number in range(MOST + 10)]
    assert [len(batch) for batch in batches] == [1, MOST, 9]


async def test_whoever_cannot_be_taken_is_told_and_the_others_are_taken() -> None:
    def take_all(items: Sequence[int]) -> list[int | Exception]:
        if 0 in items:
            raise StoreUnavailable("locked")
        return [ValueError(item) if item == 1 else item for item in items]

    gathering: Gathering[int, int] = Gathering(take_all)
    with pytest.raises(StoreUnavailable):
        await gathering.take(0)
    outcomes = await asyncio.gather(*map(gathering.take, (1, 2, 3)), return_exceptions=True)
    assert (type(outcomes[0]), outcomes[1:]) == (ValueError, [2, 3])


async def test_one_broken_message_does_not_take_the_others_with_it(
    runtime: Runtime, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F12, in one transaction: before it, after it, and of the same person."""
    intake = runtime.core._intake
    hear = intake._transcript.heard

    def heard(connection: object, **what: str) -> None:
        hear(connection, **what)  # type: ignore[arg-type]
        if what["text"] == "broken":
            raise RuntimeError("broken")

    monkeypatch.setattr(intake._transcript, "heard", heard)
    texts = ["one", "two", "broken", "three", "four"]
    envelopes = [
        Envelope(channel="web", tenant="", channel_user=f"u{number % 2}", key=f"k{number}", text=text)
        for number, text in enumerate(texts)
    ]
    outcomes = intake.take_all(envelopes)
    assert [isinstance(outcome, Receipt) for outcome in outcomes] == [True, True, False, True, True]
    stored = [m.text for n in (0, 1) for m in front.conversations.messages(outcomes[n].conversation.id)]
    assert stored == ["one", "four", "two", "three"]
    again = intake.take_all(envelopes[:2])
    assert [outcome.new for outcome in again] == [False, False]
