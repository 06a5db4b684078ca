"""What each ticket system sends when a ticket has changed: headers and body, as its documentation shows them.

Written from the vendors' pages and not from servicedesk/ticketing/hooks.py, which reads it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

Call = tuple[dict[str, str], bytes]

BODIES: dict[str, dict[str, Any]] = {
    "jira_service_management": {
        "timestamp": 1764489600000,
        "webhookEvent": "comment_created",
        "comment": {"id": "10050", "body": "secret-looking text", "jsdPublic": True},
        "issue": {"id": "ID", "key": "IT-7", "fields": {"summary": "VPN"}},
    },
    "zammad": {"ticket": {"id": "ID", "number": "31001", "title": "VPN"}, "article": {"id": 104}},
    "zendesk": {
        "type": "zen:event-type:ticket.comment_added",
        "account_id": 22129848,
        "id": "2b24ef10-19a5-4379-a4bb-9d0e6b9c6c6f",
        "detail": {"id": "ID", "subject": "VPN", "tags": ["tier0"]},
        "event": {"comment": {"id": "10", "body": "hei"}},
    },
    "bmc_helix": {
        "webhook_id": "WBH000000000603",
        "entry_details": {"Incident Number": "ID", "Status": "Resolved"},
        "entry_event": "Update",
        "form_name": "HPD:Help Desk",
        "entry_id": "INC000000000101|INC000000000101",
    },
}
WRITTEN_BY_HAND = {"id": "ID"}  # in a business rule, a flow, a workflow, a scrip


def sent(system: str, secret: str, ticket: str) -> Call:
    template = json.dumps(BODIES.get(system, WRITTEN_BY_HAND))
    body = template.replace('"ID"', ticket if system == "zammad" else json.dumps(ticket)).encode()
    return {"Content-Type": "application/json", **signed(system, secret, body)}, body


def signed(system: str, secret: str, body: bytes) -> dict[str, str]:
    key = secret.encode()
    if system == "jira_service_management":
        return {"X-Hub-Signature": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()}
    if system == "zammad":
        return {"X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest()}
    if system == "zendesk":
        at = "2026-11-30T08:00:00Z"
        digest = hmac.new(key, at.encode() + body, hashlib.sha256).digest()
        return {
            "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": at,
        }
    if system == "bmc_helix":  # an AR System webhook knows Basic and OAuth
        return {"Authorization": "Basic " + base64.b64encode(f"tier0:{secret}".encode()).decode()}
    if system == "salesforce":  # a named credential's custom header
        return {"Authorization": f"Bearer {secret}"}
    return {"X-Tier0-Secret": secret}
