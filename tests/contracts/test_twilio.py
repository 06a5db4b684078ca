"""The contract over Twilio's wire, with its own error bodies."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from servicedesk.delivery.errors import DeliveryError, DeliveryRejected, DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.twilio import Twilio
from servicedesk.delivery.twilio_settings import TwilioSettings
from servicedesk.secret import Secret
from tests.contracts.delivery import Arrived, DeliveryContract, message
from tests.fakes.delivery.gateway import ACCOUNT, SECRET, FakeTwilio, twilio_error

SERVICE = "MG" + "0f" * 16


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio().running() as twilio:
        yield twilio


def adapter(twilio: FakeTwilio, **changes: Any) -> Twilio:
    values = {
        "account": ACCOUNT,
        "secret": Secret(name="TIER0_TWILIO_SECRET", value=SECRET),
        "sender": "+4759440000",
        "api_url": twilio.url,
        **changes,
    }
    return Twilio(TwilioSettings(**values), seconds=1.0)


@pytest.fixture
def delivery(twilio: FakeTwilio) -> Twilio:
    return adapter(twilio)


class TestTwilio(DeliveryContract):
    knows_keys = False

    @pytest.fixture
    def arrived(self, twilio: FakeTwilio) -> Arrived:
        return lambda number: [("", sent.text) for sent in reversed(twilio.sent) if sent.number == number]


def test_what_twilio_gets(twilio: FakeTwilio, delivery: Twilio) -> None:
    delivery.send(message())
    method, path, headers, body = twilio.requests[0]
    assert (method, path.rstrip("?")) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == f"{ACCOUNT}:{SECRET}"
    assert parse_qs(body.decode()) == {
        "To": ["+4740000101"],
        "From": ["+4759440000"],
        "Body": ["Koden er 123456"],
        "ValidityPeriod": ["600"],
    }


def test_an_api_key_and_a_messaging_service(twilio: FakeTwilio) -> None:
    twilio.answers.append((201, {}, {"sid": "SM1"}))
    adapter(twilio, sender=SERVICE, key="SK" + "0a" * 16).send(message())
    _, _, headers, body = twilio.requests[0]
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).startswith(b"SK0a")
    sent = parse_qs(body.decode())
    assert sent["MessagingServiceSid"] == [SERVICE]
    assert "From" not in sent


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            twilio_error(400, 21211, "The 'To' number +4740000101 is not a valid phone number."),
            DeliveryRejected,
        ),
        (twilio_error(400, 21610, "Attempt to send to unsubscribed recipient"), DeliveryRejected),
        (twilio_error(400, 21614, "'To' number is not a valid mobile number"), DeliveryRejected),
        (twilio_error(400, 21606, "The 'From' number is not a valid one of yours"), DeliveryUnavailable),
        (twilio_error(403, 21408, "Permission to send to this region is not enabled"), DeliveryUnavailable),
        (twilio_error(401, 20003, "Authenticate"), DeliveryUnavailable),
        (twilio_error(500, 20500, "Internal Server Error"), DeliveryUnclear),
        (twilio_error(503, 20503, "Service unavailable"), DeliveryUnavailable),
        ((200, {}, {"hello": "from a proxy"}), DeliveryUnclear),
    ],
)
def test_what_is_wrong_with_the_number_is_told_from_what_is_wrong_with_us(
    twilio: FakeTwilio,
    delivery: Twilio,
    answer: Any,
    error: type[DeliveryError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    twilio.answers.append(answer)
    with pytest.raises(error) as caught:
        delivery.send(message())
    for text in (repr(caught.value), caplog.text):
        assert "40000101" not in text, "Twilio's own words quote the number (D1)"
    assert len(twilio.requests) == 1


def test_too_many_requests_come_with_a_time(twilio: FakeTwilio, delivery: Twilio) -> None:
    twilio.answers.append(twilio_error(429, 20429, "Too Many Requests", Retry_After="12"))
    with pytest.raises(DeliveryUnavailable) as caught:
        delivery.send(message())
    assert caught.value.retry_after == timedelta(seconds=12)


@pytest.mark.parametrize("fault", ["lost", "hang", "page"])
def test_a_time_out_after_twilio_took_it_is_not_a_no(
    twilio: FakeTwilio, delivery: Twilio, fault: Any
) -> None:
    """F15"""
    twilio.fault = fault
    with pytest.raises(DeliveryUnclear):
        delivery.send(message())
    assert len(twilio.sent) == 1


def test_what_no_text_message_holds_is_not_sent(twilio: FakeTwilio, delivery: Twilio) -> None:
    for text in ("x" * 1601, "\ud800"):
        with pytest.raises(DeliveryRejected):
            delivery.send(message(text=text))
    assert not twilio.requests
