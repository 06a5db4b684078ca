from __future__ import annotations

import pytest

from bot.nlu.yes_and import rest_of_yes


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("ja, gjør det. skjermen blinker fortsatt", "skjermen blinker fortsatt"),
        ("Ja, det vore snällt. Hela gruppen har samma sak", "Hela gruppen har samma sak"),
        ("Ja bitte! Die Kollegin hat es auch", "Die Kollegin hat es auch"),
        ("yes please, nobody on our floor can print", "nobody on our floor can print"),
        ("yes it still says no signal", "it still says no signal"),
    ],
)
def test_what_is_told_beside_a_yes(text: str, rest: str) -> None:
    assert rest_of_yes(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "ja",
        "ja takk.",
        "gärna, tack",
        "Ja, das wäre nett, danke",
        "yes please",
        "ja, men jeg vil prøve selv først",
        "den virker ikke, ja",
    ],
)
def test_a_yes_alone_a_reservation_and_no_yes_tell_nothing(text: str) -> None:
    assert rest_of_yes(text) is None
