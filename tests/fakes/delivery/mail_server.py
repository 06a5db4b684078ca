"""A real SMTP server (aiosmtpd) on 127.0.0.1 that can refuse, be slow, or hang up, as servers do."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import make_certificate

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the server's own, which shows all that it gets

USER, PASSWORD = "tier0", "a password of the mail server"


class MailServer:
    """`answers` names what is said to RCPT and DATA in place of yes; `slow` is a wait before the answer to DATA, in
    seconds; `hang_up` is the command at which the line goes dead ("RCPT", "DATA" before it was taken, "AFTER" after)."""

    def __init__(self, folder: Path) -> None:
        self.certificate = make_certificate(folder, "127.0.0.1")
        self.received: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answers: dict[str, str] = {}
        self.slow = 0.0
        self.hang_up = ""
        self.port = 0
        self._server: SMTP | None = None

    @contextmanager
    def running(self, *, implicit_tls: bool = False) -> Iterator[MailServer]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.file, self.certificate.key)
        outside = {"ssl_context": context} if implicit_tls else {}
        controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=0,
            tls_context=None if implicit_tls else context,
            require_starttls=not implicit_tls,
            authenticator=_check,
            auth_required=True,
            auth_require_tls=not implicit_tls,
            enable_SMTPUTF8=False,
            **outside,
        )
        controller.start()
        try:
            self.port = controller.server.sockets[0].getsockname()[1]
            yield self
        finally:
            controller.stop(no_assert=True)

    # --- aiosmtpd's hooks ---

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.hang_up == "RCPT":
            server.transport.abort()
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hang_up == "DATA":
            server.transport.abort()
            return "451 gone"
        await asyncio.sleep(self.slow)
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.original_content or b""
        self.raw.append(content)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.received.append(mail)
        self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        if self.hang_up == "AFTER":
            server.transport.abort()
        return "250 OK"


class _Controller(Controller):
    """aiosmtpd asks the port for its greeting by connecting to it, with port 0 to nowhere."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)  # "not handled": the server itself says no
