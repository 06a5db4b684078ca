"""The packets that whole conversations make.

`EXAMPLES=docs/examples pytest tests/journeys/test_examples.py` has all of them and writes them down; without it one a
language is had, to see that they still come to an end."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from servicedesk.handover.packet import VERSION
from servicedesk.ticketing.port import Priority, TicketKind
from tests.journeys.conftest import ticket_of

CONVERSATIONS = yaml.safe_load(Path(__file__).with_name("conversations.yml").read_text(encoding="utf-8"))
EVERY = [(language, name) for language, each in CONVERSATIONS.items() for name in each]
WRITTEN_TO = os.environ.get("EXAMPLES")
HAD = EVERY if WRITTEN_TO else [(language, "printer") for language in CONVERSATIONS]


@pytest.mark.parametrize(("language", "name"), HAD)
async def test_a_conversation_ends_with_a_packet(talk_as, services, work, language: str, name: str) -> None:
    told = CONVERSATIONS[language][name]
    somebody = told["who"] != "none"
    talk = talk_as(told["who"] if somebody else None, language, channel="web" if somebody else "rest")
    given = []
    for line in told["says"]:
        pressed = re.fullmatch(r"\[(\w+)\]", line)
        await (talk.choose(pressed[1]) if pressed else talk.say(line))
        given += [str(custom["reference"]) for custom in talk.custom if custom.get("type") == "reference"]
    assert given, talk.last
    work()
    packets = [services.cases.form(reference) for reference in dict.fromkeys(given)]
    for packet in packets:
        assert packet["version"] == VERSION
        assert packet["because"]
        assert packet["words"]
        assert packet["proven"] is somebody
        urgent = packet["kind"] == TicketKind.SECURITY_INCIDENT.value
        assert packet["priority"] == Priority.CRITICAL.value or not urgent
    if WRITTEN_TO:
        texts = [ticket_of(services, packet["reference"]).description for packet in packets]
        _write(Path(WRITTEN_TO) / language, name, packets, texts)


def _write(folder: Path, name: str, packets: list[Any], texts: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, (packet, text) in enumerate(zip(packets, texts, strict=True), 1):
        stem = folder / (name if len(packets) == 1 else f"{name}-{number}")
        stem.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
        plain = json.dumps(packet, ensure_ascii=False, indent=1)
        stem.with_suffix(".json").write_text(plain + "\n", encoding="utf-8")
