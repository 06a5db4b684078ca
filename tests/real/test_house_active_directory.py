"""The journeys on the running house, all four processes, with a real domain controller behind it: over the chat page in a
browser and over REST, in four languages. What a sign-in at the domain controller says afterwards is what counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from bot.responses import say
from connectors.web.session import Sessions
from servicedesk.clock import SystemClock
from tests.browser.chat import Chat
from tests.browser.conftest import chromium, page
from tests.house import House, open_house
from tests.real.test_journeys_active_directory import COUNTRIES, lockout_time
from tests.servers.samba_dc import BOT, BOT_PASSWORD, DOMAIN, EVERYBODYS, STAFF, Samba
from tests.system.test_rest_journeys import Caller, choose_password
from tests.words import WORDS

__all__ = ["chromium", "page"]

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(300)]

NEW = {
    "nb": "Fjorden ligger stille i natt 47",
    "sv": "Sjön ligger blank i natt 48",
    "de": "Der See liegt still heute Nacht 49",
    "en": "The loch lies still tonight 50",
}
LONG_AGO = "20260101000000Z"  # when the numbers were registered: a newer one would not count (S2)


@dataclass(frozen=True)
class Case:
    language: str
    width: int

    @property
    def locale(self) -> str:
        return COUNTRIES[self.language].language


@pytest.fixture(params=[("nb", 360), ("sv", 1280), ("de", 360), ("en", 1280)], ids=lambda param: param[0])
def case(request: pytest.FixtureRequest) -> Case:
    return Case(*request.param)


@pytest.fixture(scope="module")
def domain_house(samba: Samba, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = {
        "TIER0_DIRECTORY": "active_directory",
        "TIER0_LDAP_URL": samba.url,
        "TIER0_LDAP_BIND_DN": BOT,
        "TIER0_LDAP_PASSWORD": BOT_PASSWORD,
        "TIER0_LDAP_BASE": STAFF,
        "TIER0_LDAP_GROUP_BASE": DOMAIN,
        "TIER0_LDAP_CA_FILE": str(samba.certificate.file),
        "TIER0_LDAP_ATTRIBUTES": "phone_since=info",
    }
    with open_house(tmp_path_factory.mktemp("domain"), **settings) as opened:
        yield opened


@pytest.fixture
def employee(samba: Samba, case: Case) -> Callable[[], str]:
    """The user name of somebody new of this country."""
    country = COUNTRIES[case.language]
    return lambda: samba.add(
        "house",
        c=country.code,
        mobile=country.number,
        preferredLanguage=country.language,
        info=LONG_AGO,
    )


def locked(samba: Samba, username: str) -> str:
    samba.lock(username)
    assert lockout_time(samba, username) != b"0"
    assert not samba.signs_in(username, EVERYBODYS)
    return username


def is_open(samba: Samba, username: str) -> bool:
    return lockout_time(samba, username) == b"0" and samba.signs_in(username, EVERYBODYS)


def has_only(samba: Samba, username: str, new: str) -> bool:
    return samba.signs_in(username, new) and not samba.signs_in(username, EVERYBODYS)


def test_over_rest(domain_house: House, samba: Samba, case: Case, employee: Callable[[], str]) -> None:
    words, house = WORDS[case.language], domain_house
    caller = Caller(house, locked(samba, employee()), case.language)
    caller.send(words.locked)
    assert caller.card("code_field")["factor"] == "sms"
    account = house.services.directory.find_by_username(caller.sender)
    assert account
    opened = caller.send(house.newest_code(caller.sender))
    assert opened == say("utter_unlocked", case.language, name=account.given_name)["text"]
    assert is_open(samba, caller.sender)

    caller = Caller(house, employee(), case.language)
    caller.send(words.forgotten)
    caller.send(house.newest_code(caller.sender))
    page = choose_password(caller.card("link")["url"], house.canaries.password(NEW[case.language]))
    assert page.ok
    assert f'<html lang="{case.language}"' in page.text
    assert has_only(samba, caller.sender, NEW[case.language])


def test_over_the_chat_page(
    domain_house: House, samba: Samba, case: Case, employee: Callable[[], str], page: Page
) -> None:
    words, house = WORDS[case.language], domain_house
    chat = signed_in(page, house, locked(samba, employee()), case.language)
    chat.write(words.locked)
    code = chat_code(chat)
    chat.enter_code(code)
    chat.reads("utter_unlocked", name=chat.account.given_name)
    assert is_open(samba, chat.username)

    page.context.clear_cookies()
    chat = signed_in(page, house, employee(), case.language)
    chat.write(words.forgotten)
    chat.enter_code(chat_code(chat))
    link = chat.answers.locator("a.card-link")
    expect(link).to_be_visible()
    assert chat.overflow() <= 0, "nothing to scroll sideways for"
    page.goto(str(link.get_attribute("href")))
    assert page.evaluate("document.documentElement.lang") == case.language
    page.locator("input[type=password]").first.fill(house.canaries.password(NEW[case.language]))
    page.locator("main form button.primary").first.click()
    expect(page.locator(".note.good")).to_be_visible()
    assert has_only(samba, chat.username, NEW[case.language])


def signed_in(page: Page, house: House, username: str, language: str) -> Chat:
    """With the cookie that a sign-on's callback would set."""
    account = house.services.directory.find_by_username(username)
    assert account
    sessions = Sessions(SystemClock(), house.services.keys)
    _, cookie = sessions.issue(account=account.id, name=account.display_name, language=language)
    return Chat(page, house, username, language, cookie=cookie)


def chat_code(chat: Chat) -> str:
    """Once the chat says that it was sent, and to which number."""
    phone = chat.account.phone
    assert phone
    chat.reads("utter_code_sms", hint=phone.number[-2:])
    return chat.house.newest_code(chat.username)
