"""S2, S8: the reset page, where nobody is proven and no answer may tell one account from another."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from servicedesk.accounts import ChangeResult
from servicedesk.delivery.errors import DeliveryUnavailable
from servicedesk.directory.demo import demo_id
from servicedesk.directory.errors import DirectoryUnavailable
from servicedesk.links import LinkView
from servicedesk.page_proof import PageProof
from servicedesk.store.tables import challenges, channel_tries, code_sends, code_tries
from servicedesk.verification import CheckResult
from tests.servicedesk.world import GOOD_PASSWORD, FaultyDirectory, World, put_in

KARI = demo_id("kari.nordmann")
CANNOT = (
    "nobody.here",
    "nils.bergstrom",  # disabled
    "magnus.dahl",  # privileged
    "ingrid.solberg",  # VIP
    "peter.vogel",  # guest
    "silje.haugen",  # no factor
    "ola.hansen",  # one factor only
    "sophie.wright",  # two factors, one of them too new
)


@pytest.fixture
def page(world: World) -> PageProof:
    proof = world.services.page_proof
    proof._run = lambda work: work()
    proof._answer_time = 0.0
    return proof


def _give(world: World, page: PageProof, session: str, factor: str) -> bool:
    if factor == "sms":
        return page.check(session, world.code_for("kari.nordmann"))
    return page.check(session, world.directory.demo_authenticator_code(KARI) or "")


def _both(world: World, page: PageProof, session: str = "s1") -> None:
    page.begin(session, "kari.nordmann", "sms", "nb")
    assert _give(world, page, session, "sms")
    assert page.second(session, "authenticator", "nb")
    assert _give(world, page, session, "authenticator")


def test_two_different_factors_lead_to_a_link(world: World, page: PageProof) -> None:
    """S2"""
    _both(world, page)
    token = page.link("s1", "nb")
    assert token is not None
    assert page.link("s1", "nb") is None
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.DONE
    assert world.queued("chat.say") == []


def test_the_link_is_one_of_the_page_and_good_for_ten_minutes(world: World, page: PageProof) -> None:
    """S4: news of it goes into no conversation"""
    _both(world, page)
    now = world.clock.now()
    assert world.services.links.peek(page.link("s1", "sv") or "") == LinkView(
        account=KARI, conversation=None, language="sv", issued_at=now, expires_at=now + timedelta(minutes=10)
    )


def test_the_page_offers_everybody_the_same(world: World, page: PageProof) -> None:
    """S2, S8: mail only where it is switched on; what is not offered cannot be asked for"""
    assert page.offered() == ("sms", "authenticator")
    assert (page.digits("sms"), page.digits("authenticator")) == (8, 6)
    page.begin("s1", "kari.nordmann", "mail", "nb")
    page.begin("s1", "kari.nordmann", "", "nb")
    with world.services.store.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(challenges)).scalar() == 0
    world.with_parts(TIER0_FACTORS="authenticator sms mail")
    page = world.services.page_proof
    page._run, page._answer_time = lambda work: work(), 0.0
    assert page.offered() == ("sms", "authenticator", "mail")
    assert _give_first(world, page, "authenticator")
    assert page.second("s1", "mail", "nb") is True
    [mail] = world.services.delivery.sent_to("kari.nordmann@privat.example")
    assert page.check("s1", re.findall(r"\b\d{8}\b", mail.text)[0])
    assert page.proven("s1") == ("mail", "authenticator")
    assert page.link("s1", "nb") is not None


def _give_first(world: World, page: PageProof, factor: str, session: str = "s1") -> bool:
    page.begin(session, "kari.nordmann", factor, "nb")
    return _give(world, page, session, factor)


def test_a_factor_that_was_given_is_good_for_ten_minutes(world: World, page: PageProof) -> None:
    """S3: to the second, for the second factor and for the link"""
    assert _give_first(world, page, "authenticator")
    world.later(minutes=10, seconds=-1)
    assert page.proven("s1") == ("authenticator",)
    assert page.second("s1", "sms", "nb") is True
    assert _give(world, page, "s1", "sms")
    world.later(seconds=1)
    assert page.proven("s1") == ("sms",)
    assert page.link("s1", "nb") is None
    assert page.second("s1", "authenticator", "nb") is True


def test_a_proof_is_its_sessions_alone(world: World, page: PageProof) -> None:
    """S3: what one visitor has given is nothing in another's session"""
    assert _give_first(world, page, "authenticator")
    page.begin("s2", "kari.nordmann", "sms", "nb")
    assert _give(world, page, "s2", "sms")
    assert (page.proven("s1"), page.proven("s2")) == (("authenticator",), ("sms",))
    assert (page.link("s1", "nb"), page.link("s2", "nb")) == (None, None)


