"""Microsoft's side, as far as a bot sees it: keys, tokens, the Connector service, and a Teams client that posts.

It refuses what the real service refuses, so that a message that would not arrive there does not arrive here."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

APP_ID = "5f3c1a52-0d8e-4b7e-9a55-8f6d3f0c2b11"
TENANT = "9b1d3a70-4c2f-4e0a-8d34-6c1f2f7f5a01"
OTHER_TENANT = "00000000-aaaa-bbbb-cccc-222222222222"
SECRET = "the-secret-of-the-app-registration"
MAX_MESSAGE_BYTES = 100 * 1024
CARD = "application/vnd.microsoft.card.adaptive"


@dataclass
class Person:
    object_id: str
    user: str
    upn: str
    tenant: str = TENANT
    role: str = "user"
    locale: str = "nb-NO"


KARI = Person("0a6d3c9e-1111-4d1a-9c11-0123456789ab", "29:kari", "kari.nordmann@nordlys.example")
ERIK = Person(
    "0a6d3c9e-2222-4d1a-9c11-0123456789ab", "29:erik", "erik.lindqvist@nordlys.example", locale="sv-SE"
)
LENA = Person(
    "0a6d3c9e-3333-4d1a-9c11-0123456789ab", "29:lena", "lena.schmidt@nordlys.example", locale="de-DE"
)
EMILY = Person(
    "0a6d3c9e-4444-4d1a-9c11-0123456789ab", "29:emily", "emily.clarke@nordlys.example", locale="en-GB"
)
GUEST = Person(
    "0a6d3c9e-5555-4d1a-9c11-0123456789ab",
    "29:guest",
    "kari_partner.example#EXT#@nordlys.onmicrosoft.com",
    role="guest",
)
PEOPLE = (KARI, ERIK, LENA, EMILY, GUEST)


class Signer:
    """A key of the Bot Connector's."""

    def __init__(self, key_id: str, endorsements: tuple[str, ...] = ("msteams",), bits: int = 2048) -> None:
        self.key_id = key_id
        self.endorsements = endorsements
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=bits)

    def jwk(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self._private.public_key()))
        return {**public, "kid": self.key_id, "use": "sig", "endorsements": list(self.endorsements)}

    def public_pem(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, claims: Mapping[str, Any], *, algorithm: str = "RS256", **header: Any) -> str:
        headers = {"kid": self.key_id, **header}
        return jwt.encode(dict(claims), self._private, algorithm=algorithm, headers=headers)


@dataclass
class Said:
    """An activity that the bot has in a conversation."""

    id: str
    conversation: str
    body: dict[str, Any]
    versions: int = 1

    @property
    def card(self) -> dict[str, Any]:
        return next((a["content"] for a in self.body.get("attachments", ()) if a["contentType"] == CARD), {})

    @property
    def text(self) -> str:
        """What the person reads."""
        return str(self.body.get("text") or "") or "\n\n".join(texts(self.card.get("body", ())))

    @property
    def buttons(self) -> dict[str, dict[str, Any]]:
        return {action["title"]: action for action in actions(self.card)}


def texts(elements: Any) -> list[str]:
    found: list[str] = []
    for element in elements:
        if element.get("type") == "TextBlock":
            found.append(element["text"])
        found += [f"{fact['title']} {fact['value']}" for fact in element.get("facts", ())]
        found += texts(element.get("items", ()))
    return found


