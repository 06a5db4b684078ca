from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from servicedesk.challenges import Spent
from servicedesk.conversations import Conversation
from servicedesk.delivery.errors import DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.port import Delivery, Medium, Message
from servicedesk.directory.demo import demo_id
from servicedesk.directory.errors import DirectoryUnavailable
from servicedesk.store.tables import challenges
from servicedesk.verification import (
    Challenge,
    ChallengeView,
    CheckResult,
    CodesExhausted,
    FactorNotUsable,
    SelfServicePaused,
    normalised,
)
from tests.servicedesk.world import FaultyDirectory, World, at_once, put_in, some_account

OLA, KARI = demo_id("ola.hansen"), demo_id("kari.nordmann")


def _kinds(world: World, username: str) -> list[str]:
    return [factor.kind for factor in world.services.verification.factors(world.account(username))]


def test_authenticator_comes_before_sms(world: World) -> None:
    """S2"""
    factors = world.services.verification.factors(world.account("kari.nordmann"))
    assert [(factor.kind, factor.hint) for factor in factors] == [("authenticator", ""), ("sms", "01")]


def test_a_factor_younger_than_72_hours_does_not_count(world: World) -> None:
    """S2, U6"""
    assert _kinds(world, "jonas.lie") == []
    assert _kinds(world, "sophie.wright") == ["authenticator"]
    world.later(hours=47, minutes=59)
    assert _kinds(world, "jonas.lie") == []
    world.later(minutes=1)
    assert _kinds(world, "jonas.lie") == ["sms"]


def test_a_factor_registered_in_the_future_does_not_count(world: World) -> None:
    """F14"""
    world.edit("ola.hansen", phone_since=world.clock.now() + timedelta(days=30))
    assert _kinds(world, "ola.hansen") == []


@pytest.mark.parametrize(
    "username", ["magnus.dahl", "ingrid.solberg", "nils.bergstrom", "peter.vogel", "tobias.wagner"]
)
def test_accounts_that_self_service_must_not_touch_have_no_factor(world: World, username: str) -> None:
    """S7: although each of them has a phone"""
    assert world.account(username).phone is not None
    assert _kinds(world, username) == []


def test_mail_counts_only_where_it_is_switched_on_and_is_another_mailbox(world: World) -> None:
    """S2"""
    kari = world.account("kari.nordmann")
    assert "mail" not in _kinds(world, "kari.nordmann")
    world.with_parts(TIER0_FACTORS="sms, authenticator, mail")
    verification = world.services.verification
    assert [factor.kind for factor in verification.factors(kari)] == ["authenticator", "sms", "mail"]
    own_mailbox = some_account(world, alternate_email=kari.email.upper())
    assert "mail" not in [factor.kind for factor in verification.factors(own_mailbox)]


def test_a_right_code_is_accepted_once(world: World) -> None:
    """S3"""
    talk = world.talk("ola.hansen")
    world.start(talk, "unlock")
    code = world.code_for("ola.hansen")
    assert world.check(talk, code).outcome == "accepted"
    assert world.check(talk, code).outcome == "none"
    verification = world.services.verification
    assert verification.spend_accepted(talk.id, "unlock") == demo_id("ola.hansen")
    assert verification.spend_accepted(talk.id, "unlock") is None


def _view(world: World, talk: Conversation) -> ChallengeView:
    view = world.services.verification.state(talk.id)
    assert view is not None
    return view


def test_who_waits_for_a_code_is_told_how_it_stands(world: World) -> None:
    """S3: 6 digits, to the number that ends in these two, for ten minutes; and how many tries are left"""
    talk = world.talk("ola.hansen")
    challenge = world.start(talk, "unlock")
    until = world.clock.now() + timedelta(minutes=10)
    assert challenge == Challenge(id=challenge.id, factor="sms", hint="02", digits=6, expires_at=until)
    with world.services.store.transaction() as connection:
        assert connection.execute(select(challenges.c.id)).scalar_one() == challenge.id
    assert len(world.code_for("ola.hansen")) == 6
    waiting = ChallengeView(
        purpose="unlock",
        factor="sms",
        hint="02",
        digits=6,
        state="open",
        wrong=0,
        tries_left=5,
        paused_until=None,
    )
    assert _view(world, talk) == waiting
    assert world.check(talk, world.wrong_code("ola.hansen")) == CheckResult(outcome="wrong", tries_left=4)
    assert _view(world, talk) == replace(waiting, wrong=1, tries_left=4)
    assert world.check(talk, world.code_for("ola.hansen")) == CheckResult(outcome="accepted", tries_left=4)
    assert _view(world, talk) == replace(waiting, wrong=1, tries_left=4, state="accepted")
    assert world.services.verification.spend_accepted(talk.id, "unlock") == OLA
    assert world.services.verification.state(talk.id) is None