def test_another_name_in_the_session_ends_the_first_ones_proof(world: World, page: PageProof) -> None:
    assert _give_first(world, page, "authenticator")
    page.begin("s1", "nobody.here", "sms", "nb")
    assert page.proven("s1") == ()
    world.later(minutes=1)
    assert _give_first(world, page, "authenticator", "s2")
    page.begin("s2", "kari.nordmann", "sms", "nb")  # the same name goes on where it was
    assert page.proven("s2") == ("authenticator",)


def test_who_lost_the_second_factor_in_between_gets_no_link(world: World, page: PageProof) -> None:
    """S2, U6: nor whose account is gone or became privileged"""
    _both(world, page)
    world.edit("kari.nordmann", groups=["domain-admins"])
    assert page.link("s1", "nb") is None
    world.edit("kari.nordmann", groups=["sales"])
    find = world.directory.find
    world.directory.find = lambda account: None  # type: ignore[method-assign,assignment]
    assert page.link("s1", "nb") is None
    world.directory.find = find  # type: ignore[method-assign]
    assert page.link("s1", "nb") is not None


def test_names_that_nobody_has_are_limited_like_real_ones(world: World, page: PageProof) -> None:
    """S8: sends are counted alike, though nothing is sent"""

    def sends(username: str) -> list[timedelta]:
        began = world.clock.now()
        for number in range(6):
            page.begin(f"{username} {number}", username, "sms", "nb")
            world.later(minutes=2 if number % 2 else 0.5)
        page.begin(f"{username} a", username, "authenticator", "nb")
        with world.services.store.transaction() as connection:
            query = select(code_sends.c.at, code_sends.c.proven).where(code_sends.c.at >= began)
            rows = connection.execute(query.order_by(code_sends.c.at)).all()
        assert not any(row.proven for row in rows)
        world.later(hours=1)
        return [row.at - began for row in rows]

    seen = [sends(username) for username in ("kari.nordmann", "nobody.here", "magnus.dahl", "ola.hansen")]
    assert [len(times) for times in seen] == [2] * 4
    assert all(times == seen[0] for times in seen)


def test_a_pretended_proof_looks_like_one(world: World, page: PageProof) -> None:
    """S8: what stands in the database tells no more than the answers do"""
    for session, username in (("s1", "nobody.here"), ("s2", "kari.nordmann")):
        page.begin(session, username, "sms", "nb")
    with world.services.store.transaction() as connection:
        query = select(challenges).order_by(challenges.c.conversation)
        rows = [dict(row._mapping) for row in connection.execute(query)]
    for row in rows:
        assert (row["channel_user"], row["purpose"], row["factor"]) == (row["conversation"], "reset", "sms")
        assert (row["state"], row["proven"], len(row["code_mac"])) == ("open", False, 64)
    assert rows[0]["account"].startswith("name:")
    assert rows[1]["account"] == KARI


def test_the_order_of_factors_does_not_matter(world: World, page: PageProof) -> None:
    page.begin("s1", "KARI.nordmann@nordlys.example", "authenticator", "nb")
    assert _give(world, page, "s1", "authenticator")
    assert page.proven("s1") == ("authenticator",)
    assert page.second("s1", "sms", "nb")
    assert _give(world, page, "s1", "sms")
    assert page.link("s1", "nb") is not None


def test_one_factor_leads_nowhere(world: World, page: PageProof) -> None:
    """S2"""
    page.begin("s1", "kari.nordmann", "sms", "nb")
    assert page.second("s1", "authenticator", "nb") is False
    assert _give(world, page, "s1", "sms")
    assert page.link("s1", "nb") is None
    assert page.second("s1", "sms", "nb") is False
    world.later(minutes=2)
    page.begin("s1", "kari.nordmann", "sms", "nb")
    assert _give(world, page, "s1", "sms")
    assert page.link("s1", "nb") is None


