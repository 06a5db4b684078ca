"""One try that ends in time, whatever the other side does: slow name servers, bytes that drip, a cut line (F2, F15)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from servicedesk.delivery.errors import DeliveryError, DeliveryUnavailable, DeliveryUnclear

SECONDS = 5.0  # the port's promise


class Abandoned(DeliveryError):
    """Nobody waits for this try any more: nothing may be sent now."""


class Attempt:
    """What is known of a try while it runs. `on_cut` closes the connection that it hangs on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._abandoned = False
        self.handed_over = False
        self.on_cut: Callable[[], object] = lambda: None

    def hand_over(self) -> None:
        """To be called right before the message itself leaves: from now on it may arrive. Raises Abandoned."""
        with self._lock:
            if self._abandoned:
                raise Abandoned("too late")
            self.handed_over = True

    def abandon(self) -> None:
        with self._lock:
            self._abandoned = True
        with suppress(OSError):
            self.on_cut()

    def lost(self, reason: str) -> DeliveryError:
        """The error for a line that broke: after the message left nobody knows."""
        return (DeliveryUnclear if self.handed_over else DeliveryUnavailable)(reason)


def in_time(work: Callable[[Attempt], None], seconds: float = SECONDS) -> None:
    """Run `work` in a thread of its own and wait for it: neither a name server nor a handshake can be cut otherwise.

    Raises what `work` raises; when the time is up DeliveryUnavailable, or DeliveryUnclear once it was handed over."""
    attempt, ended = Attempt(), threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work(attempt)
        except BaseException as err:  # carried over to the caller's thread
            raised.append(err)
        finally:
            ended.set()

    threading.Thread(target=run, daemon=True, name="delivery").start()
    if not ended.wait(seconds):
        attempt.abandon()
        raise attempt.lost("no answer in time")
    if raised:
        raise raised[0]
