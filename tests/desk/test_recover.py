"""Reset where the channel proves nothing: two different proofs, and no page tells accounts apart (S2, S8, U8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from desk.app import create_app
from desk.wording import LANGUAGES, text
from servicedesk.bootstrap import Services
from servicedesk.clock import ManualClock
from servicedesk.directory.embedded import SignIn
from servicedesk.directory.port import Account
from servicedesk.handover.gathering import CaseRequest
from servicedesk.page_proof import PageProof
from servicedesk.store.tables import outbox
from tests.desk.conftest import Browser

GOOD = "syv ugler teller skyer"
CASES = {
    "ordinary": "kari.nordmann",
    "unknown": "nobody.at.all",
    "disabled": "nils.bergstrom",
    "privileged": "magnus.dahl",
    "factorless": "silje.haugen",
    "new phone": "jonas.lie",
}


@pytest.fixture
def page_proof(services: Services) -> PageProof:
    """Works at once instead of behind the answer, and does not wait for its fixed time."""
    return PageProof(
        store=services.store,
        clock=services.clock,
        keys=services.keys,
        settings=services.settings,
        directory=services.directory,
        verification=services.verification,
        links=services.links,
        run=lambda work: work(),
        answer_time=timedelta(0),
        stopped=lambda account: bool(services.risk.of(account)),
    )


@pytest.fixture
def app(services: Services, page_proof: PageProof) -> Flask:
    return create_app(replace(services, page_proof=page_proof))


@pytest.fixture
def newest_code(services: Services, kari: Account) -> Callable[[], str]:
    def newest_code() -> str:
        assert kari.phone is not None
        sent = services.delivery.sent_to(kari.phone.number)  # type: ignore[attr-defined]
        found = re.search(r"\b\d{8}\b", sent[0].text)
        assert found is not None
        return found[0]

    return newest_code


def test_two_different_proofs_lead_to_a_new_password(
    browser: Browser, services: Services, kari: Account, newest_code: Callable[[], str]
) -> None:
    """S2: SMS, then the authenticator, then the page; the password is changed."""
    browser.get("/reset?lang=nb")
    answer = browser.post("/reset?lang=nb", {"username": "kari.nordmann", "factor": "sms"})
    assert answer.location == "/reset/code?lang=nb"
    browser.get(answer.location)
    second = browser.post("/reset/code?lang=nb", {"code": newest_code()})
    assert second.location == "/reset/code?lang=nb"
    page = browser.get(second.location)
    assert text("recover.second_title", "nb") in page.text
    code = services.directory.demo_authenticator_code(kari.id)  # type: ignore[attr-defined]
    done = browser.post("/reset/code?lang=nb", {"code": code})
    assert re.fullmatch(r"/reset/[\w-]{43}\?lang=nb", done.location)
    assert browser.get(done.location).status_code == 200
    assert browser.post(done.location, {"password": GOOD}).status_code == 200
    assert services.directory.sign_in("kari.nordmann", GOOD) is SignIn.OK  # type: ignore[attr-defined]


def test_a_stop_after_the_codes_were_sent_is_told_to_the_person_and_to_l1(
    browser: Browser, services: Services, kari: Account, newest_code: Callable[[], str]
) -> None:
    """Two right factors, and no link: what happened, what is next, in the page's language."""
    browser.get("/reset?lang=de")
    browser.get(browser.post("/reset?lang=de", {"username": "kari.nordmann", "factor": "sms"}).location)
    browser.get(browser.post("/reset/code?lang=de", {"code": newest_code()}).location)
    talk = services.conversations.open(
        channel="web", tenant="demo", channel_user="kari", account=kari.id, private=True, language="nb"
    )
    words = "jeg trykket på en lenke i en falsk e-post"
    request = CaseRequest(
        conversation=talk.id, key="k", language="nb", words=words, because={}, kind="security_incident",
        category="security",
    )  # fmt: skip
    reference = services.cases.open(request).reference
    code = services.directory.demo_authenticator_code(kari.id)  # type: ignore[attr-defined]
    page = browser.post("/reset/code?lang=de", {"code": code})
    assert page.status_code == 403
    assert all(
        text(f"reset.stopped.{name}", "de") in page.text for name in ("title", "text", "next", "waiting")
    )
    assert reference in page.text
    assert browser.get("/reset/code?lang=de").location.startswith("/reset"), "the proof is used up"
    with services.store.transaction() as connection:
        query = select(outbox.c.payload).where(outbox.c.kind == "ticket.comment")
        (note,) = connection.execute(query).scalars()
    assert (note["reference"], note["public"]) == (reference, False)
    assert "two right factors" in note["text"]


