"""What stands in the books about a change, who hears of it, and when the worker looks again (S6, S7, D2, F1-F4)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from servicedesk.accounts import ChangeOutcome, ChangeResult, UnlockOutcome, UnlockResult
from servicedesk.directory.demo import demo_id
from servicedesk.directory.errors import (
    AccountNotFound,
    ChangeForbidden,
    DirectoryError,
    DirectoryUnavailable,
    NotSupported,
    OutcomeUnknown,
)
from servicedesk.directory.port import Account, AccountId
from servicedesk.outbox import TryAgain
from servicedesk.store import StoreUnavailable
from servicedesk.store.tables import account_changes, outbox, reset_links
from servicedesk.texts import load, say
from servicedesk.worker import build_worker
from tests.servicedesk.world import GOOD_PASSWORD, FaultyDirectory, World, put_in

OLA, KARI, LARS = demo_id("ola.hansen"), demo_id("kari.nordmann"), demo_id("lars.akesson")


@pytest.fixture
def faulty(world: World) -> FaultyDirectory:
    directory = FaultyDirectory(world.directory)
    put_in(world.services, directory)
    return directory


def _journal(world: World) -> list[dict[str, Any]]:
    columns = account_changes.c
    query = select(
        columns.account,
        columns.kind,
        columns.conversation,
        columns.state,
        columns.started_at,
        columns.ended_at,
    )
    with world.services.store.transaction() as connection:
        return [dict(row._mapping) for row in connection.execute(query.order_by(columns.started_at))]


def _change_id(world: World) -> str:
    with world.services.store.transaction() as connection:
        return str(connection.execute(select(account_changes.c.id)).scalar_one())


def _due(world: World, kind: str) -> list[timedelta]:
    """In how long the worker carries these out."""
    with world.services.store.transaction() as connection:
        query = select(outbox.c.not_before).where(outbox.c.kind == kind).order_by(outbox.c.id)
        return [due - world.clock.now() for due in connection.execute(query).scalars()]


def _page_link(world: World, username: str) -> str:
    """A link that was earned on the reset page: it belongs to no conversation."""
    return world.services.links.issue(demo_id(username), None, "de")


def _link_state(world: World, username: str) -> str:
    with world.services.store.transaction() as connection:
        query = select(reset_links.c.state).where(reset_links.c.account == demo_id(username))
        return str(connection.execute(query).scalar_one())


def _alarm_token(text: str) -> str:
    return text.split("/not-me/")[1].split()[0].rstrip(".")


def _unlock(world: World, username: str = "ola.hansen") -> UnlockOutcome:
    talk = world.talk(username)
    world.prove(talk, username, "unlock")
    return world.services.accounts.unlock(talk)


def _news(world: World) -> list[str]:
    return [news["text"] for news in world.queued("chat.say")]


# --- the books ---


def test_an_unlock_stands_in_the_journal_and_in_the_trail(world: World) -> None:
    """D2"""
    began = world.clock.now()
    assert _unlock(world) == UnlockOutcome(result=UnlockResult.DONE, lockouts_today=1, given_name="Ola")
    talk = world.talk("ola.hansen")
    entry = {"account": OLA, "kind": "unlock", "conversation": talk.id, "state": "done"}
    assert _journal(world) == [{**entry, "started_at": began, "ended_at": began}]
    row = world.last_row("account.unlock", OLA)
    assert row == {"outcome": "done", "actor": "bot", "details": {"change": _change_id(world)}}


@pytest.mark.parametrize("page", [True, False])
def test_a_new_password_stands_in_the_journal_and_in_the_trail(world: World, page: bool) -> None:
    """D2: by the page, where no conversation asked for it, else by the bot"""
    token = _page_link(world, "ola.hansen") if page else world.link("ola.hansen")
    assert world.services.accounts.change_password(token, GOOD_PASSWORD) == ChangeOutcome(
        result=ChangeResult.DONE
    )
    [entry] = _journal(world)
    assert (entry["account"], entry["kind"], entry["state"]) == (OLA, "reset", "done")
    assert entry["conversation"] == (None if page else world.talk("ola.hansen").id)
    row = world.last_row("account.reset", OLA)
    details = {"change": _change_id(world)}
    assert row == {"outcome": "done", "actor": "page" if page else "bot", "details": details}
    assert world.queued("account.revoke") == [{"account": OLA}]


def test_an_outcome_that_nobody_knows_has_not_ended(world: World, faulty: FaultyDirectory) -> None:
    """F3: it ends when it is settled"""
    token = world.link("ola.hansen")
    faulty.fail["set_password"] = [OutcomeUnknown("time-out")]
    world.directory.settles_after = timedelta(seconds=60)  # type: ignore[misc]
    outcome = world.services.accounts.change_password(token, GOOD_PASSWORD)
    assert outcome.result is ChangeResult.UNKNOWN  # what was read back may be older than what was written
    [entry] = _journal(world)
    assert (entry["state"], entry["ended_at"]) == ("unknown", None)
    world.later(minutes=1)
    [payload] = world.queued("account.settle")
    world.services.accounts.settle(payload)
    [entry] = _journal(world)
    assert (entry["state"], entry["ended_at"]) == ("failed", world.clock.now())


@pytest.mark.parametrize(
    ("values", "reason", "result"),
    [
        ({"enabled": False}, "disabled", ChangeResult.REFUSED),
        ({"vip": True}, "vip", ChangeResult.REFUSED),
        ({"password_changed_at": "later"}, "changed elsewhere", ChangeResult.LINK_GONE),
        ({"phone_since": "later"}, "new factor", ChangeResult.LINK_GONE),
    ],
)
@pytest.mark.parametrize("page", [True, False])
def test_the_trail_says_why_a_link_was_refused(
    world: World, values: dict[str, Any], reason: str, result: ChangeResult, page: bool
) -> None:
    """S4, S7, D2: and the link and every other proof are used up"""
    token = _page_link(world, "kari.nordmann") if page else world.link("kari.nordmann")
    other = world.talk("kari.nordmann", user="other")
    world.later(minutes=1)
    world.prove(other, "kari.nordmann", "unlock")
    later = world.clock.now() + timedelta(seconds=1)
    world.edit(
        "kari.nordmann", **{name: later if value == "later" else value for name, value in values.items()}
    )
    assert world.services.accounts.change_password(token, GOOD_PASSWORD) == ChangeOutcome(result=result)
    row = world.last_row("account.reset", KARI)
    assert row == {"outcome": "refused", "actor": "page" if page else "bot", "details": {"reason": reason}}
    assert _link_state(world, "kari.nordmann") == "spent"
    assert world.services.links.claim(token) is None
    assert world.services.verification.spend_accepted(other.id, "unlock") is None
    assert _journal(world) == []


@pytest.mark.parametrize(
    ("values", "reason", "result"),
    [
        ({"groups": ["domain-admins"]}, "privileged", UnlockResult.REFUSED),
        ({"phone_since": "later"}, "new factor", UnlockResult.NO_PROOF),
    ],
)
def test_the_trail_says_why_an_unlock_was_refused(
    world: World, values: dict[str, Any], reason: str, result: UnlockResult
) -> None:
    """S7, D2"""
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen", "unlock")
    later = world.clock.now() + timedelta(seconds=1)
    world.edit("ola.hansen", **{name: later if value == "later" else value for name, value in values.items()})
    assert world.services.accounts.unlock(talk) == UnlockOutcome(result=result, given_name="Ola")
    row = world.last_row("account.unlock", OLA)
    assert row == {"outcome": "refused", "actor": "bot", "details": {"reason": reason}}
    assert _journal(world) == []


def test_only_unlocks_of_this_account_count_and_for_24_hours(world: World, faulty: FaultyDirectory) -> None:
    """S6: three a day; one that the directory refused is none, one that is still open is one"""
    world.services.accounts.change_password(_page_link(world, "ola.hansen"), GOOD_PASSWORD)
    faulty.fail["unlock"] = [ChangeForbidden("no"), DirectoryUnavailable("down")]
    results = []
    for _ in range(5):
        world.directory.lock(OLA)
        results.append(_unlock(world).result)
        world.later(hours=4)
    done, limit = UnlockResult.DONE, UnlockResult.LIMIT
    assert results == [UnlockResult.REFUSED, UnlockResult.QUEUED, done, done, limit]
    row = world.last_row("account.unlock", OLA)
    assert row == {"outcome": "refused", "actor": "bot", "details": {"reason": "limit"}}
    world.later(hours=8)  # 24 h to the second since the second one
    assert _unlock(world).result is done
    world.directory.lock(KARI)
    assert _unlock(world, "kari.nordmann").result is done


def test_no_audit_no_action(world: World, faulty: FaultyDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """D2, F8, F10: nothing is written to the directory, and the link is good again"""
    token = world.link("ola.hansen")
    record = world.services.audit.record

    def full(*arguments: Any, **options: Any) -> int:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(world.services.audit, "record", full)
    outcome = world.services.accounts.change_password(token, GOOD_PASSWORD)
    assert outcome == ChangeOutcome(result=ChangeResult.UNAVAILABLE)
    assert "set_password" not in faulty.calls
    monkeypatch.setattr(world.services.audit, "record", record)
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.DONE


def test_a_password_that_is_set_is_said_to_be_set(
    world: World, faulty: FaultyDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F10: also when its outcome cannot be written; the worker makes up for the rest"""
    token = world.link("ola.hansen")
    world.later(seconds=5)
    record, calls = world.services.audit.record, iter([True])

    def full_after_the_intent(*arguments: Any, **options: Any) -> int:
        if next(calls, False):
            return record(*arguments, **options)
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(world.services.audit, "record", full_after_the_intent)
    outcome = world.services.accounts.change_password(token, GOOD_PASSWORD)
    assert outcome == ChangeOutcome(result=ChangeResult.DONE)
    assert world.queued("notice.sms") == []
    monkeypatch.setattr(world.services.audit, "record", record)
    [payload] = world.queued("account.settle")
    world.services.accounts.settle(payload)
    assert world.trail("account.reset") == ["intended", "done"]
    assert len(world.queued("notice.sms")) == 1
    assert world.services.links.peek(token) is None


