"""What L1 would ask, and what of it can be read in what was written."""

from __future__ import annotations

import pytest

from servicedesk.categories import categories
from servicedesk.conversations import LANGUAGES
from servicedesk.handover.policy import load

FACTS = load().facts


def test_every_category_says_what_l1_would_ask() -> None:
    assert set(FACTS.categories) == set(categories())


def test_every_fact_is_asked_for_in_four_languages() -> None:
    for kind in FACTS.kinds.values():
        asked = [kind.ask[language] for language in LANGUAGES]
        assert all(text.rstrip().endswith(("?", ".")) for text in asked)
        assert len(set(asked)) == len(LANGUAGES), f"{kind.id}: one language stands for another"


@pytest.mark.parametrize(
    ("text", "entities", "told"),
    [
        ("VPN faller ut siden i går. Bare meg.", {}, {"since", "others"}),
        ("vpn:t strular hemifrån sedan i måndags efter uppdateringen", {}, {"since", "place", "changed"}),
        ("Seit dem Update geht das VPN im Homeoffice nicht, bei allen", {}, {"since", "place", "others"}),
        ("since yesterday the VPN drops at home, nothing changed", {}, {"since", "place", "changed"}),
        ("VPN sier «kan ikke koble til serveren»", {}, {"error"}),
        ("VPN 809", {"error_code": "809"}, {"error"}),
        ("nettsiden laster ikke, siden er tom", {}, set()),
        ("VPN funker ikke", {}, set()),
    ],
)
def test_what_was_told_is_not_asked_again(text: str, entities: dict[str, str], told: set[str]) -> None:
    found = FACTS.told(FACTS.of("network.vpn"), [(text, entities)])
    assert set(found) == told


def test_of_two_messages_the_newer_counts() -> None:
    kinds = FACTS.of("hardware.laptop")
    assert FACTS.told(kinds, [("", {"device": "laptop"}), ("", {"device": "phone"})])["device"] == "phone"