def test_a_code_that_is_too_old_costs_no_try(world: World) -> None:
    """S3"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    world.check(talk, world.wrong_code("ola.hansen"))
    world.later(minutes=10)
    for _ in range(2):
        late = world.check(talk, world.code_for("ola.hansen"))
        assert late == CheckResult(outcome="expired", tries_left=4)
    assert (_view(world, talk).state, _view(world, talk).tries_left) == ("expired", 4)


def test_where_nothing_is_waited_for_nothing_counts(world: World) -> None:
    """S3, U14: before the first code, and after the right one"""
    talk = world.talk("ola.hansen")
    assert world.check(talk, "000000") == CheckResult(outcome="none", tries_left=0)
    world.prove(talk, "ola.hansen")
    assert world.check(talk, world.wrong_code("ola.hansen")) == CheckResult(outcome="none", tries_left=0)
    assert (_view(world, talk).state, _view(world, talk).tries_left) == ("accepted", 5)


def test_what_is_proven_outlives_another_code(world: World) -> None:
    """S3: asking again takes nothing away; a new code ends only older codes"""
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen")
    world.later(minutes=1)
    world.start(talk)
    assert world.services.verification.spend_accepted(talk.id, "reset") == OLA


def test_a_code_ended_by_one_on_another_device_is_shown_as_ended(world: World) -> None:
    phone, laptop = world.talk("ola.hansen", user="phone"), world.talk("ola.hansen", user="laptop")
    world.start(phone)
    world.later(seconds=60)
    world.start(laptop)
    assert (_view(world, phone).state, _view(world, laptop).state) == ("expired", "open")


def test_codes_come_from_the_whole_range(world: World) -> None:
    """S3: 6 digits, 8 where nobody is proven, leading zeros too"""
    for proven, digits in ((True, 6), (False, 8)):
        codes = {world.services.verification.new_code(proven=proven) for _ in range(200)}
        assert all(len(code) == digits and code.isdecimal() for code in codes)
        assert len(codes) > 190
        assert len({code[0] for code in codes}) > 5


def test_the_slower_of_two_right_codes_opens_nothing_and_costs_no_try(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3, F11: it is compared while the other one is taken"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    code, ours = world.code_for("ola.hansen"), world.services.verification.challenges
    compare = ours.code_matches

    def overtaken(row: object, typed: str) -> bool:
        monkeypatch.setattr(ours, "code_matches", compare)
        assert world.check(talk, code) == CheckResult(outcome="accepted", tries_left=4)
        return compare(row, typed)  # type: ignore[arg-type]

    monkeypatch.setattr(ours, "code_matches", overtaken)
    assert world.check(talk, code) == CheckResult(outcome="none", tries_left=0)
    assert _view(world, talk).tries_left == 5
    assert world.trail("code.checked") == ["accepted"]
    assert world.services.verification.spend_accepted(talk.id, "reset") == OLA
    assert world.services.verification.spend_accepted(talk.id, "reset") is None


def test_tries_whose_process_died_stay_counted(world: World) -> None:
    """S3: counted, and committed, before anything is compared"""
    talk, verification = world.talk("ola.hansen"), world.services.verification
    world.start(talk)
    for left in (4, 3, 2, 1, 0):
        with world.services.store.transaction() as connection:
            assert verification.limits.count_try(connection, OLA, proven=True) is not None
        assert _view(world, talk).tries_left == left
    code = world.code_for("ola.hansen")
    assert world.check(talk, code) == CheckResult(outcome="paused", tries_left=0)
    assert verification.paused_until(OLA, proven=True) == world.clock.now() + timedelta(hours=24)


def test_an_authenticator_that_cannot_be_asked_is_a_no(world: World) -> None:
    """F1: when a check cannot be made, the answer is no; the try is counted all the same"""
    faulty = FaultyDirectory(world.directory)
    put_in(world.services, faulty)
    talk = world.talk("kari.nordmann")
    world.start(talk, factor="authenticator")
    code = world.directory.demo_authenticator_code(KARI) or ""
    faulty.fail["check_authenticator"] = [DirectoryUnavailable("down")]
    assert world.check(talk, code) == CheckResult(outcome="wrong", tries_left=4)
    assert world.check(talk, code).outcome == "accepted"


def _ask(world: World, *, proven: bool, factor: str = "sms") -> Conversation:
    talk = world.talk("kari.nordmann")
    world.services.verification.start(
        world.account("kari.nordmann"),
        purpose="reset",
        factor=factor,
        conversation=talk.id,
        channel_user=talk.channel_user,
        proven=proven,
        language="nb",
    )
    return talk


def _ask_and_fail(world: World, *, proven: bool) -> Conversation:
    """A code for Kari's account that somebody asks for, and five wrong ones."""
    talk = _ask(world, proven=proven)
    for _ in range(5):
        world.check(talk, world.wrong_code("kari.nordmann"))
    return talk