@pytest.mark.parametrize("call", ["find", "policy"])
def test_a_directory_that_does_not_know_the_account_ends_the_link(
    world: World, faulty: FaultyDirectory, call: str
) -> None:
    token = world.link("ola.hansen")
    faulty.fail[call] = [AccountNotFound("gone")]
    outcome = world.services.accounts.change_password(token, GOOD_PASSWORD)
    assert outcome == ChangeOutcome(result=ChangeResult.REFUSED)
    assert world.last_row("account.reset", OLA)["details"] == {"reason": "directory"}
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.LINK_GONE


def test_a_write_that_the_directory_forbids_ends_the_link(world: World, faulty: FaultyDirectory) -> None:
    """S7: the directory's rights forbid it too"""
    token = world.link("ola.hansen")
    faulty.fail["set_password"] = [ChangeForbidden("protected")]
    outcome = world.services.accounts.change_password(token, GOOD_PASSWORD)
    assert outcome == ChangeOutcome(result=ChangeResult.REFUSED)
    assert world.trail("account.reset") == ["intended", "refused"]
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.LINK_GONE


# --- who hears of it ---


@pytest.mark.parametrize(
    ("country", "language", "told"),
    [
        ("NO", "nb", "02.11.2026 10:00 CET"),
        ("GB", "en", "02.11.2026 09:00 GMT"),
        ("DE", "de", "02.11.2026 10:00 CET"),
        ("SE", "sv", "02.11.2026 10:00 CET"),
        ("FR", "fr", "02.11.2026 10:00 CET"),
        ("US", "en", "02.11.2026 09:00 UTC"),  # its clocks differ
        ("XX", "en", "02.11.2026 09:00 UTC"),
    ],
)
def test_the_owner_hears_when_by_the_clock_on_the_wall(
    world: World, country: str, language: str, told: str
) -> None:
    """S6: to all registered addresses, in the owner's language; English where it is none of the four"""
    world.edit("kari.nordmann", country=country, language=language)
    world.directory.lock(KARI)
    talk = world.services.conversations.open(
        channel="web",
        tenant="embedded",
        channel_user="kari",
        account=KARI,
        private=True,
        language="en",
    )
    world.prove(talk, "kari.nordmann", "unlock")
    world.services.accounts.unlock(talk)
    [sms], mails = world.queued("notice.sms"), world.queued("notice.mail")
    common = {"change": _change_id(world), "language": language}
    assert sms == {**common, "recipient": "+4740000101", "subject": "", "text": sms["text"]}
    addresses = ("kari.nordmann@nordlys.example", "kari.nordmann@privat.example")
    assert [mail["recipient"] for mail in mails] == list(addresses)
    assert not any("/not-me/" in notice["text"] for notice in (sms, *mails))  # S4: sealed while it waits
    build_worker(world.services).round()
    [told_by_sms, *_] = world.texts_to("kari.nordmann")
    url = f"http://127.0.0.1:8090/not-me/{_alarm_token(told_by_sms)}"
    values = {"company": "Nordlys Group", "name": "Kari", "time": told, "alarm_url": url}
    text, subject = say(language, "notice_unlock", **values), say(language, "notice_unlock_subject", **values)
    assert all(part in text for part in ("Kari", told, url))
    assert told_by_sms == say(language, "notice_unlock_sms", **values)
    for mail, address in zip(mails, addresses, strict=True):
        assert mail == {**common, "recipient": address, "subject": subject, "text": mail["text"]}
        [sent] = world.services.delivery.sent_to(address)
        assert (sent.subject, sent.text) == (subject, text)


