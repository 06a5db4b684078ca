"""Sections for one kind of device are for those who have it."""

from __future__ import annotations

import pytest

from bot.kb.platforms import named, suits


@pytest.mark.parametrize(
    ("text", "devices"),
    [
        ("På en Mac", {"mac"}),
        ("macbooken min får ikke lyd", {"mac"}),
        ("Mikrofon in Windows 11 freigeben", {"windows"}),
        ("kein ton am handy", {"phone"}),
        ("min iPhone visar ingen e-post", {"phone"}),
        ("on the mobile or on my macbook", {"mac", "phone"}),
        ("machine", set()),
        ("Tømme køen", set()),
        ("", set()),
    ],
)
def test_devices_are_read_from_the_text(text: str, devices: set[str]) -> None:
    assert named(text) == devices


@pytest.mark.parametrize(
    ("heading", "question", "expected"),
    [
        ("På en Mac", "hur lägger jag till en skrivare", -1),
        ("På en Mac", "hur lägger jag till en skrivare på min mac", 1),
        ("På en dator med Windows", "hur lägger jag till en skrivare", 0),
        ("På en dator med Windows", "hur lägger jag till en skrivare på min mac", -1),
        ("Hämta dina papper", "hur lägger jag till en skrivare på min mac", 0),
    ],
)
def test_a_section_suits_its_device(heading: str, question: str, expected: float) -> None:
    assert suits(heading, question) == expected
