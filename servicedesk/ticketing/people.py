"""What a ticket system calls the people whose addresses we know."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

KEPT_SECONDS = 3600.0
NOBODY_SECONDS = 60.0  # who is not found is soon looked for again: somebody may be about to create the user
MOST = 10_000

LookUp = Callable[[Sequence[str]], Iterable[tuple[str, str]]]
"""Addresses, and for each person found there the address and the system's id."""


class People:
    """Looks an address up, and knows it for an hour: the calls that a system allows are for tickets.

    Where a system answers for several addresses at once, those who come next are looked up in the same call."""

    def __init__(
        self, look_up: LookUp, *, at_once: int = 1, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._look_up = look_up
        self._at_once = at_once
        self._now = now
        self._coming: Callable[[], Iterable[str]] = tuple
        self._known: dict[str, tuple[str, float]] = {}
        self._turn = threading.Lock()

    def look_ahead(self, coming: Callable[[], Iterable[str]]) -> None:
        """`coming` gives the addresses that will be asked for next."""
        self._coming = coming

    def find(self, email: str) -> str:
        """The system's id; "" for nobody, and for more than one. Raises what the look-up raises."""
        key = email.lower()
        if self._at_once == 1:
            found = self._found(key)
            return self._ask([key])[key] if found is None else found
        with self._turn:  # whoever comes meanwhile is most likely among those who are asked for
            found = self._found(key)
            return self._ask(self._with_those_who_come(key))[key] if found is None else found

    def _found(self, key: str) -> str | None:
        identifier, until = self._known.get(key, ("", 0.0))
        return identifier if self._now() < until else None

    def _with_those_who_come(self, key: str) -> list[str]:
        coming = (each.lower() for each in self._coming() if each)
        unknown = dict.fromkeys(each for each in coming if each != key and self._found(each) is None)
        return [key, *islice(unknown, self._at_once - 1)]

    def _ask(self, keys: Sequence[str]) -> dict[str, str]:
        ids: dict[str, set[str]] = {key: set() for key in keys}
        for email, identifier in self._look_up(keys):
            ids.get(email.lower(), set()).add(identifier)
        found = {key: next(iter(each)) if len(each) == 1 else "" for key, each in ids.items()}
        if len(self._known) + len(found) > MOST:
            self._known.clear()
        now = self._now()
        for key, identifier in found.items():
            self._known[key] = (identifier, now + (KEPT_SECONDS if identifier else NOBODY_SECONDS))
        return found