def test_one_address_is_told_once_and_who_has_no_phone_by_mail_only(world: World) -> None:
    """S6"""
    world.edit("kari.nordmann", alternate_email="kari.nordmann@nordlys.example", phone=None)
    world.services.accounts.change_password(_page_link(world, "kari.nordmann"), GOOD_PASSWORD)
    [mail] = world.queued("notice.mail")
    assert mail["recipient"] == "kari.nordmann@nordlys.example"
    assert world.queued("notice.sms") == []
    assert _news(world) == []  # on the page nobody waits in a chat


def test_not_me_is_heard_for_seven_days(world: World) -> None:
    """S6, F14: to the second; and not before there was anything to deny"""
    accounts = world.services.accounts
    accounts.change_password(_page_link(world, "ola.hansen"), GOOD_PASSWORD)
    accounts.change_password(_page_link(world, "kari.nordmann"), GOOD_PASSWORD)
    build_worker(world.services).round()
    ola, kari = (_alarm_token(world.texts_to(username)[0]) for username in ("ola.hansen", "kari.nordmann"))
    world.later(seconds=-1)
    assert accounts.alarm(ola) is False
    world.later(seconds=1, days=7)
    assert accounts.alarm(ola) is False
    world.later(seconds=-1)
    assert accounts.alarm(kari) is True
    [report] = world.queued("case.report")
    assert report == {"reason": "not_me", "account": KARI, "conversation": None, "proven": False}
    assert accounts.alarm(ola) is True  # one person's alarm uses up no other's


