"""How each ticket system proves that a webhook comes from it, and where it says which ticket it is about.

What a webhook says is a hint only: which ticket to read now, through the port and with our own rights. So one that comes
again, late or twice does no harm, and no timestamp has to be believed. developer.atlassian.com "Webhooks" (secure admin
webhooks, WebSub); admin-docs.zammad.org "Webhook" (HMAC SHA1 signature token); developer.zendesk.com "Verifying
webhooks"; docs.bmc.com "Adding AR System webhook" (entry_details). The others send what an administrator writes into a
rule, a flow or a scrip: a secret in a header, and `{"id": "…"}`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass

from servicedesk.secret import Shape

SECRET_HEADER = "X-Tier0-Secret"
LONGEST_ID = 64  # as cases.ticket_id has it
SECRET_SHAPE = Shape(
    pattern=r"\S+(\r?\n\S+)?",  # while it is being changed: the new one, and in the second line the old one
    what="one word, or two in two lines while it is being changed",
)

Headers = Callable[[str], str]  # a header by its name; "" where there is none
Proof = Callable[[str, Headers, bytes], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    proves: Proof
    ticket: tuple[tuple[str, ...], ...]  # where the ticket's id may stand, the likeliest first


def comes_from(hook: Hook, secret: str, headers: Headers, body: bytes) -> bool:
    """Whether who has sent this knows the secret. Nothing of the body is read but for its bytes."""
    return any([hook.proves(each, headers, body) for each in secret.split()])  # all: in the same time


def ticket_in(hook: Hook, body: bytes) -> str | None:
    """The id of the ticket that changed; None where there is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return next((found for path in hook.ticket if (found := _id(said, path))), None)


def _id(value: object, path: tuple[str, ...]) -> str | None:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if len(text) <= LONGEST_ID else None


# --- proofs ---


def _secret_in_a_header(secret: str, headers: Headers, _body: bytes) -> bool:
    """In a header of its own, or where a system only knows Authorization: as the token, or as the password."""
    kind, _, given = headers("Authorization").partition(" ")
    if own := headers(SECRET_HEADER):
        given = own
    elif kind.casefold() == "basic":
        given = _password(given)
    elif kind.casefold() != "bearer":
        given = ""
    return _same(secret, given.strip())


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _websub(digest: str) -> Proof:
    """W3C WebSub: X-Hub-Signature is method=signature, over the body. The method is ours to choose, not the sender's."""

    def proves(secret: str, headers: Headers, body: bytes) -> bool:
        mac = hmac.new(secret.encode(), body, digest).hexdigest()
        return _same(f"{digest}={mac}", headers("X-Hub-Signature"))

    return proves


def _zendesk(secret: str, headers: Headers, body: bytes) -> bool:
    at = headers("X-Zendesk-Webhook-Signature-Timestamp")
    signed = hmac.new(secret.encode(), at.encode("utf-8", "surrogatepass") + body, hashlib.sha256)
    given = headers("X-Zendesk-Webhook-Signature")
    return _same(base64.b64encode(signed.digest()).decode(), given)


def _same(wanted: str, given: str) -> bool:
    return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogatepass"))


# --- who sends what ---

_RULE = Hook(proves=_secret_in_a_header, ticket=(("id",),))  # what it sends is written by the administrator
HOOKS: dict[str, Hook] = {
    "request_tracker": _RULE,
    "servicenow": _RULE,
    "freshservice": _RULE,
    "dynamics365": _RULE,
    "salesforce": _RULE,
    "sharepoint": _RULE,
    "bmc_helix": Hook(proves=_secret_in_a_header, ticket=(("entry_details", "Incident Number"), ("id",))),
    "jira_service_management": Hook(proves=_websub("sha256"), ticket=(("issue", "id"),)),
    "zammad": Hook(proves=_websub("sha1"), ticket=(("ticket", "id"), ("id",))),
    "zendesk": Hook(proves=_zendesk, ticket=(("detail", "id"), ("id",))),
}
