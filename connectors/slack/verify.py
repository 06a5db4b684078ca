"""Only Slack may knock (S10): its signature over the raw body, made within five minutes.

https://docs.slack.dev/authentication/verifying-requests-from-slack"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from servicedesk.clock import Clock

WINDOW_SECONDS = 300
_NUMBER = re.compile(r"[0-9]{1,12}")


def is_from_slack(headers: Mapping[str, str], body: bytes, *, secret: str, clock: Clock) -> bool:
    """Never raises, whatever is in the headers. slack_sdk's verifier does, on a body or a number that is none."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not _NUMBER.fullmatch(timestamp) or abs(clock.now().timestamp() - int(timestamp)) > WINDOW_SECONDS:
        return False
    expected = signature_of(body, timestamp=timestamp, secret=secret)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))


def signature_of(body: bytes, *, timestamp: str, secret: str) -> str:
    signed = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