def test_who_must_change_again_is_told_so(world: World, faulty: FaultyDirectory) -> None:
    """A directory that asks for another password at the first sign-in all the same."""
    token = world.link("lars.akesson")
    real = world.directory.set_password

    def set_and_ask(account: object, password: str) -> None:
        real(LARS, password)
        world.edit("lars.akesson", must_change=True)

    world.directory.set_password = set_and_ask  # type: ignore[method-assign,assignment]
    outcome = world.services.accounts.change_password(token, GOOD_PASSWORD)
    assert outcome == ChangeOutcome(result=ChangeResult.DONE, must_change=True)
    assert _news(world) == [load("en")["chat_password_changed_must_change"]]


def test_who_cannot_be_looked_at_after_the_write_is_told_that_it_is_set(
    world: World, faulty: FaultyDirectory
) -> None:
    token = world.link("ola.hansen")
    real = world.directory.set_password

    def set_and_go(account: object, password: str) -> None:
        real(OLA, password)
        faulty.fail["find"] = [DirectoryUnavailable("down")]

    world.directory.set_password = set_and_go  # type: ignore[method-assign,assignment]
    outcome = world.services.accounts.change_password(token, GOOD_PASSWORD)
    assert outcome == ChangeOutcome(result=ChangeResult.DONE)
    assert world.queued("chat.say") == [
        {
            "conversation": world.talk("ola.hansen").id,
            "text": load("en")["chat_password_changed"],
            "content": {},
            "author": "notice",
            "author_name": "",
        }
    ]


# --- when the worker looks again ---


