"""What is typed at the preview, as people type it."""

from __future__ import annotations

import pytest

from actions.preview_words import Correct, Strike, command


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("2: siden mandag", 2, "siden mandag"),
        ("Endre 2 til siden tirsdag", 2, "siden tirsdag"),
        ("linje 3: laptopen", 3, "laptopen"),
        ("ändra rad 2 till sedan i går", 2, "sedan i går"),
        ("1 = skrivaren kärvar", 1, "skrivaren kärvar"),
        ("Zeile 2: seit Montag", 2, "seit Montag"),
        ("ändere 3 in mein Laptop", 3, "mein Laptop"),
        ("change 2 to since Monday", 2, "since Monday"),
        ("#4: two\nlines", 4, "two\nlines"),
    ],
)
def test_a_line_is_corrected(text: str, number: int, rest: str) -> None:
    assert command(text) == Correct(number, rest)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("stryk 2", (2,)),
        ("Slett linje 2 og 3.", (2, 3)),
        ("ta bort 3", (3,)),
        ("2 streichen", (2,)),
        ("bitte streichen 2, 3 und 4", (2, 3, 4)),
        ("please remove line 1", (1,)),
        ("strike 2", (2,)),
    ],
)
def test_lines_are_struck(text: str, numbers: tuple[int, ...]) -> None:
    assert command(text) == Strike(numbers)


@pytest.mark.parametrize(
    "text",
    ["siden mandag", "2 PCer er berørt", "20:15 i går kveld stoppet det", "stryk alt", "delete my account",
     "drop 2 files on the share", "since 8:30", "ja"],
)  # fmt: skip
def test_everything_else_is_an_addition_or_an_answer(text: str) -> None:
    assert command(text) is None
