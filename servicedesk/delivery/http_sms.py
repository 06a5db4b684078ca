"""Text messages through a gateway that takes one HTTP request a message, as the settings describe it."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from servicedesk.delivery.attempt import SECONDS
from servicedesk.delivery.errors import DeliveryRejected, DeliveryUnavailable
from servicedesk.delivery.http import Answer, Gateway, Request, refusal
from servicedesk.delivery.http_sms_settings import CONTENT_TYPES, BodyKind, HttpSmsSettings
from servicedesk.delivery.numbers import number_of
from servicedesk.delivery.port import Medium, Message
from servicedesk.errors import SettingsError

log = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"\{(number|digits|text|key|secret|sender)\}")
_QUOTE: dict[BodyKind, Callable[[str], str]] = {
    BodyKind.JSON: lambda value: json.dumps(value)[1:-1],
    BodyKind.FORM: quote_plus,
    BodyKind.XML: lambda value: escape(value, {'"': "&quot;", "'": "&apos;"}),
}


class HttpSms:
    media = frozenset({Medium.SMS})

    def __init__(self, settings: HttpSmsSettings, *, seconds: float = SECONDS) -> None:
        self._settings = settings
        self._gateway = Gateway(ca_file=str(settings.ca_file) if settings.ca_file else None, seconds=seconds)

    def send(self, message: Message) -> None:
        request = self._request(message)
        answer = self._gateway.ask(request)
        if not answer.ok:
            raise refusal(answer)
        if not self._was_taken(answer):
            log.warning("sms: the gateway answers %d and has not taken it", answer.status)
            raise DeliveryUnavailable("the gateway did not take it")

    def _request(self, message: Message) -> Request:
        settings = self._settings
        number = number_of(message)
        values = {
            "number": number,
            "digits": number.removeprefix("+"),
            "text": message.text,
            "key": message.key,
            "sender": settings.sender,
            "secret": self._secret(),
        }
        headers = {"Content-Type": CONTENT_TYPES[settings.kind]} if settings.body else {}
        headers |= {name: _filled(text, values, _printable) for name, text in settings.headers}
        if settings.user:
            pair = base64.b64encode(f"{settings.user}:{values['secret']}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        return Request(
            method=settings.method.value,
            url=_filled(settings.url, values, lambda value: quote(value, safe="")),
            headers=headers,
            body=_filled(settings.body, values, _QUOTE[settings.kind]).encode("utf-8", "replace"),
        )

    def _secret(self) -> str:
        try:
            return self._settings.secret.read() if self._settings.secret else ""
        except SettingsError as err:
            log.error("sms: the gateway's secret cannot be read")
            raise DeliveryUnavailable("the gateway's secret cannot be read") from err

    def _was_taken(self, answer: Answer) -> bool:
        if self._settings.success is None:
            return True
        path, wanted = self._settings.success
        return _at(answer.body, path) in wanted


def _filled(template: str, values: dict[str, str], quoted: Callable[[str], str]) -> str:
    """Each placeholder once; what a value holds is never read as a template."""
    try:
        return _PLACEHOLDER.sub(lambda found: quoted(values[found[1]]), template)
    except UnicodeEncodeError:  # half a character
        raise DeliveryRejected("this cannot be written as a text message") from None


def _printable(value: str) -> str:
    return "".join(char if "\x20" <= char <= "\x7e" else "-" for char in value)


def _at(body: Any, path: str) -> str | None:
    """The field at "messages.0.status", as text; None where there is none."""
    for step in path.split("."):
        if isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, dict) and step in body:
            body = body[step]
        else:
            return None
    return json.dumps(body) if isinstance(body, bool) or body is None else str(body)
