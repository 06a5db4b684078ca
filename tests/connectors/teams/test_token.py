"""S10, U9: only the Bot Connector's own requests, for our bot, from our tenant. Each refusal below is a way in elsewhere."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

import jwt
import pytest

from connectors.teams.keys import SigningKeys
from connectors.teams.service import ServiceHosts
from connectors.teams.token import NotAuthentic, Proof, TokenCheck
from tests.connectors.teams.conftest import Time
from tests.connectors.teams.microsoft import OTHER_TENANT, TENANT, Microsoft, Signer

HOUR = 3600
STRANGER = Signer("key-1")  # the same id, another key
OTHER_CHANNELS = Signer("key-2", endorsements=("webchat", "directline"))
WITHOUT_ENDORSEMENTS = Signer("key-3", endorsements=())


def from_now(claims: dict[str, Any]) -> dict[str, Any]:
    """Small numbers are seconds from now."""
    return {
        name: int(time.time()) + value if isinstance(value, int) and name in ("exp", "nbf") else value
        for name, value in claims.items()
    }


async def test_a_genuine_request_is_let_in(token_check: TokenCheck, microsoft: Microsoft) -> None:
    proof = await token_check.check(microsoft.authorization()["Authorization"])
    assert proof == Proof(service_url=microsoft.service_url.rstrip("/"), tenant=None)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://api.botframework.us"},
        {"iss": "https://api.botframework.com/"},
        {"iss": None},
        {"aud": "00000000-0000-0000-0000-000000000000"},
        {"aud": ["5f3c1a52-0d8e-4b7e-9a55-8f6d3f0c2b11", "another"]},
        {"aud": None},
        {"exp": -301},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e400},
        {"nbf": 330},
        {"nbf": None},
        {"nbf": []},
        {"serviceurl": None},
        {"serviceurl": ""},
        {"serviceurl": 7},
        {"serviceurl": "https://evil.example/"},
        {"serviceurl": "http://smba.trafficmanager.net/emea/"},
        {"serviceurl": "https://127.0.0.1@evil.example/"},
        {"serviceurl": "https://evil.example\\@127.0.0.1/"},
        {"serviceurl": "https://127.0.0.1.evil.example/"},
        {"serviceurl": "https://[::1"},
        {"serviceurl": "file:///etc/passwd"},
        {"tid": 5},
    ],
    ids=str,
)
async def test_a_claim_that_does_not_fit_is_refused(
    token_check: TokenCheck, microsoft: Microsoft, claims: dict[str, Any]
) -> None:
    header = microsoft.authorization(**from_now(claims))["Authorization"]
    with pytest.raises(NotAuthentic):
        await token_check.check(header)


@pytest.mark.parametrize("claims", [{"exp": -200}, {"nbf": 290}], ids=str)
async def test_clocks_may_differ_by_five_minutes(
    token_check: TokenCheck, microsoft: Microsoft, claims: dict[str, Any]
) -> None:
    await token_check.check(microsoft.authorization(**from_now(claims))["Authorization"])


async def test_another_key_with_a_known_id_is_refused(token_check: TokenCheck, microsoft: Microsoft) -> None:
    with pytest.raises(NotAuthentic):
        await token_check.check(microsoft.authorization(STRANGER)["Authorization"])


@pytest.mark.parametrize("signer", [OTHER_CHANNELS, WITHOUT_ENDORSEMENTS], ids=["other channels", "none"])
async def test_a_key_that_is_not_endorsed_for_teams_is_refused(
    token_check: TokenCheck, microsoft: Microsoft, signer: Signer
) -> None:
    """Web Chat's and Direct Line's clients choose `from` themselves."""
    microsoft.keys.append(signer.jwk())
    with pytest.raises(NotAuthentic, match="Teams"):
        await token_check.check(microsoft.authorization(signer)["Authorization"])


async def test_the_algorithm_is_ours_to_choose(token_check: TokenCheck, microsoft: Microsoft) -> None:
    """Neither the public key as an HMAC secret, nor none at all, nor another size."""
    claims = microsoft.claims()
    hmac = _by_hand({"alg": "HS256", "kid": "key-1"}, claims, microsoft.signer.public_pem())
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": "key-1"})
    larger = microsoft.signer.sign(claims, algorithm="RS512")
    relabelled = _with_header(
        microsoft.signer.sign(claims, algorithm="RS512"), {"alg": "RS256", "kid": "key-1"}
    )
    for token in (hmac, unsigned, larger, relabelled):
        with pytest.raises(NotAuthentic):
            await token_check.check(f"Bearer {token}")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer ....",
        "Bearer e30.e30.",
        "Bearer " + "A" * 20_000,
        "Bearer \u00e6\u00f8\u00e5.\ud83d\ude00.x",
        "Bearer \ud800",
        "Basic dXNlcjpwYXNz",
        "Token x",
        "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x",  # no kid
        "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6N30.e30.x",  # a number for a kid
        "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6eyJhIjoxfX0.e30.x",
        "Bearer W10.e30.x",  # a list for a header
        "Bearer " + base64.urlsafe_b64encode(b"[" * 5_000).decode() + ".e30.x",
    ],
    ids=range(17),
)
async def test_garbage_is_refused_not_an_error(token_check: TokenCheck, header: str) -> None:
    with pytest.raises(NotAuthentic):
        await token_check.check(header)


class TestTheBodyAgrees:
    """What the token vouches for is what the activity says."""

    @pytest.mark.parametrize(
        ("fields", "ours"),
        [
            ({}, True),
            ({"tenant": TENANT.upper()}, True),
            ({"channel": "webchat"}, False),
            ({"channel": ""}, False),
            ({"tenant": OTHER_TENANT}, False),
            ({"tenant": ""}, False),
            ({"service_url": "https://smba.trafficmanager.net/emea/"}, False),
            ({"service_url": ""}, False),
        ],
        ids=str,
    )
    async def test_fields(
        self, token_check: TokenCheck, microsoft: Microsoft, fields: dict[str, str], ours: bool
    ) -> None:
        proof = await token_check.check(microsoft.authorization()["Authorization"])
        body = {"channel": "msteams", "service_url": microsoft.service_url, "tenant": TENANT, **fields}
        assert token_check.is_ours(proof, **body) is ours

    async def test_a_final_slash_makes_no_difference(
        self, token_check: TokenCheck, microsoft: Microsoft
    ) -> None:
        proof = await token_check.check(microsoft.authorization()["Authorization"])
        bare = microsoft.service_url.rstrip("/")
        assert token_check.is_ours(proof, channel="msteams", service_url=bare, tenant=TENANT)

    @pytest.mark.parametrize(("tid", "ours"), [(TENANT, True), (OTHER_TENANT, False)])
    async def test_a_tenant_in_the_token_agrees(
        self, token_check: TokenCheck, microsoft: Microsoft, tid: str, ours: bool
    ) -> None:
        proof = await token_check.check(microsoft.authorization(tid=tid)["Authorization"])
        body = {"channel": "msteams", "service_url": microsoft.service_url, "tenant": TENANT}
        assert token_check.is_ours(proof, **body) is ours


class TestKeys:
    async def test_nothing_is_fetched_before_it_is_needed(
        self, keys: SigningKeys, microsoft: Microsoft
    ) -> None:
        assert microsoft.key_fetches == 0

    async def test_one_fetch_serves_a_day(self, keys: SigningKeys, microsoft: Microsoft, time_: Time) -> None:
        for _ in range(50):
            assert await keys.find("key-1")
            time_.seconds += HOUR / 3
        assert microsoft.key_fetches == 1
        time_.seconds += 8 * HOUR
        assert await keys.find("key-1")
        assert microsoft.key_fetches == 2

    async def test_fifty_requests_at_once_wait_for_one_fetch(
        self, keys: SigningKeys, microsoft: Microsoft
    ) -> None:
        found = await asyncio.gather(*(keys.find("key-1") for _ in range(50)))
        assert all(found)
        assert microsoft.key_fetches == 1

    async def test_a_new_key_is_found_and_invented_ids_cost_one_fetch_an_hour(
        self, keys: SigningKeys, microsoft: Microsoft, time_: Time
    ) -> None:
        assert await keys.find("key-1")
        time_.seconds += HOUR + 1
        microsoft.keys.append(Signer("key-9").jwk())
        assert await keys.find("key-9")
        for number in range(500):
            assert await keys.find(f"invented-{number}") is None
        assert microsoft.key_fetches == 2
        time_.seconds += HOUR + 1
        assert await keys.find("invented") is None
        assert microsoft.key_fetches == 3

    async def test_a_key_that_was_withdrawn_is_not_believed_any_more(
        self, keys: SigningKeys, microsoft: Microsoft, time_: Time
    ) -> None:
        assert await keys.find("key-1")
        microsoft.keys[:] = [Signer("key-9").jwk()]
        time_.seconds += 24 * HOUR + 1
        assert await keys.find("key-1") is None

    async def test_a_failed_refresh_keeps_the_old_keys(
        self, keys: SigningKeys, microsoft: Microsoft, time_: Time
    ) -> None:
        assert await keys.find("key-1")
        microsoft.keys_down = True
        time_.seconds += 25 * HOUR
        assert await keys.find("key-1")

    async def test_a_failed_first_fetch_is_tried_again_soon_but_not_each_time(
        self, keys: SigningKeys, microsoft: Microsoft, time_: Time
    ) -> None:
        microsoft.keys_down = True
        for _ in range(20):
            assert await keys.find("key-1") is None
        microsoft.keys_down = False
        assert await keys.find("key-1") is None, "a failure just now is not asked again"
        time_.seconds += 11
        assert await keys.find("key-1")

    @pytest.mark.parametrize(
        "keys_now",
        [
            [],
            "keys",
            [7],
            [{"kid": "key-1"}],
            [{"kid": "key-1", "kty": "oct", "k": "AAAA"}],
            [{"kty": "RSA"}],
        ],
        ids=str,
    )
    async def test_a_list_without_a_usable_key_replaces_nothing(
        self, keys: SigningKeys, microsoft: Microsoft, time_: Time, keys_now: Any
    ) -> None:
        assert await keys.find("key-1")
        microsoft.keys = keys_now
        time_.seconds += 25 * HOUR
        assert await keys.find("key-1")

    async def test_a_short_key_is_not_used(self, keys: SigningKeys, microsoft: Microsoft) -> None:
        microsoft.keys.append(Signer("short", bits=1024).jwk())
        assert await keys.find("short") is None


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://SMBA.trafficmanager.net/emea", True),
        ("https://smba.trafficmanager.net:8443/", False),
        ("https://other.example:8443/x", True),
        ("https://other.example/x", False),
        ("http://smba.trafficmanager.net/", False),
        ("http://127.0.0.1:3978/", False),
        ("https://smba.trafficmanager.net.evil.example/", False),
        ("https://evil.example/smba.trafficmanager.net", False),
        ("https://user@smba.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net/?x=1", False),
        ("https://smba.trafficmanager.net/%2e%2e", False),
        ("https://smba.trafficmanager.net:99999/", False),
        ("https://smba.trafficmanager.net\n.evil.example/", False),
        ("smba.trafficmanager.net", False),
        ("", False),
    ],
)
def test_which_addresses_get_our_token_in_production(address: str, allowed: bool) -> None:
    hosts = ServiceHosts(("smba.trafficmanager.net", "other.example:8443", "127.0.0.1"), embedded=False)
    assert hosts.allow(address) is allowed


def _by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """PyJWT itself refuses to make such a token."""
    import hashlib
    import hmac

    signed = f"{_part(header)}.{_part(claims)}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _with_header(token: str, header: dict[str, Any]) -> str:
    return ".".join([_part(header), *token.split(".")[1:]])


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")