def test_the_worker_looks_after_a_minute_what_came_of_a_change(world: World, faulty: FaultyDirectory) -> None:
    """F3, F7: for an hour, and knows how it was before and which claim of the link it was begun with"""
    before = world.account("ola.hansen").password_changed_at
    assert before is not None
    token = world.link("ola.hansen")
    world.later(seconds=5)
    world.services.accounts.change_password(token, GOOD_PASSWORD)
    assert world.queued("account.settle") == [
        {
            "change": _change_id(world),
            "account": OLA,
            "before": before.isoformat(),
            "language": "en",
            "until": (world.clock.now() + timedelta(hours=1)).isoformat(),
            "link": hashlib.sha256(token.encode()).hexdigest(),
            "claimed_at": world.clock.now().isoformat(),
        }
    ]
    assert _due(world, "account.settle") == [timedelta(seconds=60)]


@pytest.mark.parametrize(
    ("failing", "step", "wait"), [(None, "check", 60), ("find", "now", 15), ("unlock", "now", 15)]
)
def test_the_worker_unlocks_what_was_left_half_done(
    world: World, faulty: FaultyDirectory, failing: str | None, step: str, wait: int
) -> None:
    """F1, F7: in fifteen seconds where the directory is down, in a minute where the process may have died"""
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen", "unlock")
    if failing:
        faulty.fail[failing] = [DirectoryUnavailable("down")]
    outcome = world.services.accounts.unlock(talk)
    assert outcome.result is (UnlockResult.QUEUED if failing else UnlockResult.DONE)
    assert world.queued("account.unlock")[-1] == {
        "change": _change_id(world),
        "account": OLA,
        "conversation": talk.id,
        "language": "nb",
        "until": (world.clock.now() + timedelta(minutes=10)).isoformat(),
    }
    assert _due(world, "account.unlock")[-1] == timedelta(seconds=wait)
    with world.services.store.transaction() as connection:
        keys = connection.execute(select(outbox.c.key).where(outbox.c.kind == "account.unlock")).scalars()
        assert list(keys)[-1].endswith(f":{step}")


@pytest.mark.parametrize(
    ("error", "result", "trail", "news", "reported"),
    [
        (ChangeForbidden("no"), UnlockResult.REFUSED, "refused", "chat_unlock_failed", True),
        (NotSupported("no"), UnlockResult.NOT_SUPPORTED, "failed", "chat_lockout_temporary", False),
        (AccountNotFound("no"), UnlockResult.FAILED, "failed", "chat_unlock_failed", True),
    ],
)
def test_an_unlock_that_the_directory_will_not_do(
    world: World,
    faulty: FaultyDirectory,
    error: DirectoryError,
    result: UnlockResult,
    trail: str,
    news: str,
    reported: bool,
) -> None:
    """F1: said at once in the chat; from the worker as news, and L1 gets what a person can do something about"""
    faulty.fail["unlock"] = [error, DirectoryUnavailable("down"), error]
    assert _unlock(world) == UnlockOutcome(result=result, lockouts_today=1)
    assert (_news(world), world.queued("case.report")) == ([], [])
    world.later(hours=1)
    assert _unlock(world).result is UnlockResult.QUEUED
    payload = world.queued("account.unlock")[-1]
    world.services.accounts.retry_unlock(payload)
    assert world.trail("account.unlock") == ["intended", trail, "intended", "queued", trail]
    assert _news(world) == [load("nb")[news]]
    talk = world.talk("ola.hansen").id
    report = {"reason": "unlock_failed", "account": OLA, "conversation": talk, "proven": True}
    assert world.queued("case.report") == ([report] if reported else [])


def test_the_worker_asks_again_each_quarter_of_a_minute(world: World, faulty: FaultyDirectory) -> None:
    """F1: until the ten minutes are over, to the second"""
    faulty.fail["unlock"] = [
        DirectoryUnavailable("down"),
        OutcomeUnknown("time-out"),
        OutcomeUnknown("time-out"),
    ]
    _unlock(world)
    payload = world.queued("account.unlock")[-1]
    world.later(minutes=10, seconds=-1)
    with pytest.raises(TryAgain, match="directory") as caught:
        world.services.accounts.retry_unlock(payload)
    assert caught.value.after == timedelta(seconds=15)
    world.later(seconds=1)
    world.services.accounts.retry_unlock(payload)
    assert world.trail("account.unlock") == ["intended", "queued", "failed"]
    [report] = world.queued("case.report")
    assert (report["reason"], report["account"]) == ("unlock_failed", OLA)


