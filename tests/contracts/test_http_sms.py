"""The contract over an SMS gateway that settings describe, and what gateways do on bad days (F15)."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from servicedesk.delivery.errors import DeliveryError, DeliveryRejected, DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.http_sms import HttpSms
from servicedesk.delivery.http_sms_settings import HttpSmsSettings
from servicedesk.settings_reader import Reader
from tests.contracts.delivery import Arrived, DeliveryContract, message
from tests.fakes.delivery.gateway import SECRET, Gateway
from tests.servers.process import free_port
from tests.servers.proxy import deaf_server

SECONDS = 1.0
HOSTILE = '","to":"+4799999999","x":"\r\n<&"\'{secret}&to=1'


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway().running() as gateway:
        yield gateway


def adapter(url: str, **settings: str) -> HttpSms:
    given = {
        "SMS_HTTP_URL": url,
        "SMS_HTTP_SECRET": SECRET,
        "SMS_HTTP_HEADERS": "Authorization: Bearer {secret} | Idempotency-Key: {key}",
        "SMS_SENDER": "Nordlys",
        **settings,
    }
    environ = {f"TIER0_{name}": value for name, value in given.items() if value}
    return HttpSms(HttpSmsSettings.read(Reader(environ)), seconds=SECONDS)


@pytest.fixture
def delivery(gateway: Gateway) -> HttpSms:
    return adapter(f"{gateway.url}/send")


class TestHttpSms(DeliveryContract):
    @pytest.fixture
    def arrived(self, gateway: Gateway) -> Arrived:
        return lambda number: [("", sent.text) for sent in reversed(gateway.sent) if sent.number == number]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, DeliveryRejected),
        (422, DeliveryRejected),
        (401, DeliveryUnavailable),
        (302, DeliveryUnavailable),
        (503, DeliveryUnavailable),
        (502, DeliveryUnclear),
        (504, DeliveryUnclear),
    ],
)
def test_what_the_gateway_says_is_told_apart(
    gateway: Gateway, delivery: HttpSms, status: int, error: type[DeliveryError]
) -> None:
    gateway.answers.append((status, {"Location": "http://evil.example/"}, {"error": "no"}))
    with pytest.raises(error):
        delivery.send(message())
    assert len(gateway.requests) == 1, "one try, and no redirect is followed"


def test_the_time_that_the_gateway_asks_for_is_passed_on(gateway: Gateway, delivery: HttpSms) -> None:
    gateway.answers.append((429, {"Retry-After": "37"}, {}))
    with pytest.raises(DeliveryUnavailable) as caught:
        delivery.send(message())
    assert caught.value.retry_after == timedelta(seconds=37)


@pytest.mark.parametrize("fault", ["lost", "hang", "page", "drip"])
def test_an_answer_that_is_lost_after_the_gateway_took_it_is_not_a_no(
    gateway: Gateway, delivery: HttpSms, fault: Any
) -> None:
    """F15"""
    gateway.fault = fault
    started = time.monotonic()
    with pytest.raises(DeliveryUnclear):
        delivery.send(message())
    assert time.monotonic() - started < SECONDS + 0.5
    assert len(gateway.sent) == 1


def test_a_gateway_that_is_not_there_was_certainly_not_asked() -> None:
    with pytest.raises(DeliveryUnavailable):
        adapter(f"http://127.0.0.1:{free_port()}").send(message())


def test_a_machine_that_drops_everything_is_told_in_time() -> None:
    with deaf_server() as port:
        started = time.monotonic()
        with pytest.raises(DeliveryError):
            adapter(f"http://127.0.0.1:{port}").send(message())
        assert time.monotonic() - started < SECONDS + 0.5


def test_a_yes_is_what_the_rule_says(gateway: Gateway) -> None:
    delivery = adapter(gateway.url, SMS_HTTP_SUCCESS="messages.0.status=queued|sent")
    delivery.send(message())
    for body in ({"messages": [{"status": "rejected"}]}, {"messages": []}, ["queued"], "queued", None):
        gateway.answers.append((200, {}, body))
        with pytest.raises(DeliveryUnavailable):
            delivery.send(message(key="k2"))


def test_a_text_stays_in_its_field_whatever_it_holds(gateway: Gateway) -> None:
    """U10"""
    text = HOSTILE
    for _ in range(3):
        gateway.answers.append((200, {}, {}))
    adapter(gateway.url).send(message(text=text))
    body = '<sms to="{digits}"><text>{text}</text></sms>'
    adapter(gateway.url, SMS_HTTP_BODY=body, SMS_HTTP_BODY_KIND="xml").send(message(text=text))
    form = "to={number}&text={text}&from={sender}"
    adapter(gateway.url, SMS_HTTP_BODY=form, SMS_HTTP_BODY_KIND="form").send(message(text=text))
    as_json, as_xml, as_form = (sent[3].decode() for sent in gateway.requests)
    assert json.loads(as_json) == {"to": "+4740000101", "from": "Nordlys", "text": text}
    read = ElementTree.fromstring(as_xml)
    assert read.attrib == {"to": "4740000101"}
    assert (read[0].text or "").split() == text.split()
    assert parse_qs(as_form) == {"to": ["+4740000101"], "text": [text], "from": ["Nordlys"]}


def test_in_an_address_nothing_of_it_is_logged(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    """D1: a gateway that wants it there"""
    caplog.set_level(logging.DEBUG)
    gateway.answers.append((200, {}, {}))
    delivery = adapter(f"{gateway.url}/?to={{digits}}&text={{text}}", SMS_HTTP_METHOD="GET")
    delivery.send(message(text=f"123456 {HOSTILE}"))
    method, path, headers, body = gateway.requests[0]
    assert (method, body) == ("GET", b"")
    assert parse_qs(urlsplit(path).query)["text"] == [f"123456 {HOSTILE}"]
    assert headers["Authorization"] == f"Bearer {SECRET}"
    for secret in ("123456", "40000101", SECRET):
        assert secret not in caplog.text


def test_a_key_cannot_end_a_header(gateway: Gateway, delivery: HttpSms) -> None:
    """U10"""
    delivery.send(message(key="k\r\nX-Evil: 1 å"))
    headers = gateway.requests[0][2]
    assert headers["Idempotency-Key"] == "k--X-Evil: 1 -"
    assert "X-Evil" not in headers


def test_user_and_secret_go_as_basic_authentication(gateway: Gateway) -> None:
    gateway.answers.append((200, {}, {}))
    adapter(gateway.url, SMS_HTTP_USER="nordlys", SMS_HTTP_HEADERS="").send(message())
    assert gateway.requests[0][2]["Authorization"].startswith("Basic ")