def test_one_proof_twice_is_not_two(browser: Browser, newest_code: Callable[[], str]) -> None:
    browser.get("/reset")
    browser.post("/reset", {"username": "kari.nordmann", "factor": "sms"})
    browser.get("/reset/code")
    code = newest_code()
    browser.post("/reset/code", {"code": code})
    browser.get("/reset/code")
    assert browser.post("/reset/second", {"factor": "sms"}).status_code == 303
    browser.get("/reset/code")
    assert browser.post("/reset/code", {"code": code}).status_code == 422


def normalised(page: str) -> str:
    """What may differ between any two page loads: form token and nonce."""
    page = re.sub(r'name="csrf_token" value="[^"]+"', "csrf", page)
    return re.sub(r'nonce="[^"]+"', "nonce", page)


@pytest.mark.parametrize("factor", ["sms", "authenticator"])
def test_no_page_tells_accounts_apart(factor: str, app: Flask) -> None:
    """S8: words, status and headers are the same for every kind of account, at every step."""
    seen: dict[str, list[tuple[int, str, list[tuple[str, str]]]]] = {}
    for case, username in CASES.items():
        browser = Browser(app.test_client())
        browser.get("/reset")
        answers = [
            browser.post("/reset", {"username": username, "factor": factor}),
            browser.get("/reset/code"),
        ]
        answers += [browser.post("/reset/code", {"code": "00000000"}) for _ in range(2)]
        seen[case] = [
            (
                answer.status_code,
                normalised(answer.text),
                [
                    (name, re.sub(r"'nonce-[^']+'", "nonce", value))
                    for name, value in answer.headers
                    if name not in ("Set-Cookie", "Content-Length")
                ],
            )
            for answer in answers
        ]
    for case, answers in seen.items():
        assert answers == seen["ordinary"], case


def test_a_paused_account_looks_like_any_other(app: Flask) -> None:
    """S3, S8: the sixth code gets the answer that the first got."""
    browser = Browser(app.test_client())
    browser.get("/reset")
    browser.post("/reset", {"username": "kari.nordmann", "factor": "authenticator"})
    browser.get("/reset/code")
    pages = {normalised(browser.post("/reset/code", {"code": "000000"}).text) for _ in range(8)}
    assert len(pages) == 1


def test_the_page_that_asks_for_a_code_waits_for_no_database(
    browser: Browser, services: Services, newest_code: Callable[[], str]
) -> None:
    """S8: what is still being done behind the name cannot hold it up, in neither stage."""
    statements: list[str] = []
    event.listen(
        services.store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: statements.append(statement),
    )
    browser.get("/reset")
    browser.post("/reset", {"username": "kari.nordmann", "factor": "sms"})
    for stage in ("first", "second"):
        statements.clear()
        assert text(f"recover.{stage}_title", "en") in browser.get("/reset/code").text
        assert statements == []
        browser.post("/reset/code", {"code": newest_code()})


@pytest.mark.parametrize("path", ["/reset/code"])
def test_the_code_page_without_a_name_leads_to_the_start(path: str, browser: Browser) -> None:
    assert browser.get(path).status_code == 303
    browser.get("/reset")
    assert browser.post(path, {"code": "1"}).status_code == 303


def test_an_empty_name_is_asked_for_again(browser: Browser) -> None:
    browser.get("/reset?lang=sv")
    answer = browser.post("/reset?lang=sv", {"username": "  ", "factor": "sms"})
    assert answer.status_code == 422
    assert text("recover.missing", "sv") in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_out_stands_on_every_page_from_the_start(language: str, browser: Browser) -> None:
    """Whoever cannot go on sees the same words as everybody else, before and after."""
    way_out = text("recover.cannot", language)
    assert way_out in browser.get(f"/reset?lang={language}").text
    browser.post(f"/reset?lang={language}", {"username": "x", "factor": "sms"})
    assert way_out in browser.get("/reset/code").text


def test_a_session_from_yesterday_proves_nothing(
    browser: Browser, clock: ManualClock, newest_code: Callable[[], str]
) -> None:
    browser.get("/reset")
    browser.post("/reset", {"username": "kari.nordmann", "factor": "sms"})
    code = newest_code()
    clock.advance(timedelta(minutes=11))
    browser.get("/reset/code")
    assert browser.post("/reset/code", {"code": code}).status_code == 422