def test_an_unlock_in_vain_is_news_of_an_unlock(world: World, faulty: FaultyDirectory) -> None:
    """Something keeps trying an old password: the worker did unlock it, and says so."""
    faulty.fail["unlock"] = [DirectoryUnavailable("down")]
    _unlock(world)
    real = world.directory.unlock

    def unlock_and_lock(account: object) -> None:
        real(OLA)
        world.directory.lock(OLA)

    world.directory.unlock = unlock_and_lock  # type: ignore[method-assign,assignment]
    world.services.accounts.retry_unlock(world.queued("account.unlock")[-1])
    assert _news(world) == [load("nb")["chat_unlocked"]]
    assert world.trail("account.unlock")[-1] == "done"


def test_an_unlock_ends_what_was_open_and_tells_the_owner(world: World) -> None:
    """S4, S6"""
    other = world.talk("ola.hansen", user="other")
    token = world.link("ola.hansen", user="other")
    world.later(minutes=1)
    world.start(other)
    code = world.code_for("ola.hansen")
    world.later(minutes=1)
    assert _unlock(world).result is UnlockResult.DONE
    assert world.services.links.peek(token) is None
    assert world.check(other, code).outcome == "none"
    assert len(world.queued("notice.sms")) == 1


@pytest.mark.parametrize("gone", [True, False])
def test_who_may_not_be_unlocked_any_more_is_not_unlocked_by_the_worker(
    world: World, faulty: FaultyDirectory, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S7, U15: checked again at the write"""
    faulty.fail["unlock"] = [DirectoryUnavailable("down")]
    _unlock(world)
    if gone:
        monkeypatch.setattr(world.directory, "find", lambda account: None)
    else:
        world.edit("ola.hansen", enabled=False)
    world.services.accounts.retry_unlock(world.queued("account.unlock")[-1])
    assert faulty.calls.count("unlock") == 1
    assert world.trail("account.unlock")[-1] == "refused"
    assert _news(world) == [load("nb")["chat_unlock_failed"]]


def test_settling_asks_again_in_half_a_minute_and_gives_up_after_an_hour(
    world: World, faulty: FaultyDirectory
) -> None:
    """F3: then L1 hears of it, and so does the employee"""
    token = world.link("ola.hansen")
    faulty.fail["set_password"] = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        world.services.accounts.change_password(token, GOOD_PASSWORD)
    [payload] = world.queued("account.settle")
    faulty.fail["find"] = [DirectoryUnavailable("down")] * 2
    world.later(hours=1, seconds=-1)
    with pytest.raises(TryAgain, match="directory") as caught:
        world.services.accounts.settle(payload)
    assert caught.value.after == timedelta(seconds=30)
    world.later(seconds=1)
    world.services.accounts.settle(payload)
    assert world.trail("account.reset") == ["intended", "unknown"]
    assert _news(world) == [load("en")["chat_password_unknown"]]
    talk = world.talk("ola.hansen").id
    report = {"reason": "password_unknown", "account": OLA, "conversation": talk, "proven": True}
    assert world.queued("case.report") == [report]


@pytest.mark.parametrize("undated", ["before", "after"])
def test_what_a_directory_does_not_date_is_settled_as_unknown(
    world: World, faulty: FaultyDirectory, monkeypatch: pytest.MonkeyPatch, undated: str
) -> None:
    """F3: without the time of the last change nobody can tell"""
    token, find = world.link("ola.hansen"), world.directory.find

    def without_a_date(account: AccountId) -> Account | None:
        found = find(account)
        return found and replace(found, password_changed_at=None)

    if undated == "before":
        monkeypatch.setattr(world.directory, "find", without_a_date)
    faulty.lose["set_password"] = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        world.services.accounts.change_password(token, GOOD_PASSWORD)
    monkeypatch.setattr(world.directory, "find", find if undated == "before" else without_a_date)
    [payload] = world.queued("account.settle")
    world.services.accounts.settle(payload)
    assert world.trail("account.reset") == ["intended", "unknown"]
    assert [report["reason"] for report in world.queued("case.report")] == ["password_unknown"]
