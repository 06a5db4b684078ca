"""Impact is what the words say: others have it too, or only this person."""

from __future__ import annotations

import pytest

from servicedesk.handover import affected
from servicedesk.handover.policy import load

AFFECTED = load().affected


@pytest.mark.parametrize(
    "answer",
    [
        "Ida i andre etasje har det også", "nei (andre også)", "hele avdelingen", "dei to andre på lageret har det òg",
        "vi er fem", "bare meg og Per", "flere av oss",
        "maja oxå", "vi är tre här", "hela korridoren, alla sex", "min kollega har samma bekymmer", "nej (andra också)",
        "nein, der Chef auch", "die drei Kunden, ich nicht", "bei mehreren von uns geht nichts mehr", "das ganze Team",
        "meine Kollegin Eva sieht ihn auch nicht mehr",
        "Rachel too", "all three of us in the warehouse", "it does not work for Tom either", "no (others too)",
        "we are four which have it", "the others have the same",
    ],
)  # fmt: skip
def test_others_have_it_too(answer: str) -> None:
    assert AFFECTED.others([answer], [])


@pytest.mark.parametrize(
    "answer",
    [
        "bare meg", "ja (bare meg)", "bare meg, det virker hos de andre", "ingen andre", "resten av kontoret har det ikke",
        "jo bara jag som sagt", "bara jag; Nils bredvid mig har inga problem", "Nils ser den fortfarande", "ingen annan",
        "nur ich", "nur bei mir, bei den Kollegen funktioniert es", "sonst niemand", "nein, die anderen nicht",
        "only me", "only me and it drives me mad", "my colleague, she can open it", "it works for Johan", "nobody else",
        "Tom opens the same file and it's all right there", "hos Kari er det samme i orden",
        "bei Eva ist dasselbe in Ordnung",
        "Yes, only me I think, Tom's badge works on the same door", "Employee does not know",
    ],
)  # fmt: skip
def test_only_this_person(answer: str) -> None:
    assert not AFFECTED.others([answer], [])


@pytest.mark.parametrize(
    ("story", "others"),
    [
        ("Skriveren står, og vi er fem som venter", True),
        ("Systemet är nere. Hela avdelningen står still", True),
        ("Ja, arbeiten geht, und Sabine hat das mit ihren Terminen auch", True),
        ("The share is gone, my colleague has the same", True),
        ("Outlook har samma problem som i går", False),
        ("Beide Bildschirme sind schwarz, der Drucker hat das auch", False),
        ("everybody still sees me as away", False),
        ("It works on the other laptop too", False),
        ("Post an diese Firma kommt zurück. Andere Kunden gehen.", False),
        ("etikettskriveren er død, alle på skiftet bruker den", True),
        ("6 sykepleiere står fast", True),
        ("skrivaren är död, hela skiftet väntar", True),
        ("das geht bei allen 4 Scannern nicht", True),
        ("olle in da Werkstatt drucken da drauf", True),
        ("the till is dead and the whole ward is waiting", True),
        ("I tried all 3 ports", False),
        ("har prøvd alle 4 kablene", False),
        ("mein Scanner im Lager piept nur", False),
    ],
)
def test_a_story_counts_only_where_it_says_so_plainly(story: str, others: bool) -> None:
    assert AFFECTED.others([], [story]) is others


def test_a_pattern_that_is_none_stops_the_start() -> None:
    with pytest.raises(ValueError, match="told"):
        affected.build({"one": ["a"], "fine": ["a"], "several": ["a"], "told": ["("]})