@pytest.mark.parametrize(("proven", "actor"), [(True, "bot"), (False, "page")])
def test_the_trail_says_who_asked_for_whom_and_with_what(world: World, proven: bool, actor: str) -> None:
    """D2"""
    _ask_and_fail(world, proven=proven)
    details = {"factor": "sms", "proven": proven}
    for event, outcome in (("code.started", "done"), ("code.checked", "wrong")):
        row = world.last_row(event, KARI)
        assert row == {"outcome": outcome, "actor": actor, "details": details}
    paused = world.last_row("selfservice.paused", KARI)
    assert paused == {"outcome": "done", "actor": actor, "details": {"factor": "", "proven": proven}}
    world.later(hours=24)
    talk = _ask(world, proven=proven)
    assert world.check(talk, world.code_for("kari.nordmann")).outcome == "accepted"
    assert world.last_row("code.checked", KARI) == {"outcome": "accepted", "actor": actor, "details": details}


@pytest.mark.parametrize("proven", [True, False])
def test_l1_hears_of_each_pause_and_where_it_may_answer(world: World, proven: bool) -> None:
    """S3: into the owner's conversation, never into a stranger's; and of the next day's pause again"""
    talk = _ask_and_fail(world, proven=proven)
    assert world.queued("case.report") == [
        {"reason": "paused", "account": KARI, "conversation": talk.id if proven else None, "proven": proven}
    ]
    assert world.services.verification.paused_until(KARI, proven=not proven) is None
    world.later(hours=24)
    _ask_and_fail(world, proven=proven)
    assert len(world.queued("case.report")) == 2


def test_a_pause_ends_what_waits_elsewhere_but_not_for_the_other_kind(world: World) -> None:
    """S3, U14: strangers' wrong codes end no proof of the owner's"""
    own, given = world.talk("kari.nordmann", user="own"), world.talk("kari.nordmann", user="given")
    world.prove(given, "kari.nordmann")
    world.start(own, factor="authenticator")
    world.later(minutes=1)
    _ask_and_fail(world, proven=False)
    assert (_view(world, own).state, _view(world, given).state) == ("open", "accepted")
    world.later(minutes=1)
    _ask_and_fail(world, proven=True)
    assert world.services.verification.spend_accepted(given.id, "reset") is None
    assert _view(world, own).state == "expired"
    with pytest.raises(SelfServicePaused) as caught:
        world.start(own, factor="authenticator")
    assert caught.value.until == world.clock.now() + timedelta(hours=24)


def test_a_stranger_sees_no_digit_of_the_number(world: World) -> None:
    """S8"""
    talk = world.talk("kari.nordmann")
    world.start(talk)
    assert _view(world, talk).hint == "01"
    world.later(minutes=1)
    talk = _ask_and_fail(world, proven=False)
    view = _view(world, talk)
    assert (view.hint, view.digits, view.tries_left) == ("", 8, 0)
    assert view.paused_until == world.clock.now() + timedelta(hours=24)
    world.later(hours=24)
    assert _view(world, _ask(world, proven=False, factor="authenticator")).digits == 6


def test_a_proof_for_one_purpose_is_none_for_another(world: World) -> None:
    """S3"""
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen", "unlock")
    assert world.services.verification.spend_accepted(talk.id, "reset") is None