def test_codes_have_eight_digits(world: World, page: PageProof) -> None:
    """S3"""
    page.begin("s1", "kari.nordmann", "sms", "nb")
    assert len(world.code_for("kari.nordmann")) == page.digits("sms") == 8


def test_factors_of_two_accounts_do_not_add_up(world: World, page: PageProof) -> None:
    page.begin("s1", "kari.nordmann", "sms", "nb")
    assert _give(world, page, "s1", "sms")
    page.begin("s1", "lena.schmidt", "authenticator", "de")
    assert page.check("s1", world.directory.demo_authenticator_code(demo_id("lena.schmidt")) or "")
    assert page.link("s1", "nb") is None


def test_a_proof_on_the_page_is_none_in_a_chat(world: World, page: PageProof) -> None:
    """S2"""
    page.begin("s1", "kari.nordmann", "sms", "nb")
    assert _give(world, page, "s1", "sms")
    assert world.services.verification.spend_accepted("s1", "reset") is None


@pytest.mark.parametrize("username", CANNOT)
@pytest.mark.parametrize("factor", ["sms", "authenticator"])
def test_who_cannot_goes_through_the_same_steps_and_gets_nothing(
    world: World, page: PageProof, username: str, factor: str
) -> None:
    """S7, S8"""
    page.begin("s1", username, factor, "nb")
    with world.services.store.transaction() as connection:
        row = connection.execute(select(challenges)).one()
    assert (row.state, row.conversation, row.proven) == ("open", "s1", False)
    assert world.services.delivery.recent() == ()
    for code in ("", "00000000", "12345678", "none:"):
        assert page.check("s1", code) is False
    assert page.second("s1", "sms", "nb") is False
    assert page.link("s1", "nb") is None
    with world.services.store.transaction() as connection:
        counted = connection.execute(select(code_tries.c.wrong).where(code_tries.c.wrong > 0)).scalar_one()
    assert counted == 4


def test_a_name_that_nobody_has_is_stored_as_a_pseudonym_and_bothers_nobody(
    world: World, page: PageProof
) -> None:
    """S8, D1"""
    page.begin("s1", "hemmelig.person", "sms", "nb")
    for _ in range(7):
        page.check("s1", "00000000")
    with world.services.store.transaction() as connection:
        row = connection.execute(select(challenges)).one()
    assert "hemmelig" not in str(dict(row._mapping))
    assert world.queued("case.report") == []


def test_five_wrong_codes_on_the_page_do_not_pause_the_chat(world: World, page: PageProof) -> None:
    """U14: strangers and owner are counted apart"""
    page.begin("s1", "kari.nordmann", "sms", "nb")
    for _ in range(6):
        assert page.check("s1", "00000000") is False
    verification = world.services.verification
    assert verification.paused_until(KARI, proven=False) is not None
    assert verification.paused_until(KARI, proven=True) is None
    [report] = world.queued("case.report")
    assert (report["proven"], report["conversation"]) == (False, None)
    world.later(minutes=1)
    world.prove(world.talk("kari.nordmann"), "kari.nordmann")


def test_a_stranger_does_not_end_the_owners_code(world: World, page: PageProof) -> None:
    """U14"""
    talk = world.talk("kari.nordmann")
    world.start(talk)
    code = world.code_for("kari.nordmann")
    world.later(minutes=1)
    page.begin("s1", "kari.nordmann", "sms", "nb")
    assert world.check(talk, code).outcome == "accepted"


def test_strangers_cannot_use_up_the_owners_codes(world: World, page: PageProof) -> None:
    """U3, U14: two an hour and three a day from the page; the owner still gets one"""
    for number in range(8):
        page.begin(f"s{number}", "kari.nordmann", "sms", "nb")
        world.later(minutes=2)
    assert len(world.texts_to("kari.nordmann")) == 2
    world.start(world.talk("kari.nordmann"))
    for number in range(24):
        world.later(hours=1)
        page.begin(f"t{number}", "kari.nordmann", "sms", "nb")
    assert len(world.texts_to("kari.nordmann")) <= 3 + 1 + 1


def test_asking_twice_keeps_the_code_that_is_on_its_way(world: World, page: PageProof) -> None:
    for _ in range(2):
        page.begin("s1", "kari.nordmann", "sms", "nb")
    assert len(world.texts_to("kari.nordmann")) == 1
    assert _give(world, page, "s1", "sms")


