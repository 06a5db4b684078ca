"""The contract over a real SMTP server, and what a mail server does on bad days (F15)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from servicedesk.clock import ManualClock
from servicedesk.delivery.errors import DeliveryRejected, DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.port import Medium
from servicedesk.delivery.smtp import SmtpMail
from servicedesk.delivery.smtp_settings import Security, SmtpSettings
from servicedesk.secret import Secret
from tests.contracts.delivery import Arrived, DeliveryContract, message
from tests.fakes.delivery.mail_server import PASSWORD, USER, MailServer
from tests.servers.certificates import make_certificate
from tests.servers.process import free_port
from tests.servers.proxy import deaf_server, proxy

SECONDS = 1.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path / "mail").running() as server:
        yield server


@pytest.fixture
def settings(server: MailServer) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1",
        port=server.port,
        sender=Address("Nordlys IT", "it", "nordlys.test"),
        user=USER,
        password=Secret(name="TIER0_SMTP_PASSWORD", value=PASSWORD),
        ca_file=server.certificate.file,
    )


@pytest.fixture
def delivery(settings: SmtpSettings) -> SmtpMail:
    return SmtpMail(settings, ManualClock(), seconds=SECONDS)


def mail(key: str = "k1", **changes: str) -> Any:
    return message(key, Medium.MAIL, **{"subject": "Nordlys IT: koden din", **changes})


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n").removesuffix("\n")


class TestSmtp(DeliveryContract):
    knows_keys = False

    @pytest.fixture
    def arrived(self, server: MailServer) -> Arrived:
        def arrived(recipient: str) -> list[tuple[str, str]]:
            mine = [mail for mail in reversed(server.received) if mail["To"] == recipient]
            return [(mail["Subject"], text_of(mail)) for mail in mine]

        return arrived


def test_a_mail_says_who_it_is_from_and_in_which_language(delivery: SmtpMail, server: MailServer) -> None:
    for _ in range(2):
        delivery.send(replace(mail(), language="nb"))
    first, again = server.received
    assert first["From"] == "Nordlys IT <it@nordlys.test>"
    assert (first["Content-Language"], first["Auto-Submitted"]) == ("nb", "auto-generated")
    assert first.get_content_type() == "text/plain"
    assert first["Message-ID"] == again["Message-ID"], "a repeat is the same mail"
    assert server.envelopes[0] == ("it@nordlys.test", ["kari@nordlys.example"])


@pytest.mark.parametrize(
    "recipient",
    [
        "kari@nordlys.example\r\nBcc: x@evil.example",
        "kari@nordlys.example, x@evil.example",
        "kari@nordlys.example>\r\nDATA",
        "Kari <kari@nordlys.example>",
        "kari",
        "@nordlys.example",
        "kari@",
        "ka\x00ri@nordlys.example",
    ],
)
def test_an_address_is_one_address(delivery: SmtpMail, server: MailServer, recipient: str) -> None:
    """U10"""
    with pytest.raises(DeliveryRejected):
        delivery.send(mail(recipient=recipient))
    assert not server.received


def test_no_subject_and_no_text_makes_a_header(delivery: SmtpMail, server: MailServer) -> None:
    """U10"""
    delivery.send(mail(subject="Hei\r\nBcc: x@evil.example", text=".\r\nBcc: x@evil.example\r\n.\r\nQUIT"))
    (received,) = server.received
    assert received["Bcc"] is None
    assert received["Subject"] == "Hei Bcc: x@evil.example"
    assert text_of(received).splitlines() == [".", "Bcc: x@evil.example", ".", "QUIT"]


def test_half_a_character_is_refused_before_anything_is_sent(delivery: SmtpMail, server: MailServer) -> None:
    with pytest.raises(DeliveryRejected):
        delivery.send(mail(text="\ud800"))
    assert not server.received


@pytest.mark.parametrize(
    ("step", "answer", "error"),
    [
        ("RCPT", "550 5.1.1 no such user", DeliveryRejected),
        ("RCPT", "450 4.2.0 greylisted", DeliveryUnavailable),
        ("RCPT", "421 too busy", DeliveryUnavailable),
        ("DATA", "554 5.7.1 looks like spam", DeliveryRejected),
        ("DATA", "452 4.3.1 disk full", DeliveryUnavailable),
    ],
)
def test_what_the_server_says_is_told_apart(
    delivery: SmtpMail, server: MailServer, step: str, answer: str, error: type[Exception]
) -> None:
    """F15"""
    server.answers[step] = answer
    with pytest.raises(error):
        delivery.send(mail())


def test_a_line_cut_before_the_text_is_certain_and_after_it_is_not(
    delivery: SmtpMail, server: MailServer
) -> None:
    """F15: only what certainly was not sent may be sent again"""
    for moment, error, arrived in (
        ("RCPT", DeliveryUnavailable, 0),
        ("DATA", DeliveryUnclear, 0),
        ("AFTER", DeliveryUnclear, 1),
    ):
        server.hang_up = moment
        with pytest.raises(error):
            delivery.send(mail())
        assert len(server.received) == arrived, moment


def test_a_server_that_takes_its_time_is_cut(delivery: SmtpMail, server: MailServer) -> None:
    """F2, F15"""
    server.slow = 3
    started = time.monotonic()
    with pytest.raises(DeliveryUnclear):
        delivery.send(mail())
    assert time.monotonic() - started < SECONDS + 0.5


def test_slow_bytes_a_deaf_machine_and_no_machine_are_told_in_time(
    settings: SmtpSettings, server: MailServer
) -> None:
    """F2: each byte comes in time, and the greeting does not"""
    with proxy("127.0.0.1", server.port) as line, deaf_server() as deaf:
        line.drip = 0.2
        for port in (line.port, deaf, free_port()):
            started = time.monotonic()
            with pytest.raises(DeliveryUnavailable):
                SmtpMail(replace(settings, port=port), ManualClock(), seconds=SECONDS).send(mail())
            assert time.monotonic() - started < SECONDS + 0.5
    assert not server.received


def test_a_name_server_that_answers_late_sends_nothing_late(
    settings: SmtpSettings, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller was told "not sent": then it must not be sent."""
    from servicedesk.delivery import smtp

    opened = smtp.SmtpMail._open

    def late(self: SmtpMail, context: Any) -> Any:
        time.sleep(0.6)
        return opened(self, context)

    monkeypatch.setattr(smtp.SmtpMail, "_open", late)
    with pytest.raises(DeliveryUnavailable):
        SmtpMail(settings, ManualClock(), seconds=0.3).send(mail())
    time.sleep(0.8)
    assert not server.received