def test_the_code_stands_nowhere_but_in_the_sms(world: World) -> None:
    """S3: neither the database of record nor the outbox holds it"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    code = world.code_for("ola.hansen")
    with world.services.store.transaction() as connection:
        row = connection.execute(select(challenges)).one()
    assert code not in str(dict(row._mapping))
    assert code not in str(world.queued("notice.sms"))
    assert len(row.code_mac) == 64


def test_the_sms_says_what_it_is_for_and_that_we_never_ask_for_it(world: World) -> None:
    talk = world.talk("ola.hansen")
    world.start(talk, "unlock", language="nb")
    text = world.texts_to("ola.hansen")[0]
    assert "låse opp kontoen" in text
    assert "aldri" in text


def test_a_code_ends_after_ten_minutes(world: World) -> None:
    """S3"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    code = world.code_for("ola.hansen")
    world.later(minutes=10)
    assert world.check(talk, code).outcome == "expired"
    view = world.services.verification.state(talk.id)
    assert view is not None
    assert view.state == "expired"


def test_a_clock_that_went_back_revives_nothing(world: World) -> None:
    """F14"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    code = world.code_for("ola.hansen")
    world.later(seconds=-1)
    assert world.check(talk, code).outcome == "expired"


def test_an_accepted_proof_is_good_for_ten_minutes(world: World) -> None:
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen", "unlock")
    world.later(minutes=10)
    view = world.services.verification.state(talk.id)
    assert view is not None
    assert view.state == "expired"
    assert world.services.verification.spend_accepted(talk.id, "unlock") is None


def test_only_the_newest_code_counts(world: World) -> None:
    """S3"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    older = world.code_for("ola.hansen")
    world.later(seconds=60)
    world.start(talk)
    newer = world.code_for("ola.hansen")
    if older != newer:
        assert world.check(talk, older).outcome == "wrong"
    assert world.check(talk, newer).outcome == "accepted"


def test_a_new_code_ends_the_one_on_another_device(world: World) -> None:
    """S3: newest only, an account"""
    phone, laptop = world.talk("ola.hansen", user="phone"), world.talk("ola.hansen", user="laptop")
    world.start(phone)
    code = world.code_for("ola.hansen")
    world.later(seconds=60)
    world.start(laptop)
    assert world.check(phone, code).outcome == "none"


def test_a_code_is_bound_to_conversation_and_channel_user(world: World) -> None:
    """S3"""
    talk, other = world.talk("ola.hansen"), world.talk("erik.lindqvist")
    world.start(talk)
    code = world.code_for("ola.hansen")
    assert world.check(other, code).outcome == "none"
    stranger = replace(talk, channel_user="somebody else")
    assert world.check(stranger, code).outcome == "none"
    assert world.check(talk, code).outcome == "accepted"


def test_codes_are_understood_as_people_type_them() -> None:
    assert normalised(" 12 34-56\u200b") == "123456"
    assert normalised("１２３４５６") == "123456"
    assert normalised("123.456\u00a0") == "123456"
    assert len(normalised("1" * 100_000)) == 64


def test_five_wrong_codes_pause_the_account_for_a_day_and_l1_hears_of_it(world: World) -> None:
    """S3"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    wrong = world.wrong_code("ola.hansen")
    outcomes = [world.check(talk, wrong) for _ in range(5)]
    assert [(result.outcome, result.tries_left) for result in outcomes] == [
        ("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1), ("paused", 0),
    ]  # fmt: skip
    assert world.check(talk, world.code_for("ola.hansen")).outcome in ("none", "paused")
    with pytest.raises(SelfServicePaused) as caught:
        world.start(talk)
    assert caught.value.until == world.clock.now() + timedelta(hours=24)
    [report] = world.queued("case.report")
    assert (report["reason"], report["account"]) == ("paused", demo_id("ola.hansen"))
    view = world.services.verification.state(talk.id)
    assert view is not None
    assert view.paused_until == caught.value.until
    world.later(hours=24)
    world.start(talk)


def test_a_new_code_resets_no_count(world: World) -> None:
    """S3: neither does a right one"""
    talk = world.talk("ola.hansen")
    for _ in range(2):
        world.start(talk)
        assert world.check(talk, world.wrong_code("ola.hansen")).outcome == "wrong"
        world.later(minutes=5)
    world.start(talk)
    assert world.check(talk, world.code_for("ola.hansen")).tries_left == 3
    world.later(hours=1)
    world.start(talk)
    assert world.check(talk, world.wrong_code("ola.hansen")).tries_left == 2


def test_wrong_codes_count_for_exactly_24_hours(world: World) -> None:
    """S3: a sliding day, so that no five fit into any 24 hours"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    world.check(talk, world.wrong_code("ola.hansen"))
    world.later(hours=23, minutes=55)
    world.start(talk)
    for left in (3, 2, 1):
        assert world.check(talk, world.wrong_code("ola.hansen")).tries_left == left
    world.later(minutes=6)
    result = world.check(talk, world.wrong_code("ola.hansen"))
    assert (result.outcome, result.tries_left) == ("wrong", 1)
    assert world.check(talk, world.wrong_code("ola.hansen")).outcome == "paused"