def test_thirty_wrong_codes_over_all_names_pause_the_page(world: World, page: PageProof) -> None:
    """S3: for fifteen minutes, and only the page"""
    talk = world.talk("ola.hansen")
    for number in range(10):
        page.begin(f"s{number}", f"guess{number}", "sms", "nb")
        for _ in range(3):
            page.check(f"s{number}", "00000000")
    page.begin("mine", "kari.nordmann", "sms", "nb")
    code = world.code_for("kari.nordmann")
    assert page.check("mine", code) is False
    world.prove(talk, "ola.hansen")
    with world.services.store.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(channel_tries)).scalar() == 30
    world.later(minutes=15)
    page.begin("mine", "kari.nordmann", "sms", "nb")
    assert page.check("mine", world.code_for("kari.nordmann")) is True


def test_failures_outside_look_like_everything_else(world: World, page: PageProof) -> None:
    """S8, F1, F15"""
    faulty = FaultyDirectory(world.directory)
    put_in(world.services, faulty)
    faulty.fail["find_by_username"] = [DirectoryUnavailable("down")]
    page.begin("s1", "kari.nordmann", "sms", "nb")
    assert page.check("s1", "00000000") is False

    class Down:
        def send(self, message: object) -> None:
            raise DeliveryUnavailable("gateway")

    world.services.verification._delivery = Down()
    page.begin("s2", "kari.nordmann", "sms", "nb")
    assert page.check("s2", "00000000") is False


def test_who_may_no_longer_is_stopped_before_the_link(world: World, page: PageProof) -> None:
    """U6, U15"""
    _both(world, page)
    world.edit("kari.nordmann", enabled=False)
    assert page.link("s1", "nb") is None
    world.edit("kari.nordmann", enabled=True, phone_since=world.clock.now() + timedelta(seconds=1))
    assert page.link("s1", "nb") is None


def test_the_answer_to_a_name_waits_for_nothing(world: World) -> None:
    """S8: the work is done after the answer, so that its time says nothing"""
    waiting: list[object] = []
    proof = PageProof(
        store=world.services.store,
        clock=world.clock,
        keys=world.services.keys,
        settings=world.settings,
        directory=FaultyDirectory(world.directory),  # type: ignore[arg-type]
        verification=world.services.verification,
        links=world.services.links,
        run=waiting.append,
    )
    for username in ("kari.nordmann", *CANNOT):
        proof.begin("s1", username, "sms", "nb")
    assert len(waiting) == 1 + len(CANNOT)
    assert proof._directory.calls == []  # type: ignore[attr-defined]


class Time:
    """Passes in sleep, and when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_the_answer_to_a_code_takes_a_fixed_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S8: however long it takes to find the answer"""
    time = Time()
    monkeypatch.setattr("servicedesk.page_proof.time", time)
    page, check = world.services.page_proof, world.services.verification.check
    page._run = lambda work: work()
    page._answer_time = 0.15
    page.begin("s1", "kari.nordmann", "sms", "nb")
    page.begin("s2", "nobody.here", "sms", "nb")
    for session, code, work in (
        ("s1", world.code_for("kari.nordmann"), 0.1),
        ("s2", "1", 0.05),
        ("s3", "1", 0.0),
    ):

        def look(work: float = work, **asked: str) -> CheckResult:
            time.sleep(work)
            return check(**asked)

        monkeypatch.setattr(world.services.verification, "check", look)
        began = time.now
        page.check(session, code)
        assert time.now - began == pytest.approx(0.15)


def test_names_are_counted_alike_however_they_are_typed(world: World, page: PageProof) -> None:
    for username in ("No.Body", " no.body ", "NO.BODY"):
        page.begin("s1", username, "sms", "nb")
    with world.services.store.transaction() as connection:
        assert connection.execute(select(func.count(challenges.c.account.distinct()))).scalar() == 1


@pytest.mark.parametrize("username", ["", "*", "\x00", "\ud800", "k" * 100_000, "' OR 1=1 --"])
def test_hostile_names_are_names_that_nobody_has(world: World, page: PageProof, username: str) -> None:
    """U10"""
    page.begin("s1", username, "sms", "nb")
    assert page.check("s1", "00000000") is False