Changed = Callable[[SmtpSettings, Path], SmtpSettings]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda old, _: replace(old, ca_file=None), id="unknown CA"),
        pytest.param(lambda old, _: replace(old, host="localhost"), id="another name"),
        pytest.param(
            lambda old, folder: replace(old, ca_file=make_certificate(folder, "127.0.0.1").file),
            id="another's certificate",
        ),
        pytest.param(lambda old, _: replace(old, security=Security.TLS), id="TLS where it is STARTTLS"),
        pytest.param(
            lambda old, _: replace(old, password=Secret(name="X", value="wrong")), id="wrong password"
        ),
        pytest.param(
            lambda old, folder: replace(old, password=Secret(name="X", file=folder / "gone")),
            id="no password file",
        ),
    ],
)
def test_without_a_checked_and_signed_in_session_nothing_is_sent(
    settings: SmtpSettings, server: MailServer, tmp_path: Path, changed: Changed
) -> None:
    """S14"""
    with pytest.raises(DeliveryUnavailable):
        SmtpMail(changed(settings, tmp_path / "other"), ManualClock(), seconds=SECONDS).send(mail())
    assert not server.received


def test_tls_from_the_first_byte(tmp_path: Path, settings: SmtpSettings) -> None:
    with MailServer(tmp_path / "tls").running(implicit_tls=True) as server:
        changed = replace(settings, port=server.port, security=Security.TLS, ca_file=server.certificate.file)
        SmtpMail(changed, ManualClock(), seconds=SECONDS).send(mail())
        assert len(server.received) == 1
