"""What an administrator reads before the first employee waits for a code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servicedesk.delivery.__main__ import main
from tests.fakes.delivery.gateway import ACCOUNT, SECRET, FakeTwilio
from tests.fakes.delivery.mail_server import PASSWORD, USER, MailServer
from tests.servers.process import free_port

Run = tuple[int, str]
Check = Callable[..., Run]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path / "mail").running() as server:
        yield server


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio().running() as twilio:
        yield twilio


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, server: MailServer, twilio: FakeTwilio, tmp_path: Path) -> None:
    environ = {
        "STATE_DIR": str(tmp_path / "state"),
        "DELIVERY": "smtp, twilio",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(server.port),
        "SMTP_FROM": "Nordlys IT <it@nordlys.test>",
        "SMTP_USER": USER,
        "SMTP_PASSWORD": PASSWORD,
        "SMTP_CA_FILE": str(server.certificate.file),
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_SECRET": SECRET,
        "TWILIO_API_URL": twilio.url,
        "SMS_SENDER": "+4759440000",
    }
    for name, value in environ.items():
        monkeypatch.setenv(f"TIER0_{name}", value)


@pytest.fixture
def run(given: None, capsys: pytest.CaptureFixture[str]) -> Check:
    def run(*arguments: str) -> Run:
        code = main(["check", *arguments])
        out = capsys.readouterr().out
        for secret in (PASSWORD, SECRET):
            assert secret not in out
        return code, out

    return run


def test_a_check_sends_nothing(run: Check, server: MailServer, twilio: FakeTwilio) -> None:
    code, out = run()
    assert code == 0, out
    for line in ("signed in as tier0", "certificate good until", "+4759440000 is ours"):
        assert line in out
    assert not server.received
    assert not twilio.sent


def test_only_who_is_named_gets_a_test_message(run: Check, server: MailServer, twilio: FakeTwilio) -> None:
    code, out = run("--to", "kari@nordlys.test", "--to", "+4740000101", "--language", "nb")
    assert code == 0, out
    assert [mail["To"] for mail in server.received] == ["kari@nordlys.test"]
    assert [sent.number for sent in twilio.sent] == ["+4740000101"]
    assert "testmelding" in twilio.sent[0].text


def test_what_is_wrong_is_said_line_by_line(
    run: Check, monkeypatch: pytest.MonkeyPatch, server: MailServer, twilio: FakeTwilio
) -> None:
    monkeypatch.setenv("TIER0_SMTP_PASSWORD", "another one")
    monkeypatch.setenv("TIER0_SMS_SENDER", "+4711111111")
    server.answers["RCPT"] = "550 no"
    code, out = run("--to", "kari@nordlys.test")
    assert code == 1
    assert "SMTPAuthenticationError 535" in out
    assert "+4711111111 is no number of this account" in out
    monkeypatch.setenv("TIER0_TWILIO_SECRET", SECRET[::-1])
    monkeypatch.setenv("TIER0_SMTP_PORT", str(free_port()))
    code, out = run()
    assert code == 1
    assert "ConnectionRefusedError" in out
    assert "secret is wrong" in out


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DELIVERY", "smtp, pigeon", "pigeon"),
        ("DELIVERY", "http, twilio", "both carry sms"),
        ("SMTP_FROM", "nobody", "TIER0_SMTP_FROM"),
        ("SMTP_FROM", "IT <it@nordlys.test>, x@evil.example", "TIER0_SMTP_FROM"),
        ("TWILIO_ACCOUNT_SID", "AC1", "TIER0_TWILIO_ACCOUNT_SID"),
        ("TWILIO_SECRET", "short", "TIER0_TWILIO_SECRET"),
        ("SMS_SENDER", "a name that is too long", "TIER0_SMS_SENDER"),
        ("TWILIO_API_URL", "http://twilio.example", "https://"),
    ],
)
def test_a_wrong_setting_is_named(
    run: Check, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"TIER0_{name}", value)
    code, out = run()
    assert (code, said in out) == (1, True), out


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SMS_HTTP_URL": "http://gateway.example/"}, "https://"),
        ({"SMS_HTTP_BODY": '{"to": "{number}"}'}, "{text}"),
        ({"SMS_HTTP_BODY": "{number}{text}{code}"}, "{code}"),
        ({"SMS_HTTP_HEADERS": "X-Text: {text}"}, "HEADERS"),
        ({"SMS_HTTP_HEADERS": "Authorization: {secret}"}, "SMS_HTTP_SECRET"),
        ({"SMS_HTTP_SUCCESS": "yes"}, "SMS_HTTP_SUCCESS"),
        ({"SMTP_SECURITY": "none", "DELIVERY": "smtp", "SMTP_HOST": "mail.example"}, "SMTP_SECURITY"),
        ({"DELIVERY": "smtp", "FACTORS": "authenticator, sms"}, "TIER0_FACTORS"),
    ],
)
def test_a_gateway_that_would_show_codes_or_carry_none_stops_the_start(
    run: Check, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], said: str
) -> None:
    usual = {"DELIVERY": "http", "SMS_HTTP_URL": "https://gateway.example/"}
    for name, value in {**usual, **changed}.items():
        monkeypatch.setenv(f"TIER0_{name}", value)
    code, out = run()
    assert (code, said in out) == (1, True), out


def test_every_setting_is_listed() -> None:
    root = Path(__file__).resolve().parent.parent.parent
    sources = [
        *(root / "servicedesk" / "delivery").glob("*settings.py"),
        root / "servicedesk/reminder_settings.py",
    ]
    names = {
        name for file in sources for name in re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', file.read_text("utf-8"))
    }
    assert len(names) > 20
    listed = (root / "docs" / "settings.md").read_text("utf-8")
    assert [name for name in sorted(names) if f"`TIER0_{name}" not in listed] == []
