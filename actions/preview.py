"""What is about to be sent to L1, shown to the employee first. Whoever corrects, strikes or adds a line sees it again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rasa_sdk import Tracker

from actions import suspicion
from actions.case_facts import SLOT, CaseFacts, heard, known, missing, same
from actions.form_answers import NOTHING_TO_SAY, SKIPPED
from actions.preview_named import Named, objections
from actions.preview_words import (
    Add,
    Append,
    Command,
    Correct,
    Strike,
    commands,
    is_fine,
    without_send,
)
from actions.turn import Turn
from bot.nlu.form_words import addition
from servicedesk.handover.packet import Source

SEND = "send"  # what the slot of the preview holds once it may go
YES = ("affirm", "talk_to_human", "thank")  # intents: "yes", "a person, please", "thanks"
A_WISH = 7  # words; a longer one for a person carries its reason
ADDED = "added"
_NAME_AND_NUMBER = re.compile(r"[^\W\d]+(?:[ -][^\W\d]+)*[,;:]?\s*(?:\D{1,12}\s)?\+?[\d ]{3,}|\S+@\S+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    at: str  # the slot it comes from, or "told:" and a fact's id, or "added"
    name: str  # in the employee's language
    value: str


def lines_of(turn: Turn, facts: CaseFacts, slots: Sequence[tuple[str, str, str]]) -> list[Line]:
    """Numbered from 1 on, one a fact; `slots` are name, label and value, the request itself first."""
    lines = [Line(at=slot, name=name, value=value) for slot, name, value in slots if value]
    shown = {same(each) for line in lines for each in line.value.splitlines()}
    told: dict[tuple[str, ...], Line] = {}  # two facts of the same words are one line
    for kind, value in known(turn, facts):
        name, key = kind.name[turn.language], _key(turn, kind.id, value)
        if first := told.get(key):
            told[key] = replace(first, name=f"{first.name}, {name}")
        elif same(value) not in shown:
            told[key] = Line(at=f"told:{kind.id}", name=name, value=value)
    shown |= {same(line.value) for line in told.values()}
    more = [each for each in facts.added if same(each) not in shown]
    added = [Line(at=ADDED, name=turn.label("line_added"), value="; ".join(more))]
    return [*lines[:1], *told.values(), *lines[1:], *(added if more else [])]


def _key(turn: Turn, fact: str, value: str) -> tuple[str, ...]:
    """Facts with the same of these are one line; two that are not known, or a "no" to two questions, are not the same."""
    policy = turn.services.handover.facts
    apart = policy.is_not_known(value) or policy.yes_or_no(value) is not None
    return (same(value), fact) if apart else (same(value),)


def show(turn: Turn, facts: CaseFacts, lines: Sequence[Line], *, group: str) -> None:
    unknown = ", ".join(kind.name[turn.language] for kind in missing(turn, facts))
    turn.say(
        "utter_preview",
        choices=suspicion.way_out(turn),
        group=group,
        lines="\n".join(
            f"{number}. **{line.name}:** {_one_line(line.value)}" for number, line in enumerate(lines, 1)
        ),
        shown=[asdict(line) for line in lines],
        missing=turn.text("utter_preview_missing", list=unknown) + "\n\n" if unknown else "",
    )


def _one_line(text: str) -> str:
    """Several messages as sentences, not glued together; the same one once."""
    parts = (" ".join(line.split()) for line in text.splitlines() if line.strip())
    lines = list({same(line): line for line in parts}.values())
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
    if str(value).startswith("/"):
        return {slot: None}  # a button of another message says nothing of this case
    return await asyncio.to_thread(read, str(value))


def answered(turn: Turn, facts: CaseFacts, lines: Sequence[Line], said: str, slot: str) -> dict[str, Any]:
    """What the answer to the preview makes of the slots; `slot` is the preview's own."""
    if said == SEND and (edits := edits_of(turn)):
        slots = _edited(turn, facts, lines, edits)
        return {slot: None} if slots is None else {slot: SEND, **slots}
    if said == SEND:
        return {slot: SEND}
    wanted = commands(said, lambda number, text: _fits(turn, lines, number, text))
    wanted = wanted or objections(said, named(lines))
    if wanted:
        return {slot: None, **_changed(turn, facts, lines, wanted)}
    # "A person, please" is a yes; "somebody ring me, it has stood still since nine" has something to add.
    more = turn.intent == "talk_to_human" and (
        len(turn.typed.split()) > A_WISH or without_send(said) != said  # "call me after lunch, send"
    )
    if is_fine(said) or (turn.intent in YES and not more and addition(turn.typed) is None):
        return {slot: SEND}
    if turn.intent == "deny":
        turn.say("utter_preview_how")
        return {slot: None}
    return {slot: None, **_kept(_heard(turn, facts, said))}


def named(lines: Sequence[Line]) -> list[Named]:
    """The lines that may be meant by what stands in them: neither the story, whose words stand in others, nor whether
    somebody can work, nor several additions as one."""
    return [
        Named(number=number, name=line.name, value=line.value, as_a_whole=not line.at.startswith("told:"))
        for number, line in enumerate(lines, 1)
        if number > 1 and line.at != "handover_urgency" and not (line.at == ADDED and "; " in line.value)
    ]


