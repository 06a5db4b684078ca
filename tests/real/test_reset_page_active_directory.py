"""The reset page over a real domain controller: its rules are the page's, its refusals have a reason."""

from __future__ import annotations

import pytest

from desk.app import create_app
from desk.wording import text
from servicedesk.directory.ldap_session import Deadline, Session
from servicedesk.directory.port import Account
from tests.desk.conftest import Browser
from tests.journeys.conftest import LANGUAGES
from tests.servers.samba_dc import EVERYBODYS, Samba

GOOD = "Syv ugler teller skyer 7"


@pytest.fixture
def browser(services):
    return Browser(create_app(services).test_client())


@pytest.fixture
def employee(samba: Samba, services) -> Account:
    found = services.directory.find_by_username(samba.add("page"))
    assert found is not None
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_domains_rules_are_on_the_page_and_its_refusal_says_why(
    browser, services, samba, employee, language
):
    token = services.links.issue(employee.id, None, language)
    page = browser.get(f"/reset/{token}").text
    assert text("reset.rule_mixed", language, kinds=3) in page
    assert text("reset.rule_free", language) not in page
    refused = browser.post(f"/reset/{token}", {"password": "der fjord liegt heute nacht ganz still"})
    assert refused.status_code == 422
    assert text("reset.fault.unmixed", language, kinds=3) in refused.text
    assert samba.signs_in(employee.username, EVERYBODYS)
    assert browser.post(f"/reset/{token}", {"password": GOOD}).status_code == 200
    assert samba.signs_in(employee.username, GOOD)


@pytest.mark.parametrize("arrives", [True, False])
def test_a_lost_answer_is_read_back_and_said(services, samba, employee, line, monkeypatch, arrives):
    """F3: nothing is set twice, and the employee hears what is so."""
    write, written = Session.replace, []

    def write_on_a_bad_line(session, *arguments):
        written.append(arguments)
        session.deadline = Deadline(1.0)
        if arrives:
            line.lose_answer_to = line.requests + 1
        else:
            line.lose_request = line.requests + 1
        try:
            write(session, *arguments)
        finally:
            line.lose_answer_to = line.lose_request = None

    monkeypatch.setattr(Session, "replace", write_on_a_bad_line)
    outcome = services.accounts.change_password(services.links.issue(employee.id, None, "sv"), GOOD)
    assert outcome.result.value == ("done" if arrives else "unavailable")
    assert len(written) == 1
    assert samba.signs_in(employee.username, GOOD) is arrives


def test_the_demos_pages_know_nobody_of_a_real_directory(browser, employee):
    assert browser.get("/demo/phone").status_code == 404
    assert browser.get("/demo/signin").status_code == 200
    answer = browser.post("/demo/signin", {"username": employee.username, "password": EVERYBODYS})
    assert answer.status_code == 404
    assert browser.get(f"/demo/phone?person={employee.id}").status_code == 200