def actions(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = list(card.get("actions", ()))
    for element in card.get("body", ()):
        if element.get("type") == "ActionSet":
            found += element["actions"]
        found += actions({"body": element.get("items", ())})
    return found


@dataclass
class Microsoft:
    """`answers` holds what the next requests to the Connector service get instead: (status, headers, body); `put_answers`
    the same for those that change what was said."""

    signer: Signer = field(default_factory=lambda: Signer("key-1"))
    keys: list[dict[str, Any]] = field(default_factory=list)
    keys_down: bool = False
    key_fetches: int = 0
    tokens: set[str] = field(default_factory=set)
    token_fetches: int = 0
    token_lifetime: int = 3600
    secret: str = SECRET
    said: list[Said] = field(default_factory=list)
    greetings: list[Said] = field(default_factory=list)  # they stand in the chats too, above what was said
    typing: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    members: dict[str, Person] = field(default_factory=lambda: {p.object_id: p for p in PEOPLE})
    members_down: bool = False
    object_id_field: str = "aadObjectId"  # of a member; older services say "objectId"
    opened: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    put_answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    deliver_anyway: bool = False  # a gateway that gave up on a request that was done
    address: str = ""
    count: int = 0

    def __post_init__(self) -> None:
        self.keys = self.keys or [self.signer.jwk()]

    # --- what the bot is configured with ---

    @property
    def service_url(self) -> str:
        return f"{self.address}/emea/{TENANT}/"

    @property
    def openid_url(self) -> str:
        return f"{self.address}/v1/.well-known/openidconfiguration"

    @property
    def token_url(self) -> str:
        return f"{self.address}/{TENANT}/oauth2/v2.0/token"

    # --- the token of a request to the bot ---

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": "https://api.botframework.com",
            "aud": APP_ID,
            "nbf": now - 5,
            "exp": now + 3600,
            "serviceurl": self.service_url,
        }
        return {name: value for name, value in {**claims, **more}.items() if value is not None}

    def authorization(self, signer: Signer | None = None, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {(signer or self.signer).sign(self.claims(**claims))}"}

    # --- the service ---

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/.well-known/openidconfiguration", self._metadata)
        app.router.add_get("/v1/.well-known/keys", self._jwks)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        base = "/emea/{tenant}/v3/conversations"
        app.router.add_post(base, self._guarded(self._open))
        app.router.add_post(base + "/{conversation}/activities", self._guarded(self._post))
        app.router.add_put(base + "/{conversation}/activities/{activity}", self._guarded(self._put))
        app.router.add_get(base + "/{conversation}/members/{member}", self._guarded(self._member))
        return app

    async def _metadata(self, request: web.Request) -> web.Response:
        if self.keys_down:
            return web.Response(status=503)
        return web.json_response(
            {
                "issuer": "https://api.botframework.com",
                "jwks_uri": f"{self.address}/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _jwks(self, request: web.Request) -> web.Response:
        self.key_fetches += 1
        return web.json_response({"keys": self.keys})

    async def _token(self, request: web.Request) -> web.Response:
        self.token_fetches += 1
        form = await request.post()
        wanted = {
            "grant_type": "client_credentials",
            "client_id": APP_ID,
            "scope": "https://api.botframework.com/.default",
        }
        if (
            any(form.get(name) != value for name, value in wanted.items())
            or request.match_info["tenant"] != TENANT
        ):
            return web.json_response(
                {"error": "invalid_request", "error_description": "AADSTS900144"}, status=400
            )
        if form.get("client_secret") != self.secret:
            body = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."}
            return web.json_response(body, status=401)
        token = secrets.token_hex(8)
        self.tokens.add(token)
        return web.json_response(
            {"access_token": token, "expires_in": self.token_lifetime, "token_type": "Bearer"}
        )

    def _guarded(self, handler: Any) -> Any:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self.calls.append((request.method, request.path))
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if token not in self.tokens:
                return _problem(401, "Unauthorized")
            if self.answers and not await _is_typing(request):  # a courtesy that may fail unseen
                status, headers, body = self.answers.pop(0)
                if self.deliver_anyway:
                    await handler(request)
                if status == 0:  # the connection breaks
                    assert request.transport is not None
                    request.transport.close()
                    await asyncio.sleep(0)
                return web.json_response(body, status=status or 500, headers=headers)
            response: web.StreamResponse = await handler(request)
            return response

        return guarded

    async def _post(self, request: web.Request) -> web.Response:
        conversation, body = request.match_info["conversation"], await request.json()
        problem = _refusal(body)
        if problem is not None:
            return problem
        if body["type"] == "typing":
            self.typing.append(conversation)
            return web.json_response({"id": "typing"}, status=201)
        self.count += 1
        said = Said(id=f"1:{self.count}", conversation=conversation, body=body)
        self.said.append(said)
        return web.json_response({"id": said.id}, status=201)

    async def _put(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.put_answers:
            status, headers, instead = self.put_answers.pop(0)
            return web.json_response(instead, status=status, headers=headers)
        problem = _refusal(body)
        if problem is not None:
            return problem
        said = self.find(request.match_info["activity"])
        if said is None or said.conversation != request.match_info["conversation"]:
            return _problem(404, "ActivityNotFoundInConversation")
        said.body, said.versions = body, said.versions + 1
        return web.json_response({"id": said.id})

    async def _member(self, request: web.Request) -> web.Response:
        if self.members_down:
            return _problem(503, "ServiceUnavailable")
        wanted = request.match_info["member"]
        person = self.members.get(wanted) or next(
            (p for p in self.members.values() if p.user == wanted), None
        )
        if person is None:
            return _problem(404, "MemberNotFoundInConversation")
        return web.json_response(
            {
                "id": person.user,
                self.object_id_field: person.object_id,
                "userPrincipalName": person.upn,
                "email": person.upn,
                "tenantId": person.tenant,
                "userRole": person.role,
            }
        )

    async def _open(self, request: web.Request) -> web.Response:
        body = await request.json()
        tenant = body.get("tenantId"), (body.get("channelData") or {}).get("tenant", {}).get("id")
        if tenant != (TENANT, TENANT) or body.get("isGroup") or not (body.get("bot") or {}).get("id"):
            return _problem(403, "BotNotInConversationRoster")
        (member,) = body["members"]
        return web.json_response(
            {"id": self.opened.setdefault(member["id"], f"a:{member['id']}")}, status=201
        )

    def find(self, identifier: str) -> Said | None:
        standing = (*self.greetings, *self.said)
        return next((said for said in standing if said.id == identifier), None)


async def _is_typing(request: web.Request) -> bool:
    return request.method == "POST" and (await request.json()).get("type") == "typing"


def _refusal(body: Any) -> web.Response | None:
    """What Teams does not take."""
    if not isinstance(body, dict) or body.get("type") not in ("message", "typing"):
        return _problem(400, "BadSyntax")
    if len(json.dumps(body, ensure_ascii=False).encode("utf-16-le")) > MAX_MESSAGE_BYTES:
        return _problem(413, "MessageSizeTooBig")
    if body["type"] == "message" and not body.get("text") and not body.get("attachments"):
        return _problem(400, "BadArgument")
    for attachment in body.get("attachments") or ():
        if attachment.get("contentType") != CARD or card_faults(attachment.get("content")) != []:
            return _problem(400, "BadSyntax")
    return None


ELEMENTS = {
    "TextBlock": {"text", "wrap", "weight", "size", "spacing", "isSubtle", "color", "separator", "style"},
    "FactSet": {"facts", "spacing", "separator"},
    "Container": {"items", "style", "bleed", "spacing", "separator"},
    "ActionSet": {"actions", "spacing"},
    "Input.Text": {
        "id", "label", "style", "maxLength", "isRequired", "errorMessage", "placeholder", "regex", "value", "spacing",
        "isMultiline",
    },
}  # fmt: skip
ACTIONS = {
    "Action.Execute": {"verb", "data", "fallback", "associatedInputs", "style"},
    "Action.Submit": {"data", "associatedInputs", "style"},
    "Action.OpenUrl": {"url"},
}


def card_faults(card: Any) -> list[str]:
    """What Adaptive Cards 1.5 in Teams does not know, or a person could not read."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard" or card.get("version") != "1.5":
        return ["no card of version 1.5"]
    faults = [f"card: {name}" for name in set(card) - _CARD]
    faults += _element_faults(card.get("body", ()))
    for action in actions(card):
        allowed = ACTIONS.get(action.get("type", ""))
        if allowed is None or set(action) - allowed - {"type", "title"}:
            faults.append(f"action {action.get('type')}: {sorted(set(action) - (allowed or set()))}")
        if not 0 < len(str(action.get("title", ""))) <= 160:
            faults.append("an action without a title")
    return faults


_CARD = {"type", "$schema", "version", "body", "actions", "lang", "fallbackText", "msteams", "speak"}


def _element_faults(elements: Any) -> list[str]:
    faults = []
    for element in elements:
        allowed = ELEMENTS.get(element.get("type", ""))
        if allowed is None or set(element) - allowed - {"type"}:
            faults.append(f"element {element.get('type')}: {sorted(set(element) - (allowed or set()))}")
        if element.get("type") == "TextBlock" and element.get("wrap") is not True:
            faults.append("text that is cut off")
        if element.get("type", "").startswith("Input.") and not element.get("label"):
            faults.append("an input without a label")
        faults += _element_faults(element.get("items", ()))
    return faults


def _problem(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": code}}, status=status)


async def start(microsoft: Microsoft) -> web.AppRunner:
    """Listen on a free port of 127.0.0.1."""
    runner = web.AppRunner(microsoft.application(), shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    microsoft.address = f"http://127.0.0.1:{port}"
    return runner
