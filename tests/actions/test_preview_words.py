"""What is typed at the preview, as people type it."""

from __future__ import annotations

import pytest

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
        ("4 ska va pc", 4, "pc"),
        ("4 skal være pc", 4, "pc"),
        ("bei 4: es eilt nicht", 4, "es eilt nicht"),
        ("bei 5 stimmt etwas nicht, genehmigt hat es Herr Weiß", 5, "genehmigt hat es Herr Weiß"),
        ("5 is wrong, it's my laptop", 5, "my laptop"),
        ("nei, 3 stemmer ikke, det var på fredag", 3, "på fredag"),
        ("number 3 should be Friday", 3, "Friday"),
        ("Punkt 2 soll heißen: seit Freitag", 2, "seit Freitag"),
        ("5 är fel", 5, ""),
        ("2 stemmer jo ikke, det er en vertikal mus", 2, "en vertikal mus"),
        ("3 e jo feil, det e på Bryn", 3, "på Bryn"),
        ("2 e ju fel, de ä sen i helgen", 2, "sen i helgen"),
        ("Bei 3 stimmt's nicht, es ist seit heute früh", 3, "seit heute früh"),
        ("Zeile 3 is ja falsch, des is der Laptop", 3, "der Laptop"),
        (
            "1: this is not a request, the program is broken",
            1,
            "this is not a request, the program is broken",
        ),
        ("2: behövs inte förrän på fredag", 2, "behövs inte förrän på fredag"),
        ("4: not an order number but a name", 4, "not an order number but a name"),
        ("3: not the laptop, the phone", 3, "not the laptop, the phone"),
    ],
)
def test_a_line_is_corrected(text: str, number: int, rest: str) -> None:
    assert commands(text) == (Correct(number, rest),)


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
        ("nej stryk 3 tack", (3,)),
        ("5 är fel, ta bort", (5,)),
        ("5 ist falsch, bitte streichen", (5,)),
        ("3 is wrong, take it out please", (3,)),
        ("linje 3 er feil, fjern den", (3,)),
        ("Rad 4 kan ni stryka, tack.", (4,)),
        ("Zeile 4 bitte löschen", (4,)),
        ("Punkt 2 und 3 können weg", (2, 3)),
        ("you can drop line 3", (3,)),
        ("line 2 can go, thanks", (2,)),
        ("punkt 2 kan fjernes", (2,)),
        ("du kan stryke linje 5", (5,)),
        ("5: ta bort", (5,)),
        ("5: this is not a request", (5,)),
        ("4: gjelder ikke", (4,)),
        ("rad 3 behövs inte", (3,)),
        ("Zeile 6 entfällt", (6,)),
        ("kan du ta bort rad 4?", (4,)),
        ("Die 5 bitte streichen", (5,)),
    ],
)
def test_lines_are_struck(text: str, numbers: tuple[int, ...]) -> None:
    assert commands(text) == (Strike(numbers),)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nej 5 är fel, det är min bärbara dator, och stryk 3",
         (Correct(5, "min bärbara dator"), Strike((3,)))),
        ("2: fredag, stryk 3", (Correct(2, "fredag"), Strike((3,)))),
        ("2: seit Freitag\n4: am Laptop, im Büro", (Correct(2, "seit Freitag"), Correct(4, "am Laptop, im Büro"))),
        ("stryk 3 och 4 ska vara pc", (Strike((3,)), Correct(4, "pc"))),
        ("2 stemmer jo ikke, det er en lampe", (Correct(2, "en lampe"),)),
        ("2 e ju fel, de ä sen i fredags", (Correct(2, "sen i fredags"),)),
        ("Bei 3 stimmt's nicht, es ist der große Drucker", (Correct(3, "der große Drucker"),)),
        ("3 is wrong, it was Friday and delete 4", (Correct(3, "Friday"), Strike((4,)))),
        ("5: not applicable, this is no order, the door is broken", (Strike((5,)), Add("the door is broken"))),
        ("2 e ju fel, de ä sen i helgen. iphone 14 å en dell", (Correct(2, "sen i helgen"), Add("iphone 14 å en dell"))),
        ("the second floor too, strike 3", (Add("the second floor too"), Strike((3,)))),
    ],
)  # fmt: skip
def test_one_message_may_wish_for_several_things(text: str, wanted: tuple[Command, ...]) -> None:
    assert commands(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["siden mandag", "2 PCer er berørt", "20:15 i går kveld stoppet det", "stryk alt", "delete my account",
     "drop 2 files on the share", "since 8:30", "ja", "Fehler 5: Zugriff verweigert", "4 anna svensson, 2205",
     "we removed 2 and 3 others came", "vi är 4 som ska vara med", "2 can go home now",
     "you can delete my account", "3 kan inte logga in"],
)  # fmt: skip
def test_everything_else_is_an_addition_or_an_answer(text: str) -> None:
    assert commands(text) == ()


def test_a_number_alone_names_a_line_where_the_words_fit_it() -> None:
    def is_contact(number: int, text: str) -> bool:
        return number == 4 and "2205" in text

    assert commands("4 anna svensson, 2205", is_contact) == (Correct(4, "anna svensson, 2205"),)
    assert commands("2 PCer er berørt", is_contact) == ()


