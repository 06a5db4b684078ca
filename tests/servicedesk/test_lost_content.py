"""Notes, files or settings that have vanished are no lost device; a device that is gone with them is one."""

from __future__ import annotations

import pytest

from benchmarks.understanding.dataset import dev_set, examples
from servicedesk.lost_content import loses_content
from servicedesk.security_steps import GENERAL, LOST_DEVICE, first_steps
from servicedesk.talk_patterns import LONGEST
from tests.growth import grows_linearly


@pytest.mark.parametrize(
    "text",
    [
        "OneNote-notatblokken vår har mistet alle notatene mine",
        "notatboka i OneNote er tom, sidene er borte",
        "mistet alle bokmerkene i Edge etter oppdateringen",
        "alle e-postene fra i fjor er forsvunnet",
        "laptopen har mistet alle innstillingene sine",
        "filene mine er borte fra pc-en",
        "signaturen min forsvant da mobilen ble oppdatert",
        "OneNote-anteckningsboken har tappat alla mina anteckningar",
        "anteckningsboken i OneNote är tom, sidorna är borta",
        "tappat alla bokmärken i Edge efter uppdateringen",
        "alla mejl från förra året är försvunna",
        "datorn har tappat alla inställningar",
        "mina filer är borta från datorn",
        "signaturen försvann när mobilen uppdaterades",
        "unser OneNote-Notizbuch hat alle meine Notizen verloren",
        "das Notebook in OneNote ist leer, alle Seiten weg",
        "alle Lesezeichen in Edge sind verloren gegangen",
        "sämtliche Mails vom letzten Jahr sind verschwunden",
        "der Laptop hat alle Einstellungen verloren",
        "meine Dateien sind vom Rechner verschwunden",
        "Signatur ist weg, seit das Handy aktualisiert wurde",
        "our OneNote notebook has lost all my notes",
        "the notebook in OneNote is empty, all the pages have gone",
        "lost every bookmark in Edge after the update",
        "all emails from last year have vanished",
        "my laptop has lost all its settings",
        "my files have disappeared from the laptop",
        "signature went missing when the phone was updated",
    ],
)
def test_content_that_has_vanished_is_no_lost_device(text: str) -> None:
    assert loses_content(text)
    assert first_steps(text) == GENERAL


@pytest.mark.parametrize(
    "text",
    [
        "har mistet pc-en med alle kundefilene",
        "mobilen er borte, alle kontaktene lå der",
        "notebooken og alle filene er vekk",
        "filene lå på en minnepinne som er forsvunnet",
        "noen har stjålet filene mine",
        "jeg klikket på en lenke og nå er alle filene borte",
        "mistet jobbtelefonen på bussen, bildene er borte",
        "har tappat datorn med alla kundfiler",
        "mobilen är borta, alla kontakter låg där",
        "laptopen och alla filer är borta",
        "filerna låg på ett usb-minne som är försvunnet",
        "någon har stulit mina filer",
        "jag klickade på en länk och nu är alla filer borta",
        "tappade jobbmobilen på bussen, bilderna är borta",
        "mein Notebook mit allen Kundendateien ist weg",
        "das Handy ist weg, alle Kontakte waren drauf",
        "Laptop und alle Dateien verloren",
        "die Dateien waren auf einem USB-Stick, der verschwunden ist",
        "jemand hat meine Dateien gestohlen",
        "auf einen Link geklickt und jetzt sind alle Dateien weg",
        "Diensthandy im Bus verloren, Fotos weg",
        "my notebook with all the customer files is gone",
        "the phone has gone, all my contacts were on it",
        "lost my laptop and all the files",
        "the files were on a USB stick that has vanished",
        "somebody stole my files",
        "I clicked a link and now all my files are gone",
        "lost my work phone on the bus, photos gone",
        "das Notizbuch mit meinen Kundennamen ist weg",
    ],
)
def test_what_is_carried_off_is_more_than_its_content(text: str) -> None:
    assert not loses_content(text)


@pytest.mark.parametrize(
    "text",
    [
        "har mistet pc-en med alle kundefilene",
        "har tappat datorn med alla kundfiler",
        "habe das Notebook mit allen Kundendateien verloren",
        "lost my notebook with all the customer files",
    ],
)
def test_a_device_with_what_was_in_it_gets_the_steps_of_a_lost_device(text: str) -> None:
    assert first_steps(text) == LOST_DEVICE


def test_no_incident_that_anybody_wrote_is_taken_for_lost_content() -> None:
    reports = [each.text for each in (*dev_set(), *examples()) if each.intent == "report_security_incident"]
    assert [text for text in reports if loses_content(text)] == []


@pytest.mark.parametrize("piece", ["lost the file ", "laptop with ", "files from the ", "borte "])
def test_the_work_grows_with_the_text(piece: str) -> None:
    assert grows_linearly(loses_content, (piece * LONGEST)[:LONGEST])
