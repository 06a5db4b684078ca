"""A packet that was written down is read back as it was."""

from __future__ import annotations

import json
from pathlib import Path

from servicedesk.handover.packet_json import from_json, to_json
from servicedesk.handover.ticket_text import render_text

EXAMPLES = sorted((Path(__file__).resolve().parents[3] / "docs" / "examples").glob("*/*.json"))


def test_every_example_is_the_same_there_and_back():
    assert EXAMPLES
    for each in EXAMPLES:
        plain = json.loads(each.read_text(encoding="utf-8"))
        packet = from_json(plain)
        assert to_json(packet) == plain, each
        assert render_text(packet) + "\n" == each.with_suffix(".txt").read_text(encoding="utf-8"), each