def test_wrong_codes_count_over_all_devices_and_factors(world: World) -> None:
    """S3"""
    talk, other = world.talk("kari.nordmann"), world.talk("kari.nordmann", user="other")
    world.start(talk)
    for _ in range(3):
        world.check(talk, world.wrong_code("kari.nordmann"))
    world.start(other, factor="authenticator")
    assert world.check(other, "000000").tries_left == 1
    assert world.check(other, "000000").outcome == "paused"


def test_codes_are_60_seconds_apart_three_an_hour_and_five_a_day(world: World) -> None:
    """S3, U3"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    world.later(seconds=59)
    with pytest.raises(CodesExhausted) as caught:
        world.start(talk)
    assert caught.value.wait == timedelta(seconds=1)
    for _ in range(2):
        world.later(seconds=61)
        world.start(talk)
    world.later(seconds=61)
    with pytest.raises(CodesExhausted) as caught:
        world.start(talk)
    assert timedelta(minutes=50) < caught.value.wait < timedelta(hours=1)
    world.later(hours=1)
    for _ in range(2):
        world.start(talk)
        world.later(minutes=2)
    with pytest.raises(CodesExhausted) as caught:
        world.start(talk)
    assert caught.value.wait > timedelta(hours=20)
    assert len(world.texts_to("ola.hansen")) == 5


def test_the_authenticator_has_no_send_limit(world: World) -> None:
    talk = world.talk("kari.nordmann")
    for _ in range(10):
        world.start(talk, factor="authenticator")
    code = world.directory.demo_authenticator_code(demo_id("kari.nordmann"))
    assert code is not None
    assert world.check(talk, code).outcome == "accepted"


def test_a_factor_that_does_not_count_cannot_be_asked_for(world: World) -> None:
    """S2, S7"""
    for username, factor in (("jonas.lie", "sms"), ("magnus.dahl", "sms"), ("ola.hansen", "mail")):
        with pytest.raises(FactorNotUsable, match=factor):
            world.start(world.talk(username), factor=factor)
        assert world.texts_to(username) == []


def test_an_sms_that_cannot_be_sent_leaves_no_open_code(world: World) -> None:
    """F15"""

    class Down:
        def send(self, message: object) -> None:
            raise DeliveryUnavailable("gateway")

    world.services.verification._delivery = Down()
    talk = world.talk("kari.nordmann")
    with pytest.raises(DeliveryUnavailable):
        world.start(talk)
    assert world.check(talk, "123456").outcome == "none"
    failed = world.last_row("code.sent", demo_id("kari.nordmann"))
    assert failed == {"outcome": "failed", "actor": "bot", "details": {"factor": "sms", "proven": True}}
    world.start(talk, factor="authenticator")


def test_cancel_ends_what_is_open(world: World) -> None:
    talk = world.talk("ola.hansen")
    verification = world.services.verification
    assert verification.cancel(talk.id) is False
    world.start(talk)
    assert verification.cancel(talk.id) is True
    assert verification.state(talk.id) is None
    assert world.check(talk, world.code_for("ola.hansen")).outcome == "none"
    world.later(hours=1)
    world.prove(talk, "ola.hansen")
    assert verification.cancel(talk.id) is True
    assert verification.spend_accepted(talk.id, "reset") is None
    world.later(hours=1)
    world.start(talk)
    world.later(minutes=10)
    assert verification.cancel(talk.id) is False  # it had ended by itself, and is not shown any more
    assert verification.state(talk.id) is None


def test_cancel_and_a_new_code_end_nobody_elses(world: World) -> None:
    """S3, U14: nor what the same account waits for on the page"""
    ola, kari = world.talk("ola.hansen"), world.talk("kari.nordmann")
    verification = world.services.verification
    verification.start(
        world.account("ola.hansen"),
        purpose="reset",
        factor="sms",
        conversation="page",
        channel_user="page",
        proven=False,
        language="nb",
    )
    world.start(kari)
    world.later(minutes=1)
    world.start(ola)
    for other in ("page", kari.id):
        view = verification.state(other)
        assert view is not None
        assert view.state == "open"
    assert verification.cancel(ola.id) is True
    assert world.check(kari, world.code_for("kari.nordmann")).outcome == "accepted"
    assert verification.cancel("page") is True


def test_a_proof_that_was_just_used_is_used_up(world: World) -> None:
    """S3, F11: for the slower of two who hold it in their hands"""
    talk, verification = world.talk("ola.hansen"), world.services.verification
    asked = world.clock.now()
    world.start(talk, "unlock")
    world.later(minutes=2)
    assert world.check(talk, world.code_for("ola.hansen")).outcome == "accepted"
    world.later(minutes=10, seconds=-1)
    with world.services.store.transaction() as connection:
        row = verification.challenges.newest(connection, talk.id)
        assert row is not None
        assert verification.challenges.spend(connection, row) == Spent(account=OLA, issued_at=asked)
        assert verification.challenges.spend(connection, row) is None


def test_void_all_ends_open_and_accepted_proofs_everywhere(world: World) -> None:
    """S4"""
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen", "unlock")
    world.services.verification.void_all(demo_id("ola.hansen"))
    assert world.services.verification.spend_accepted(talk.id, "unlock") is None


@pytest.mark.race
def test_fifty_right_codes_at_once_are_accepted_once(world: World) -> None:
    """S3: the SMS code"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    code = world.code_for("ola.hansen")
    outcomes = at_once(50, lambda _: world.check(talk, code).outcome)
    assert outcomes.count("accepted") == 1
    assert world.services.verification.paused_until(demo_id("ola.hansen"), proven=True) is None


