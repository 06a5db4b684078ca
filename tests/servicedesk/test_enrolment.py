"""An administrator gives somebody an authenticator: what is kept, what it is worth, and who hears of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from servicedesk import bootstrap
from servicedesk.directory.demo import demo_id
from servicedesk.directory.embedded import EmbeddedDirectory
from servicedesk.directory.with_authenticators import WithAuthenticators
from servicedesk.factors import __main__ as command
from servicedesk.factors.authenticators import Authenticators
from servicedesk.totp import totp
from tests.contracts.test_with_authenticators import Plain
from tests.servicedesk.world import World

OLA = demo_id("ola.hansen")


@pytest.fixture
def plain(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same people in a directory that keeps no authenticators."""

    def directory(base: bootstrap.Base) -> WithAuthenticators:
        ours = Authenticators(base.store, base.clock, base.keys)
        return WithAuthenticators(Plain(base.store, base.clock, base.keys), ours)

    monkeypatch.setitem(bootstrap.DIRECTORIES, "plain", directory)
    world.with_parts(TIER0_DIRECTORY="plain")
    world.directory = world.services.directory  # type: ignore[assignment]  # what the world looks at
    monkeypatch.setattr(command, "current_services", lambda: world.services)
    return world


class Operator:
    """Somebody at the terminal: types what the person's app shows for the seed that was printed."""

    def __init__(
        self, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._world, self._capsys = world, capsys
        self.answers: list[str] = []
        self.seed = ""
        monkeypatch.setattr("builtins.input", self._answer)

    def run(self, *arguments: str) -> tuple[int, str]:
        code = command.main(list(arguments))
        return code, self._capsys.readouterr().out

    def shown(self) -> str:
        return totp(self.seed).at(self._world.clock.now())

    def _answer(self, _prompt: str) -> str:
        self.seed = (
            re.search(r"secret=([A-Z2-7]{32})", self._capsys.readouterr().out)[1]
            if not self.seed
            else self.seed
        )
        return self.answers.pop(0) if self.answers else self.shown()


@pytest.fixture
def operator(plain: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Operator:
    return Operator(plain, capsys, monkeypatch)


def kinds(world: World) -> list[str]:
    account = world.services.directory.find(OLA)
    assert account is not None
    return [factor.kind for factor in world.services.verification.factors(account)]


def test_an_enrolled_app_counts_after_72_hours_and_proves_then(plain: World, operator: Operator) -> None:
    """S2, U6"""
    code, out = operator.run("enrol", "ola.hansen")
    assert (code, "Kept" in out) == (0, True), out
    assert kinds(plain) == ["sms"]
    plain.later(hours=71, minutes=59)
    assert kinds(plain) == ["sms"]
    plain.later(minutes=1)
    assert kinds(plain) == ["authenticator", "sms"]
    talk = plain.talk("ola.hansen")
    plain.start(talk, "unlock", "authenticator")
    assert plain.check(talk, operator.shown()).outcome == "accepted"


def test_the_code_that_proved_the_enrolment_proves_nothing_else(plain: World, operator: Operator) -> None:
    """S3: replay"""
    operator.run("enrol", "ola.hansen")
    assert plain.services.directory.check_authenticator(OLA, operator.shown()) is False
    plain.later(seconds=30)
    assert plain.services.directory.check_authenticator(OLA, operator.shown()) is True


def test_without_the_right_code_nothing_is_kept(plain: World, operator: Operator) -> None:
    operator.answers = ["000000", "", "12345"]
    code, out = operator.run("enrol", "ola.hansen")
    assert (code, "Nothing was kept" in out) == (1, True)
    account = plain.services.directory.find(OLA)
    assert account is not None
    assert account.authenticator_since is None
    assert plain.trail("factor.enrolled") == []


def test_what_was_proven_before_is_void_and_the_owner_is_told(plain: World, operator: Operator) -> None:
    """S4, S6: somebody may have talked L1 round"""
    talk = plain.talk("ola.hansen")
    plain.prove(talk, "ola.hansen", "unlock")
    operator.run("enrol", "ola.hansen")
    assert plain.services.verification.spend_accepted(talk.id, "unlock") is None
    assert plain.trail("factor.enrolled") == ["done"]
    (mail,) = plain.queued("notice.mail")
    (sms,) = plain.queued("notice.sms")
    for text in (mail["text"], sms["text"]):
        assert "Authenticator-app" in text
        assert operator.seed not in text


def test_a_second_one_needs_a_word_and_starts_anew(plain: World, operator: Operator) -> None:
    operator.run("enrol", "ola.hansen")
    plain.later(hours=72)
    first = operator.seed
    code, out = operator.run("enrol", "ola.hansen")
    assert (code, "--again" in out) == (1, True)
    operator.seed = ""
    assert operator.run("enrol", "ola.hansen@nordlys.example", "--again")[0] == 0
    assert operator.seed != first
    assert kinds(plain) == ["sms"]
    plain.later(seconds=60)
    assert plain.services.directory.check_authenticator(OLA, totp(first).at(plain.clock.now())) is False


def test_taken_away_it_is_gone_at_once(plain: World, operator: Operator) -> None:
    operator.run("enrol", "ola.hansen")
    plain.later(hours=72)
    assert operator.run("remove", "ola.hansen")[0] == 0
    assert kinds(plain) == ["sms"]
    assert operator.run("remove", "ola.hansen")[0] == 1
    assert plain.trail("factor.removed") == ["done"]


@pytest.mark.parametrize(
    ("person", "said"),
    [("nobody", "nobody"), ("magnus.dahl", "privileged"), ("nils.bergstrom", "disabled"), ("*", "nobody")],
)
def test_who_cannot_be_enrolled_is_said(operator: Operator, person: str, said: str) -> None:
    code, out = operator.run("enrol", person)
    assert (code, said in out) == (1, True), out


def test_a_directory_with_authenticators_of_its_own_is_left_to_itself(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.with_parts()
    assert isinstance(world.services.directory, EmbeddedDirectory)
    code, out = operator.run("enrol", "ola.hansen")
    assert (code, "itself" in out) == (1, True)


def test_the_seed_is_in_no_file(plain: World, operator: Operator, tmp_path: Path) -> None:
    """S14"""
    operator.run("enrol", "ola.hansen")
    plain.services.store.close()
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or operator.seed.encode() not in file.read_bytes(), file
