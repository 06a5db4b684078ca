"""What the Connector service answers, and what we make of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import pytest

from connectors.teams.client import BotConnector
from connectors.teams.credentials import BotToken
from connectors.teams.errors import Missing, Refused, TeamsError, TryLater, Unclear, Unreachable
from connectors.teams.service import ServiceHosts
from servicedesk.teams_settings import TeamsSettings
from tests.connectors.teams.conftest import Time
from tests.connectors.teams.microsoft import GUEST, KARI, Microsoft

PLACE = "19:abc@thread.tacv2;messageid=17"
HELLO = {"type": "message", "text": "Hei"}


@pytest.fixture
def token(http: aiohttp.ClientSession, teams: TeamsSettings, time_: Time) -> BotToken:
    return BotToken(lambda: http, teams, now=time_)


@pytest.fixture
def client(http: aiohttp.ClientSession, token: BotToken, services: ServiceHosts) -> BotConnector:
    return BotConnector(lambda: http, token, services)


class TestToken:
    async def test_one_serves_until_shortly_before_its_end(
        self, token: BotToken, microsoft: Microsoft, time_: Time
    ) -> None:
        first = await token.get()
        time_.seconds += 3600 - 301
        assert await token.get() == first
        time_.seconds += 2
        assert await token.get() != first
        assert microsoft.token_fetches == 2

    async def test_fifty_messages_at_once_need_one(self, token: BotToken, microsoft: Microsoft) -> None:
        assert len(set(await asyncio.gather(*(token.get() for _ in range(50))))) == 1
        assert microsoft.token_fetches == 1

    async def test_a_wrong_secret_is_named_and_a_new_one_counts_at_once(
        self, token: BotToken, teams: TeamsSettings, microsoft: Microsoft
    ) -> None:
        microsoft.secret = "rotated"
        with pytest.raises(TryLater, match="AADSTS7000215"):
            await token.get()
        teams.secret_file.write_text("rotated")
        assert await token.get()

    async def test_a_missing_file_is_no_crash(self, token: BotToken, teams: TeamsSettings) -> None:
        teams.secret_file.unlink()
        with pytest.raises(TryLater, match="TIER0_TEAMS_SECRET_FILE"):
            await token.get()

    async def test_one_that_was_revoked_is_renewed_once(
        self, client: BotConnector, microsoft: Microsoft
    ) -> None:
        await client.post(microsoft.service_url, PLACE, HELLO)
        microsoft.tokens.clear()
        assert await client.post(microsoft.service_url, PLACE, HELLO)
        assert microsoft.token_fetches == 2
        assert len(microsoft.said) == 2


async def test_what_was_said_can_be_replaced(client: BotConnector, microsoft: Microsoft) -> None:
    name = await client.post(microsoft.service_url, PLACE, HELLO)
    await client.put(microsoft.service_url, PLACE, name, {"type": "message", "text": "Ha det"})
    (said,) = microsoft.said
    assert (said.conversation, said.text, said.versions) == (PLACE, "Ha det", 2)


async def test_our_token_goes_to_allowed_hosts_only(client: BotConnector, microsoft: Microsoft) -> None:
    """S9, S10"""
    with pytest.raises(Refused):
        await client.post("https://evil.example/", PLACE, HELLO)
    assert microsoft.token_fetches == 0


async def test_a_redirect_is_not_followed(client: BotConnector, microsoft: Microsoft) -> None:
    microsoft.answers = [(307, {"Location": "https://evil.example/"}, {})]
    with pytest.raises(Refused, match="307"):
        await client.post(microsoft.service_url, PLACE, HELLO)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (429, {"Retry-After": "0.5"}, 0.5),
        (429, {"Retry-After": "99999"}, 600.0),
        (429, {"Retry-After": "-3"}, 0.0),
        (429, {"Retry-After": "nan"}, None),
        (429, {"Retry-After": "soon"}, None),
        (429, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        (412, {}, None),
        (500, {}, None),
        (503, {"Retry-After": "3"}, 3.0),
    ],
)
async def test_busy_is_tried_later(
    client: BotConnector, microsoft: Microsoft, status: int, headers: dict[str, str], wait: float | None
) -> None:
    microsoft.answers = [(status, headers, {})]
    with pytest.raises(TryLater) as told:
        await client.post(microsoft.service_url, PLACE, HELLO)
    assert told.value.retry_after == wait


@pytest.mark.parametrize("status", [502, 504, 0])
async def test_a_message_that_may_have_arrived_is_not_posted_again(
    client: BotConnector, microsoft: Microsoft, status: int
) -> None:
    """The service keeps no key of a post: a second one would be a second message."""
    microsoft.answers, microsoft.deliver_anyway = [(status, {}, {})], True
    with pytest.raises(Unclear):
        await client.post(microsoft.service_url, PLACE, HELLO)
    assert len(microsoft.said) == 1


@pytest.mark.parametrize("status", [502, 504])
async def test_what_may_be_done_twice_is(client: BotConnector, microsoft: Microsoft, status: int) -> None:
    name = await client.post(microsoft.service_url, PLACE, HELLO)
    microsoft.answers = [(status, {}, {}), (status, {}, {})]
    with pytest.raises(TryLater):
        await client.put(microsoft.service_url, PLACE, name, HELLO)
    with pytest.raises(TryLater):
        await client.member(microsoft.service_url, PLACE, KARI.object_id)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "BotNotInConversationRoster", Unreachable),
        (403, "ConversationBlockedByUser", Unreachable),
        (403, "BotDisabledByAdmin", Unreachable),
        (403, "MessageWritesBlocked", Unreachable),
        (404, "ConversationNotFound", Unreachable),
        (404, "", Unreachable),
        (403, "", Refused),
        (400, "BadSyntax", Refused),
        (413, "MessageSizeTooBig", Refused),
    ],
)
async def test_what_no_repetition_helps(
    client: BotConnector, microsoft: Microsoft, status: int, code: str, error: type[TeamsError]
) -> None:
    microsoft.answers = [(status, {}, {"error": {"code": code, "message": "secret words"}})]
    with pytest.raises(error) as told:
        await client.post(microsoft.service_url, PLACE, HELLO)
    assert str(told.value) == f"status {status} {code}".rstrip(), "D1: nothing of the answer but its code"


async def test_a_service_that_is_gone_is_tried_later(client: BotConnector, microsoft: Microsoft) -> None:
    await client.post(microsoft.service_url, PLACE, HELLO)
    with pytest.raises(TryLater):
        await client.post("http://127.0.0.1:1/", PLACE, HELLO)


async def test_a_message_that_was_deleted_says_nothing_about_the_conversation(
    client: BotConnector, microsoft: Microsoft
) -> None:
    with pytest.raises(Missing):
        await client.put(microsoft.service_url, PLACE, "1:99", HELLO)


class TestMember:
    @pytest.mark.parametrize("field", ["aadObjectId", "objectId"])
    async def test_by_object_id(self, client: BotConnector, microsoft: Microsoft, field: str) -> None:
        microsoft.object_id_field = field
        found = await client.member(microsoft.service_url, PLACE, KARI.object_id)
        assert found is not None
        assert (found.object_id, found.tenant, found.name) == (KARI.object_id, KARI.tenant, KARI.upn)
        assert not found.guest

    async def test_nobody(self, client: BotConnector, microsoft: Microsoft) -> None:
        assert await client.member(microsoft.service_url, PLACE, "29:nobody") is None

    @pytest.mark.parametrize(
        ("role", "upn"),
        [("guest", "a@b.example"), ("anonymous", ""), ("user", GUEST.upn), ("new kind", "a@b.example")],
    )
    async def test_a_guest_is_told_apart(
        self, client: BotConnector, microsoft: Microsoft, role: str, upn: str
    ) -> None:
        microsoft.members["29:x"] = type(KARI)("0a", "29:x", upn, role=role)
        found = await client.member(microsoft.service_url, PLACE, "29:x")
        assert found is not None
        assert found.guest


async def test_the_personal_conversation_is_the_same_each_time(
    client: BotConnector, microsoft: Microsoft
) -> None:
    open_: Callable[[], object] = lambda: client.open_personal(  # noqa: E731
        microsoft.service_url, bot="28:bot", user=KARI.user, tenant=KARI.tenant
    )
    assert await open_() == await open_() == "a:29:kari"