@pytest.mark.race
def test_thirty_right_authenticator_codes_at_once_are_accepted_once(world: World) -> None:
    talk = world.talk("kari.nordmann")
    world.start(talk, factor="authenticator")
    code = world.directory.demo_authenticator_code(demo_id("kari.nordmann"))
    assert code is not None
    outcomes = at_once(30, lambda _: world.check(talk, code).outcome)
    assert outcomes.count("accepted") == 1


@pytest.mark.race
def test_a_hundred_wrong_codes_at_once_are_compared_five_times(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3, U2"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    wrong = world.wrong_code("ola.hansen")
    compared: list[str] = []
    real = world.services.verification.challenges.code_matches

    def counting(row: object, code: str) -> bool:
        compared.append(code)
        return real(row, code)  # type: ignore[arg-type]

    monkeypatch.setattr(world.services.verification.challenges, "code_matches", counting)
    outcomes = at_once(100, lambda _: world.check(talk, wrong).outcome)
    assert len(compared) == 5
    assert "accepted" not in outcomes
    assert world.check(talk, world.code_for("ola.hansen")).outcome != "accepted"
    assert len(world.queued("case.report")) == 1


@pytest.mark.race
def test_twenty_accepted_proofs_at_once_are_spent_once(world: World) -> None:
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen", "unlock")
    spent = at_once(20, lambda _: world.services.verification.spend_accepted(talk.id, "unlock"))
    assert sum(one is not None for one in spent) == 1


@pytest.mark.race
def test_ten_starts_at_once_send_one_sms(world: World) -> None:
    """S3, U3"""
    talk = world.talk("ola.hansen")

    def start(_: int) -> bool:
        try:
            world.start(talk)
        except CodesExhausted:
            return False
        return True

    assert at_once(10, start).count(True) == 1
    assert len(world.texts_to("ola.hansen")) == 1


def test_every_step_stands_in_the_audit_trail(world: World) -> None:
    """D2"""
    talk = world.talk("ola.hansen")
    world.start(talk)
    world.check(talk, world.wrong_code("ola.hansen"))
    world.check(talk, world.code_for("ola.hansen"))
    assert world.trail("code.started") == ["done"]
    assert world.trail("code.checked") == ["wrong", "accepted"]


class _Unsure:
    """A gateway that takes every message and never answers (F15)."""

    media = frozenset(Medium)

    def __init__(self, inner: Delivery) -> None:
        self._inner = inner

    def send(self, message: Message) -> None:
        self._inner.send(message)
        raise DeliveryUnclear("no answer")


def test_a_code_that_may_have_left_stays_good(world: World) -> None:
    """F15: lost after the gateway took it"""
    world.services.verification._delivery = _Unsure(world.services.delivery)
    talk = world.talk("ola.hansen")
    assert world.start(talk, "unlock").unclear is True
    assert len(world.texts_to("ola.hansen")) == 1, "and it is not sent twice"
    assert world.check(talk, world.code_for("ola.hansen")).outcome == "accepted"
    assert world.trail("code.sent") == ["unclear"]
