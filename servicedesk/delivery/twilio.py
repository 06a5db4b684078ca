"""Text messages through Twilio: https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

import base64
import logging
from typing import Any
from urllib.parse import urlencode

from servicedesk.delivery.attempt import SECONDS
from servicedesk.delivery.errors import DeliveryError, DeliveryRejected, DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.http import Answer, Gateway, Request, refusal
from servicedesk.delivery.numbers import number_of
from servicedesk.delivery.port import Medium, Message
from servicedesk.delivery.twilio_settings import TwilioSettings
from servicedesk.errors import SettingsError

log = logging.getLogger(__name__)

VALID_SECONDS = (
    600  # S3: a code that waits longer in a queue is worth nothing when it comes; 36,000 is the default
)
MAX_CHARACTERS = 1_600
# https://www.twilio.com/docs/api/errors: what is wrong with this number. Any other 4xx is about us: our account, our
# sender, a country that was not opened.
ABOUT_THE_NUMBER = frozenset({
    21211,  # not a valid number
    21610,  # has unsubscribed (STOP)
    21612,  # cannot be reached from this sender
    21614,  # not a mobile number
})  # fmt: skip


class Twilio:
    media = frozenset({Medium.SMS})

    def __init__(
        self, settings: TwilioSettings, *, seconds: float = SECONDS, ca_file: str | None = None
    ) -> None:
        self._settings = settings
        self._gateway = Gateway(ca_file=ca_file, seconds=seconds)

    def send(self, message: Message) -> None:
        fields = {
            "To": number_of(message),
            "Body": _text(message),
            "MessagingServiceSid" if self._settings.is_service else "From": self._settings.sender,
            "ValidityPeriod": str(VALID_SECONDS),
        }
        answer = self.ask("POST", "Messages", fields)
        if not answer.ok:
            raise _refusal(answer)
        if not isinstance(answer.body, dict) or not answer.body.get("sid"):
            raise DeliveryUnclear("Twilio's answer is no message")  # a proxy's page, say

    def ask(self, method: str, what: str, fields: dict[str, str]) -> Answer:
        """One question to this account's resources. Raises DeliveryUnavailable, DeliveryUnclear."""
        settings = self._settings
        try:
            pair = f"{settings.key or settings.account}:{settings.secret.read()}"
        except SettingsError as err:
            log.error("sms: Twilio's secret cannot be read")
            raise DeliveryUnavailable("Twilio's secret cannot be read") from err
        url = f"{settings.api_url}/2010-04-01/Accounts/{settings.account}/{what}.json"
        encoded, posts = urlencode(fields), method == "POST"
        return self._gateway.ask(
            Request(
                method=method,
                url=url if posts else f"{url}?{encoded}",
                headers={
                    "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                },
                body=encoded.encode() if posts else b"",
            )
        )


def error_code(answer: Answer) -> int:
    """Twilio's own number of what went wrong; 0 where there is none."""
    body: Any = answer.body
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, int) else 0


def _refusal(answer: Answer) -> DeliveryError:
    code = error_code(answer)
    log.warning("sms: Twilio refuses (%d, error %d)", answer.status, code)
    if code in ABOUT_THE_NUMBER:
        return DeliveryRejected(f"Twilio refuses this number (error {code})")
    if answer.status == 429 or 400 <= answer.status < 500:  # never processed: a 429 is "always safe to retry"
        return DeliveryUnavailable(f"Twilio refuses (error {code})", answer.retry_after)
    return refusal(answer)


def _text(message: Message) -> str:
    if len(message.text) > MAX_CHARACTERS:
        raise DeliveryRejected("longer than a text message may be")
    try:
        message.text.encode()
    except UnicodeEncodeError:
        raise DeliveryRejected("this cannot be written as a text message") from None
    return message.text