@pytest.mark.parametrize(
    ("text", "text_added"),
    [
        ("5 mangler dokkingstasjon og hvit@-lista", "dokkingstasjon og hvit@-lista"),
        ("legg til skjerm på 5", "skjerm"),
        ("på linje 5 mangler det også en mus", "en mus"),
        ("5 stemmer ikke, det mangler en mus", "en mus"),
        ("I rad 5 saknas 27-tumsskärmen, och headsetet.", "27-tumsskärmen, och headsetet"),
        ("lägg till en skärm i rad 5", "en skärm"),
        ("in Zeile 5 fehlt der Monitor", "der Monitor"),
        ("Bei 5 fehlt noch die Maus, danke", "die Maus"),
        ("füge bei 5 den Monitor hinzu", "den Monitor"),
        ("die Maus fehlt in Zeile 5", "die Maus"),
        ("5 is missing the monitor", "the monitor"),
        ("line 5 also lacks a mouse", "a mouse"),
        ("add to 5: a mouse, please", "a mouse"),
        ("5 mangler", ""),
    ],
)
def test_what_a_line_lacks_goes_to_that_line(text: str, text_added: str) -> None:
    assert commands(text) == (Append(5, text_added),)


@pytest.mark.parametrize(
    "text", ["legg til 5 skjermer", "det mangler en skjerm", "es fehlen 2 Monitore", "add 2 more screens"]
)
def test_what_is_missing_from_no_line_is_none_of_it(text: str) -> None:
    assert commands(text) == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2: siden tirsdag, send", (Correct(2, "siden tirsdag"),)),
        ("stryk 2, och skicka nu", (Strike((2,)),)),
        ("2 streichen und absenden", (Strike((2,)),)),
        ("5 is missing a mouse, send it please", (Append(5, "a mouse"),)),
    ],
)
def test_send_at_the_end_is_no_part_of_a_line(text: str, wanted: tuple[Command, ...]) -> None:
    assert commands(text) == wanted


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("hjemme også, send", "hjemme også"),
        ("hemma också. Skicka!", "hemma också"),
        ("zu Hause auch, dann senden", "zu Hause auch"),
        ("at home too, and send it", "at home too"),
        ("it hangs when I press send", "it hangs when I press send"),
        ("noch etwas, nicht senden", "noch etwas, nicht senden"),
        ("send", "send"),
    ],
)
def test_only_a_wish_to_send_is_cut_off(text: str, left: str) -> None:
    assert without_send(text) == left


LINES = (
    Named(number=2, name="Gerät", value="Tastatur im Labor"),
    Named(number=3, name="Ergänzt", value="Rückruf"),
    Named(number=4, name="Auch andere", value="nur ich"),
    Named(number=5, name="Wer und wo", value="Anna Berg, 2205", as_a_whole=True),
    Named(number=6, name="Place", value="main office"),
    Named(number=7, name="Delivery", value="main desk"),
    Named(number=8, name="Modell", value="für den Scanner, zwei Stück"),
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rückruf is Quatsch", (Strike((3,)),)),
        ("Nein, der Rückruf entfällt.", (Strike((3,)),)),
        ("tastaturet er bare tull", (Strike((2,)),)),
        ("des is ned d'Tastatur, des is da Bildschirm", (Correct(2, "Bildschirm im Labor"),)),
        ("det er ikke tastaturet, men skjermen", (Correct(2, "skjermen im Labor"),)),
        ("det är inte tastaturen utan skärmen", (Correct(2, "skärmen im Labor"),)),
        ("it's the lobby, not the main office", (Correct(6, "lobby"),)),
        ("Gerät stimmt nicht, es ist der Bildschirm", (Correct(2, "der Bildschirm"),)),
        ("main desk is wrong, take it out", (Strike((7,)),)),
        ("it is not the main office", (Strike((6,)),)),
        ("nicht der Scanner, sondern die Kamera", (Correct(8, "für die Kamera, zwei Stück"),)),
        ("Rückruf stimmt nicht", (Correct(3, ""),)),
        ("es ist nicht die Tastatur", (Correct(2, ""),)),
    ],
)
def test_an_objection_names_its_line_by_its_words(text: str, wanted: tuple[Command, ...]) -> None:
    assert objections(text, LINES) == wanted


@pytest.mark.parametrize(
    "text",
    ["det er ikke bare meg", "es sind nicht nur ich", "it is not the main thing", "main is nonsense",
     "nicht Anna, sondern Kari", "Tastatur funktioniert nicht", "it is not possible to log in", "Fax ist Quatsch"],
)  # fmt: skip
def test_an_objection_that_leaves_a_doubt_is_none(text: str) -> None:
    assert objections(text, LINES) == ()


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("ser fint ut, send", True),
        ("Det stämmer, skicka", True),
        ("sieht gut aus", True),
        ("looks right to me, send it", True),
        ("det ser fint ut på den andre skjermen", False),
        ("passt nicht", False),
        ("that is right after the update", False),
    ],
)
def test_praise_is_a_yes_and_no_line(text: str, fine: bool) -> None:
    assert is_fine(text) is fine
