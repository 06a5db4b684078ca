"""No password, code or link of a day's journeys is in any file, table, log, ticket, queue or tracker of the house.

The demo's phone holds what was sent to it sealed; only its page, which is not there in production, shows it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.house import House
from tests.system.test_rest_journeys import Caller, choose_password, wait_until_a_code_may_be_sent
from tests.words import WORDS

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

# Others than those of the other tests here, so that nobody's codes run out; each has a phone and an account that is fine.
EMPLOYEES = {"nb": "astrid.berg", "sv": "lars.akesson", "de": "sabine.koch", "en": "priya.patel"}
BURNT = {  # typed into the chat, as people do; the password is taken out before anything is stored
    "nb": ("passordet mitt er {}, hvorfor virker det ikke", "Vinterdekk-2026!"),
    "sv": ("mitt lösenord är {} men det funkar inte", "Midsommar#Kräftor9"),
    "de": ("mein Passwort lautet {}, warum geht das nicht", "Weihnachtsmarkt_77"),
    "en": ("my password is {} and it is not working", "Bonfire-Night.55"),
}
CODE = {
    "nb": "koden er {}, stemmer det?",
    "sv": "koden är {}",
    "de": "der Code ist {}",
    "en": "the code is {}",
}
NEW = {
    "nb": "tolv traner drikker kaffe på kaia 61",
    "sv": "tolv tranor dricker kaffe på kajen 62",
    "de": "zwölf Kraniche trinken Kaffee am Kai 63",
    "en": "twelve cranes drink coffee by the quay 64",
}


def reset(caller: Caller) -> None:
    """A wrong code, the right one among words, a password that is refused, a good one."""
    house, language = caller.house, caller.language
    services = house.services
    account = services.directory.find_by_username(caller.sender)
    wait_until_a_code_may_be_sent(services, account)
    caller.send(WORDS[language].forgotten)
    code = house.newest_code(caller.sender)
    caller.send(house.canaries.code(f"{(int(code) + 1) % 1_000_000:06}"))
    caller.send(CODE[language].format(code))
    url = caller.card("link")["url"]
    assert (
        choose_password(url, house.canaries.password("kort " + NEW[language][-2:] + "!")).status_code == 422
    )
    assert choose_password(url, house.canaries.password(NEW[language])).ok


def hand_over(caller: Caller) -> str:
    """Right after, with what was typed still in everybody's mind."""
    text, password = BURNT[caller.language]
    caller.send(text.format(caller.house.canaries.password(password)))
    words = WORDS[caller.language]
    caller.house.withdraw_all_of(caller.sender)
    for said in (words.person, words.problem, words.details):
        caller.send(said)
    caller.press("urgency_1")
    caller.press("send")
    return str(caller.card("reference")["reference"])


def notices(house: House, username: str) -> int:
    """Register the links that the owner has got by now."""
    account = house.services.directory.find_by_username(username)
    before = len(house.canaries)
    for address in (account.email, account.phone.number):
        for message in house.services.delivery.sent_to(address):
            house.canaries.link(message.text)
    return len(house.canaries) - before


def test_a_days_journeys_leave_no_secret_behind(house: House) -> None:
    references = []
    for language, username in EMPLOYEES.items():
        caller = Caller(house, username, language)
        reset(caller)
        references.append(hand_over(caller))
    for reference in references:
        ticket = house.ticket(reference)
        assert not house.canaries.in_text(ticket.description, "ticket")
    deadline = time.monotonic() + 60
    for username in EMPLOYEES.values():
        while not notices(house, username):
            assert time.monotonic() < deadline, "S6: the owner is told within a minute"
            time.sleep(0.2)
    assert len(house.canaries) >= 7 * len(EMPLOYEES)
    state = house.settings.state_dir
    assert _stored(state) >= {"tier0.db", "tracker.db", "rasa.log", "actions.log", "desk.log", "worker.log"}
    assert house.canaries.in_folder(state) == []
    assert house.canaries.in_tables(house.services.store.engine) == []


def _stored(state: Path) -> set[str]:
    """What the search has to have looked at: not an empty folder."""
    return {
        path.name for path in state.rglob("*") if path.is_file() and path.stat().st_size and _is_ours(path)
    }


def _is_ours(path: Path) -> bool:
    return re.search(r"\.(?:db|log)$", path.name) is not None
