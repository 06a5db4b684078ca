from __future__ import annotations

from pathlib import Path

import pytest

from servicedesk.categories import FALLBACK, categories, categorise, category, load, request_kind
from servicedesk.errors import SettingsError
from servicedesk.ticketing.port import Impact, TicketKind, Urgency
from tests.growth import grows_linearly


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VPN kobler fra hele tiden", "network.vpn"),
        ("skjermen er svart", "hardware.monitor"),
        ("Der Drucker druckt nicht", "hardware.printer"),
        ("jag saknar behörighet till mappen", "access.permission"),
        ("Outlook synkroniserer ikke", "mail.calendar"),
        ("my laptop won't start", "hardware.laptop"),
        ("Teams har inget ljud", "collaboration.teams"),
        ("WLAN im Büro geht nicht", "network.wifi"),
        ("Mein Firmenlaptop ist kaputt", "hardware.laptop"),
        ("OneDrive synkar inte", "collaboration.onedrive"),
        ("hm", FALLBACK),
        ("", FALLBACK),
    ],
)
def test_words_decide_in_four_languages(text: str, expected: str) -> None:
    assert categorise("kb_question", {}, text).id == expected


def test_what_is_named_weighs_more_than_words() -> None:
    text = "the screen is frozen and the printer icon is grey"
    assert categorise("kb_question", {"application": "Outlook"}, text).id == "mail.calendar"


@pytest.mark.parametrize(
    ("intent", "expected", "kind"),
    [
        ("password_reset", "access.password", TicketKind.INCIDENT),
        ("account_unlock", "access.lockout", TicketKind.INCIDENT),
        ("report_security_incident", "security", TicketKind.SECURITY_INCIDENT),
        ("complaint", "complaint", TicketKind.COMPLAINT),
    ],
)
def test_an_intent_that_says_it_all_decides(intent: str, expected: str, kind: TicketKind) -> None:
    found = categorise(intent, {"application": "vpn"}, "VPN printer screen")
    assert (found.id, found.kind) == (expected, kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("need a Visio licence", "software"),
        ("ny skjerm, den gamle er knust", "hardware"),
        ("access to the finance share", "access"),
        ("neuer Mitarbeiter ab Montag", "new_starter"),
        ("ny bruker til Per", "account"),
        ("vi får en nyanställd i maj", "new_starter"),
        ("our new starter needs a laptop and SAP", "new_starter"),
        ("jag behöver en ny mus", "hardware"),
        ("tilgang til laptop-poolen", "access"),
        ("Ich brauche Zugriff auf das Laufwerk", "access"),
        ("jeg har giftet meg og heter Holm nå, kan e-posten min endres?", "name_change"),
        ("jag har gift mig och behöver nytt namn i e-posten", "name_change"),
        ("nach der Hochzeit: meinen Nachnamen bitte in allen Systemen umstellen", "name_change"),
        ("please put my new surname on my account, I got married", "name_change"),
        ("account for a new colleague in sales", "new_starter"),
        ("Ola slutter hos oss, steng kontoen hans", "leaver"),
        ("Lena slutar den sista, hennes konto ska stängas", "leaver"),
        ("Herr Kaya scheidet aus, bitte das Konto schließen", "leaver"),
        ("the intern is leaving us, close his account", "leaver"),
        ("I am going on leave, Tom needs access to my mailbox", "access"),
        ("rename the shared mailbox, please give me access", "access"),
        ("something nice", "other"),
    ],
)
def test_the_kind_of_a_request(text: str, expected: str) -> None:
    assert request_kind(text, {}) == expected
    found = categorise("service_request", {}, text)
    assert found.id == f"request.{expected}"
    assert found.kind is TicketKind.SERVICE_REQUEST


def test_an_entity_tells_the_kind_where_words_do_not() -> None:
    assert request_kind("i want one", {"device": "monitor"}) == "hardware"
    assert request_kind("i want it", {"application": "visio"}) == "software"


def test_a_problem_is_never_filed_as_a_request() -> None:
    assert categorise("kb_question", {}, "licence rights new user").kind is not TicketKind.SERVICE_REQUEST


def test_every_category_is_complete_and_the_usual_ones_are_there() -> None:
    known = categories()
    for identifier in [
        "access.password",
        "access.lockout",
        "access.mfa",
        "access.permission",
        "hardware.laptop",
        "hardware.monitor",
        "hardware.printer",
        "hardware.phone",
        "hardware.other",
        "software.install",
        "software.licence",
        "software.error",
        "network.vpn",
        "network.wifi",
        "network.internet",
        "mail.calendar",
        "collaboration.teams",
        "collaboration.onedrive",
        "security",
        "request.hardware",
        "request.software",
        "request.access",
        "request.account",
        "request.new_starter",
        "request.leaver",
        "request.name_change",
        "request.other",
        "complaint",
        "other",
    ]:
        assert known[identifier].label
        assert known[identifier].assignment_group
    assert all(len(each.id) <= 48 and len(each.assignment_group) <= 80 for each in known.values())
    assert (known["other"].impact, known["other"].urgency) == (Impact.PERSON, Urgency.HINDERED)
    assert category("no.such").id == FALLBACK


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("other: {label: O, group: G, kind: nonsense}", "other"),
        ("other: {label: O, kind: incident}", "group"),
        ("other: {label: O, group: G, kind: incident, wrods: [x]}", "wrods"),
        ("other: {label: O, group: G, kind: incident, impact: 9}", "other"),
        ("vpn: {label: V, group: G, kind: incident}", "other"),
        ("[", "cannot be read"),
    ],
)
def test_a_wrong_file_stops_the_start_and_names_the_fault(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "categories.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=named):
        load(file)


def test_a_huge_text_costs_little() -> None:
    assert grows_linearly(lambda text: categorise("kb_question", {}, text), "vpn skjerm " * 100_000)
