"""Smart lockout as far as the sign-in log shows it: late, without its end, and never to be ended by us.

https://learn.microsoft.com/entra/identity/authentication/howto-password-smart-lockout"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from servicedesk.directory.entra.http import Answer
from servicedesk.directory.entra.moments import moment

# A lockout lasts a minute at first and longer with every further try; how much longer, Microsoft keeps to itself, and
# the log is some minutes behind. Refusals this recent are worth telling, older ones are history.
RECENT = timedelta(minutes=15)
ONE_LOCKOUT = timedelta(minutes=15)  # refusals closer together than this belong to the same trouble
MALICIOUS = (
    "malicious"  # the same number also stands for "this IP address has a bad name", which locks nobody out
)


@dataclass(frozen=True, slots=True)
class Seen:
    locked_at: datetime | None  # the last refusal, where nothing since then shows that the lockout is over
    today: int  # how often it came to a lockout in the last 24 h


def seen(refused: Answer | None, activity: Answer | None, changed_at: datetime | None, now: datetime) -> Seen:
    """Without a licence, or while the log does not answer, nothing is seen: that is not the same as not locked."""
    times = sorted(
        at for entry in (refused.values if refused and refused.ok else []) if (at := _refused_at(entry))
    )
    if not times:
        return Seen(None, 0)
    over = [at for at in (changed_at, _last_success(activity)) if at is not None]
    locked = now - times[-1] <= RECENT and all(at < times[-1] for at in over)  # a new password ends a lockout
    return Seen(times[-1] if locked else None, _bursts(times))


def _refused_at(entry: dict[str, Any]) -> datetime | None:
    status = entry.get("status") or {}
    if MALICIOUS in str(status.get("failureReason")).casefold():
        return None
    return moment(entry.get("createdDateTime"))


def _last_success(activity: Answer | None) -> datetime | None:
    found = activity.body.get("signInActivity") if activity is not None and activity.ok else None
    return moment(found.get("lastSuccessfulSignInDateTime")) if isinstance(found, dict) else None


def _bursts(times: list[datetime]) -> int:
    return 1 + sum(later - earlier > ONE_LOCKOUT for earlier, later in pairwise(times))
