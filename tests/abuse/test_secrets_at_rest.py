"""Whoever reads a backup, a log or the queue finds no password, no code and no link there (S3-S6, D1)."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest

from servicedesk.accounts import ChangeResult, UnlockResult
from servicedesk.delivery.errors import DeliveryUnavailable
from servicedesk.directory.demo import demo_id
from servicedesk.log import JsonFormatter
from servicedesk.worker import build_worker
from tests.canary import Canaries
from tests.servicedesk.world import World

TOO_SHORT, NEW = "elg 17", "sytten rosa elger på ferje 88"
KARI = "kari.nordmann"


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the processes would have written to their logs, at the most talkative."""
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def sent_to(world: World, canaries: Canaries, username: str) -> None:
    """Register what this person's phone and mailboxes show."""
    account = world.account(username)
    mailboxes = [account.email, account.alternate_email or ""]
    numbers = [account.phone.number] if account.phone else []
    for address in (*mailboxes, *numbers):
        for message in world.services.delivery.sent_to(address):  # type: ignore[attr-defined]
            canaries.link(message.text)
            for code in re.findall(r"(?<![\d/.:])\d{6,8}(?![\d/.:])", message.text):
                canaries.code(code)


def reset(world: World, canaries: Canaries, username: str) -> None:
    """In the chat: a wrong code, the right one, a password that is refused, a good one."""
    talk = world.talk(username)
    world.start(talk)
    world.check(talk, canaries.code(world.wrong_code(username)))
    assert world.check(talk, canaries.code(world.code_for(username))).outcome == "accepted"
    url = canaries.link(world.services.accounts.begin_reset_link(talk, "en") or "")
    token = url.rsplit("/", 1)[1]
    change = world.services.accounts.change_password
    assert change(token, canaries.password(TOO_SHORT)).result is ChangeResult.REJECTED
    assert change(token, canaries.password(NEW)).result is ChangeResult.DONE


def unlock(world: World, canaries: Canaries, username: str) -> None:
    """With the authenticator."""
    world.directory.lock(demo_id(username))
    talk = world.talk(username)
    world.start(talk, "unlock", "authenticator")
    shown = canaries.code(world.directory.demo_authenticator_code(demo_id(username)) or "")
    assert world.check(talk, shown).outcome == "accepted"
    assert world.services.accounts.unlock(talk).result is UnlockResult.DONE


def reset_on_the_page(world: World, canaries: Canaries, username: str) -> None:
    page = world.services.page_proof
    page._run, page._answer_time = lambda work: work(), 0.0
    page.begin("session", username, "sms", "nb")
    assert page.check("session", canaries.code(world.code_for(username)))
    assert page.second("session", "authenticator", "nb")
    shown = canaries.code(world.directory.demo_authenticator_code(demo_id(username)) or "")
    assert page.check("session", shown)
    token = page.link("session", "nb")
    assert token is not None
    canaries.link(f"/reset/{token}")
    assert world.services.accounts.change_password(token, NEW + "9").result is ChangeResult.DONE
    canaries.password(NEW + "9")


def everything_stored(world: World, canaries: Canaries, log: io.StringIO) -> list[object]:
    tables = canaries.in_tables(world.services.store.engine)
    return [*canaries.in_folder(world.folder), *tables, *canaries.in_text(log.getvalue(), "the log")]


def test_nothing_is_left_by_resets_and_unlocks(world: World, canaries: Canaries, log: io.StringIO) -> None:
    reset(world, canaries, KARI)
    assert everything_stored(world, canaries, log) == [], "while the notices wait in the queue"
    world.later(minutes=2)
    unlock(world, canaries, KARI)
    world.later(minutes=2)
    reset_on_the_page(world, canaries, "lena.schmidt")
    for _ in range(3):
        build_worker(world.services).round()
    for username in (KARI, "lena.schmidt"):
        sent_to(world, canaries, username)
    assert len(canaries) >= 13, "codes, passwords, reset links, and the links of three notices"
    assert everything_stored(world, canaries, log) == []


def test_nothing_is_left_by_what_failed(
    world: World, canaries: Canaries, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code that could not be sent, and a notice that became a dead letter."""
    sent: list[str] = []

    def down(message: object) -> None:
        sent.append(str(message))
        raise DeliveryUnavailable("the gateway is down")

    with monkeypatch.context() as patch:
        patch.setattr(world.services.delivery, "send", down)
        with pytest.raises(DeliveryUnavailable):
            world.start(world.talk(KARI))
        canaries.code(re.findall(r"\b\d{6}\b", sent[0])[0])
    world.later(minutes=2)
    reset(world, canaries, KARI)
    worker = build_worker(world.services)
    with monkeypatch.context() as patch:
        patch.setattr(world.services.delivery, "send", down)
        for _ in range(40):
            worker.round()
            world.later(hours=1)
    assert world.services.outbox.counts()["dead"] == 3
    for message in sent[1:]:
        canaries.link(message)
    assert everything_stored(world, canaries, log) == []


def test_the_owner_still_reads_both(world: World, canaries: Canaries) -> None:
    """What is sealed at rest arrives readable, also from the queue of a worker that starts anew."""
    reset(world, canaries, KARI)
    world.with_parts()
    build_worker(world.services).round()
    newest = world.texts_to(KARI)[0]
    token = newest.split("/not-me/")[1].split()[0]
    assert world.services.accounts.alarm(token)