def _heard(turn: Turn, facts: CaseFacts, said: str) -> CaseFacts:
    return heard(turn, facts, without_send(said), Source.ADDED, keep=True)


def _changed(
    turn: Turn, facts: CaseFacts, lines: Sequence[Line], wanted: Sequence[Command]
) -> dict[str, Any]:
    """All that was wished for in one message, by the numbers that were shown; nothing where a number or the new words are
    missing."""
    numbers = [number for each in wanted for number in _numbers(each)]
    texts = [each.text for each in wanted if isinstance(each, Correct | Append)]
    if not all(texts) or not all(1 <= number <= len(lines) for number in numbers):
        turn.say("utter_preview_how")
        return {}
    slots: dict[str, Any] = {}
    changed: dict[str, Any] = {}
    for each in wanted:
        if isinstance(each, Add):
            facts, changed = _heard(turn, facts, each.text), {}
        elif isinstance(each, Correct):
            facts, changed = _with(turn, facts, lines[each.number - 1], each.text)
        elif isinstance(each, Append):
            line = lines[each.number - 1]
            facts, changed = _with(turn, facts, line, _continued(line, each.text, story=each.number == 1))
        else:
            changed = {}
            for number in each.numbers:
                facts, more = _without(turn, facts, lines[number - 1])
                changed |= more
        slots |= changed
    return {**slots, **_kept(facts)}


def _numbers(wanted: Command) -> tuple[int, ...]:
    if isinstance(wanted, Strike):
        return wanted.numbers
    return (wanted.number,) if isinstance(wanted, Correct | Append) else ()


def _continued(line: Line, text: str, *, story: bool) -> str:
    """The line with these words at its end; in the story they are a message of their own."""
    if story:
        return f"{line.value}\n{text}"
    return f"{line.value.rstrip(' ,;.')}{'; ' if line.at == ADDED else ', '}{text}"


def _fits(turn: Turn, lines: Sequence[Line], number: int, text: str) -> bool:
    """Whether these words can be seen to be what this line says."""
    if not 1 <= number <= len(lines):
        return False
    at, policy = lines[number - 1].at, turn.services.handover.facts
    if at == "handover_contact":
        return _NAME_AND_NUMBER.fullmatch(text) is not None
    if at == "handover_urgency":
        return bool(policy.urgency_of(text))
    kind = policy.kinds.get(at.removeprefix("told:"))
    return kind is not None and (kind.told_in(text, {}) or kind.answered_in(text))


Changed = tuple[CaseFacts, dict[str, Any]]  # the facts, and what becomes of other slots


def edits_of(turn: Turn) -> list[dict[str, str]]:
    """What was changed in the preview's window before it was sent (connectors/preview.py)."""
    return list((turn.message.get("metadata") or {}).get("edits") or ())


def _edited(
    turn: Turn, facts: CaseFacts, lines: Sequence[Line], edits: Sequence[dict[str, str]]
) -> dict[str, Any] | None:
    """None where a line is another by now than the one that was shown: then it has to be looked at again."""
    slots: dict[str, Any] = {}
    for edit in edits:
        line = next((each for each in lines if (each.at, each.value) == (edit["at"], edit["was"])), None)
        if line is None:
            return None
        facts, more = _with(turn, facts, line, edit["now"]) if edit["now"] else _without(turn, facts, line)
        slots |= more
    return {**slots, **_kept(facts)}


def _without(turn: Turn, facts: CaseFacts, line: Line) -> Changed:
    if line.at.startswith("told:"):
        for name in _shown_as(turn, facts, line):
            facts = facts.without(name)
        return facts, {}
    if line.at == ADDED:
        return replace(facts, added=(), struck=(*facts.struck, *facts.added)), {}
    # Who strikes the words strikes what was read out of them.
    parts = line.value.split("\n")
    gone = [name for name, value in facts.told.items() if value in line.value]
    told = {name: value for name, value in facts.told.items() if name not in gone}
    added = tuple(each for each in facts.added if same(each) not in map(same, parts))
    struck, back = (*facts.struck, *parts), (*facts.taken_back, *gone)
    return replace(facts, told=told, added=added, struck=struck, taken_back=back), {line.at: ""}


def _with(turn: Turn, facts: CaseFacts, line: Line, text: str) -> Changed:
    if line.at.startswith("told:"):
        for name in _shown_as(turn, facts, line):
            facts = facts.corrected(name, text)
        return facts, {}
    if line.at == ADDED:
        return replace(facts, added=(text,)), {}
    return facts, {line.at: text}


def _shown_as(turn: Turn, facts: CaseFacts, line: Line) -> list[str]:
    """The facts that this line shows: of the same words there may be several."""
    first = line.at.removeprefix("told:")
    key = _key(turn, first, facts.told.get(first, ""))
    return [first, *(n for n, value in facts.told.items() if n != first and _key(turn, n, value) == key)]


def _kept(facts: CaseFacts) -> dict[str, Any]:
    return {SLOT: facts.plain}
