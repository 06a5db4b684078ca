"""What `make run` promises: everything answers, on this machine only, and the API is closed."""

from __future__ import annotations

import socket

import pytest
import requests

from servicedesk.keys import Purpose

pytestmark = [pytest.mark.system, pytest.mark.timeout(200)]

WORDS = {
    "nb": "får ikke koblet til vpn hjemmefra",
    "sv": "kan inte ansluta till vpn hemifrån",
    "de": "ich komme von zuhause nicht ins vpn",
    "en": "can't connect to the vpn from home",
}


def test_all_pages_answer(house):
    for address in (
        f"{house.settings.chat_url}/webhooks/web/",
        f"{house.settings.desk_url}/demo/phone",
        f"{house.settings.desk_url}/demo/signin",
        f"{house.settings.desk_url}/desk",
        f"{house.settings.desk_url}/articles/en",
        f"{house.settings.desk_url}/reset",
    ):
        assert requests.get(address, timeout=10).status_code == 200, address


@pytest.mark.parametrize(("language", "words"), WORDS.items())
def test_parse_answers_as_the_contract_says(house, language, words):
    answer = requests.post(f"{house.settings.chat_url}/model/parse", json={"text": words}, timeout=30).json()
    assert answer["intent"]["name"] == "kb_question"
    assert answer["language"] == language
    assert 0.0 <= answer["language_confidence"] <= 1.0


def test_trackers_and_actions_are_closed(house):
    """S11."""
    trackers = f"{house.settings.chat_url}/conversations/x/tracker"
    assert requests.get(trackers, timeout=10).status_code in (401, 403, 404)
    action = requests.post(f"{house.settings.actions_url}/webhook", json={"next_action": "x"}, timeout=10)
    assert action.status_code == 401


def test_questions_of_the_connectors_are_answered_to_our_own_processes_only(house):
    """S11: what needs a directory is asked of the action server, with the internal key."""
    url = f"{house.settings.actions_url}/internal"
    headers = {"Authorization": f"Bearer {house.services.keys.text(Purpose.INTERNAL)}"}
    for path in ("/people", "/account?username=kari.nordmann"):
        assert requests.get(url + path, timeout=10).status_code == 401
    assert len(requests.get(url + "/people", headers=headers, timeout=10).json()) >= 20
    known = requests.get(url + "/account?username=KARI.nordmann", headers=headers, timeout=10).json()
    assert known["language"] == "nb"
    unknown = requests.get(url + "/account?username=*", headers=headers, timeout=10).json()
    assert unknown == {"account": None, "language": None}
    for body in ({}, {"conversation": 5, "channel_user": [], "code": None}):
        assert requests.post(url + "/code", json=body, headers=headers, timeout=10).status_code == 400
    nothing = {"conversation": "nobody", "channel_user": "nobody", "code": "123456"}
    assert requests.post(url + "/code", json=nothing, headers=headers, timeout=10).json()["outcome"] == "none"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"text": 5}', b'{"text": "\\ud800"}', b'{"text": null}']
)
def test_parse_of_rubbish_is_no_server_error(house, body):
    assert requests.post(f"{house.settings.chat_url}/model/parse", data=body, timeout=30).status_code < 500


@pytest.mark.parametrize("length", [b"-5", b"-0", b"abc", b"9" * 40, b"1e3", b" "])
@pytest.mark.parametrize("server", ["rasa_port", "actions_port", "desk_port"])
def test_length_that_is_none_hangs_nobody(house, server, length):
    """S9: Sanic 21.12 goes round for ever on a negative Content-Length, and answers nobody again."""
    port = getattr(house.settings, server)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(
            b"POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + length + b"\r\n\r\nxxxxxxxxx"
        )
    health = {"rasa_port": "/webhooks/rest/", "actions_port": "/health", "desk_port": "/health"}[server]
    assert requests.get(f"http://127.0.0.1:{port}{health}", timeout=5).status_code == 200
