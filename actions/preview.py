"""What is about to be sent to L1, shown to the employee first. Whoever corrects, strikes or adds a line sees it again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker

from actions.case_facts import SLOT, CaseFacts, heard, known, missing
from actions.form_answers import NOTHING_TO_SAY, SKIPPED
from actions.preview_words import Correct, Strike, command
from actions.turn import Turn
from bot.nlu.form_words import addition
from servicedesk.handover.packet import Source

SEND = "send"  # what the slot of the preview holds once it may go
YES = ("affirm", "talk_to_human", "thank")  # intents: "yes", "a person, please", "thanks"
ADDED = "added"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    at: str  # the slot it comes from, or "told:" and a fact's id, or "added"
    name: str  # in the employee's language
    value: str


def lines_of(turn: Turn, facts: CaseFacts, slots: Sequence[tuple[str, str, str]]) -> list[Line]:
    """Numbered from 1 on, one a fact; `slots` are name, label and value, the request itself first."""
    lines = [Line(at=slot, name=name, value=value) for slot, name, value in slots if value]
    request = lines[0].value if lines else ""
    told = [
        Line(at=f"told:{kind.id}", name=kind.name[turn.language], value=value)
        for kind, value in known(turn, facts)
        if value.strip(" .!") != request.strip(" .!")  # it is the first line already
    ]
    added = [Line(at=ADDED, name=turn.label("line_added"), value="; ".join(facts.added))]
    return [*lines[:1], *told, *lines[1:], *(added if facts.added else [])]


def show(turn: Turn, facts: CaseFacts, lines: Sequence[Line], *, group: str) -> None:
    unknown = ", ".join(kind.name[turn.language] for kind in missing(turn, facts))
    turn.say(
        "utter_preview",
        group=group,
        lines="\n".join(
            f"{number}. **{line.name}:** {_one_line(line.value)}"
            for number, line in enumerate(lines, 1)
        ),
        missing=turn.text("utter_preview_missing", list=unknown) + "\n\n" if unknown else "",
    )


def _one_line(text: str) -> str:
    """Several messages as sentences, not glued together."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return " ".join(
        line if line[-1] in ".!?…:;," or at == len(lines) else f"{line}." for at, line in enumerate(lines, 1)
    )


async def validated(
    slot: str, value: Any, tracker: Tracker, read: Callable[[str], dict[str, Any]]
) -> dict[str, Any]:
    """Of a form whose last question the preview is: its own slot, and what `read` makes of an answer to it."""
    if value is None or tracker.get_slot("requested_slot") != slot:
        return {slot: value}  # emptied, or filled in where nothing is asked
    if value in (SKIPPED, NOTHING_TO_SAY):
        return {slot: value or SEND}
    return await asyncio.to_thread(read, str(value))


def answered(turn: Turn, facts: CaseFacts, lines: Sequence[Line], said: str, slot: str) -> dict[str, Any]:
    """What the answer to the preview makes of the slots; `slot` is the preview's own."""
    if said == SEND or (turn.intent in YES and addition(turn.typed) is None):
        return {slot: SEND}
    if turn.intent == "deny":
        turn.say("utter_preview_how")
        return {slot: None}
    wanted = command(said)
    if wanted is None:
        return {slot: None, **_kept(heard(turn, facts, said, Source.ADDED, keep=True))}
    numbers = (wanted.number,) if isinstance(wanted, Correct) else wanted.numbers
    if not all(1 <= number <= len(lines) for number in numbers):
        turn.say("utter_preview_how")
        return {slot: None}
    if isinstance(wanted, Strike):
        return {slot: None, **_struck(facts, [lines[number - 1] for number in numbers])}
    return {slot: None, **_corrected(facts, lines[wanted.number - 1], wanted.text)}


def _struck(facts: CaseFacts, lines: Sequence[Line]) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    for line in lines:
        if line.at.startswith("told:"):
            facts = facts.without(line.at.removeprefix("told:"))
        elif line.at == ADDED:
            facts = replace(facts, added=(), struck=(*facts.struck, *facts.added))
        else:
            slots[line.at] = ""
            # Who strikes the words strikes what was read out of them.
            told = {name: value for name, value in facts.told.items() if value not in line.value}
            facts = replace(facts, told=told, struck=(*facts.struck, *line.value.split("\n")))
    return {**slots, **_kept(facts)}


def _corrected(facts: CaseFacts, line: Line, text: str) -> dict[str, Any]:
    if line.at.startswith("told:"):
        return _kept(facts.corrected(line.at.removeprefix("told:"), text))
    if line.at == ADDED:
        return _kept(replace(facts, added=(text,)))
    return {line.at: text}


def _kept(facts: CaseFacts) -> dict[str, Any]:
    return {SLOT: facts.plain}
