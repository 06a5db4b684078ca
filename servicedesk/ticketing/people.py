"""What a ticket system calls the people whose addresses we know."""

from __future__ import annotations

import time
from collections.abc import Callable

KEPT_SECONDS = 3600.0
MOST = 10_000


class People:
    """Looks an address up, and knows it for an hour: the calls that a system allows are for tickets.

    Who is not found is looked for again: somebody may be about to create the user."""

    def __init__(self, look_up: Callable[[str], str], now: Callable[[], float] = time.monotonic) -> None:
        self._look_up = look_up  # gives "" for nobody, and for more than one
        self._now = now
        self._known: dict[str, tuple[str, float]] = {}

    def find(self, email: str) -> str:
        """The system's id, or "". Raises what the look-up raises."""
        key = email.casefold()
        identifier, until = self._known.get(key, ("", 0.0))
        if identifier and self._now() < until:
            return identifier
        found = self._look_up(email)
        if found:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = (found, self._now() + KEPT_SECONDS)
        return found
