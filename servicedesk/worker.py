"""The worker: carries out the outbox, reminds people, deletes what may no longer be kept, anchors the audit trail.

`python -m servicedesk.worker` runs until SIGTERM; several may run at once. `worker.alive` in the state
directory is touched on every round, for the supervisor to look at."""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import FrameType

from servicedesk import log as logs
from servicedesk.bootstrap import Services, build_services
from servicedesk.buttons import Buttons
from servicedesk.clock import Clock
from servicedesk.errors import Tier0Error
from servicedesk.handlers import handlers
from servicedesk.outbox import Handler, Outbox
from servicedesk.retention import Retention
from servicedesk.settings import Settings
from servicedesk.store import StoreUnavailable
from servicedesk.ticket_news import TicketNews

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.3  # an employee's ticket number appears soon
PAUSE_AFTER_FAULT_SECONDS = 2.0
WORK_SECONDS = 10.0  # between two looks at the chores; no hand waits for another that has more to do
HANDS = 3  # items at a time: what an outside system takes to answer is only waited for
DRAIN_SECONDS = 25  # F17
ANCHOR_EVERY = timedelta(minutes=1)  # D2
PURGE_EVERY = timedelta(hours=1)
LOCKOUTS_EVERY = timedelta(minutes=1)
EXPIRIES_EVERY = timedelta(minutes=30)
NUDGES_EVERY = timedelta(minutes=10)
SOLVED_EVERY = timedelta(minutes=1)
AUDIT_KEPT = timedelta(days=366)  # D4: 12 months; the database refuses to delete younger rows
HEARTBEAT = "worker.alive"


class Chore:
    """Something to do every so often; what goes wrong is logged and tried again the next time."""

    def __init__(self, clock: Clock, every: timedelta, work: Callable[[], object]) -> None:
        self._clock = clock
        self._every = every
        self._work = work
        self._due = clock.now()

    def run_if_due(self) -> None:
        now = self._clock.now()
        if not (now >= self._due or self._due > now + self._every):  # F14: or the clock was set back
            return
        self._due = now + self._every
        try:
            self._work()
        except (Tier0Error, OSError) as err:
            log.error("worker: a chore failed (%s)", type(err).__name__)


class Worker:
    def __init__(
        self,
        *,
        outbox: Outbox,
        handlers: Mapping[str, Handler],
        chores: tuple[Chore, ...],
        heartbeat: Path,
        round_seconds: float = ROUND_SECONDS,
        hands: int = HANDS,
    ) -> None:
        self._outbox = outbox
        self._handlers = handlers
        self._chores = chores
        self._heartbeat = heartbeat
        self._round_seconds = round_seconds
        self._hands = hands
        self._stop = threading.Event()

    def stop(self) -> None:
        """End after the item in hand; the rest waits in the database for the next worker."""
        self._stop.set()

    def run(self) -> None:
        """Until `stop`. A database that is away is waited for."""
        self._heartbeat.parent.mkdir(parents=True, exist_ok=True)
        while not self._stop.is_set():
            self._stop.wait(self.round())

    def round(self) -> float:
        """One round; how many seconds to rest after it."""
        try:
            self._heartbeat.touch()
            for chore in self._chores:
                chore.run_if_due()
            all_done = self._carry_out()
        except (StoreUnavailable, OSError) as err:
            log.warning("worker: the store is not available (%s)", type(err).__name__)
            return PAUSE_AFTER_FAULT_SECONDS * (0.5 + random.random())
        return self._round_seconds if all_done else 0.0

    def _carry_out(self) -> bool:
        """One item, and where there was one, what else is due by all hands, for a while; whether nothing more was due."""
        if not self._outbox.run_due(self._handlers, 1, self._stop.is_set):
            return True
        until = time.monotonic() + WORK_SECONDS
        with ThreadPoolExecutor(self._hands, thread_name_prefix="hand") as hands:
            for hand in [hands.submit(self._run_until, until) for _ in range(self._hands)]:
                hand.result()
        return time.monotonic() < until

    def _run_until(self, moment: float) -> None:
        def is_over() -> bool:
            return self._stop.is_set() or time.monotonic() >= moment

        while self._outbox.run_due(self._handlers, stopping=is_over) and not is_over():
            pass


def build_worker(services: Services) -> Worker:
    """The worker of these services."""
    retention = Retention(services.store, services.clock)
    news = _ticket_news(services)
    return Worker(
        outbox=services.outbox,
        handlers=handlers(
            store=services.store,
            keys=services.keys,
            tickets=services.tickets,
            delivery=services.delivery,
            conversations=services.conversations,
            accounts=services.accounts,
            cases=services.cases,
            buttons=Buttons(services.clock, services.keys, services.settings.limits.button_lifetime),
            outbox=services.outbox,
            clock=services.clock,
            news=news,
        ),
        chores=(
            Chore(services.clock, ANCHOR_EVERY, services.audit.anchor),
            Chore(services.clock, PURGE_EVERY, retention.purge),
            Chore(
                services.clock,
                PURGE_EVERY,
                lambda: services.audit.purge(services.clock.now() - AUDIT_KEPT),
            ),
            Chore(services.clock, LOCKOUTS_EVERY, services.reminders.look_for_lockouts),
            Chore(services.clock, EXPIRIES_EVERY, services.reminders.look_for_expiries),
            Chore(services.clock, NUDGES_EVERY, services.nudges.look),
            Chore(services.clock, SOLVED_EVERY, services.resolutions.look),
            *_asking(services, news),
        ),
        heartbeat=services.settings.state_dir / HEARTBEAT,
    )


def _ticket_news(services: Services) -> TicketNews | None:
    """Where L1 works in a system of its own, it is asked for news; on the embedded one the desk tells at once."""
    outside = services.settings.outside_tickets
    if outside is None:
        return None
    return TicketNews(
        store=services.store,
        clock=services.clock,
        tickets=services.tickets,
        outbox=services.outbox,
        audit=services.audit,
        system=outside.system,
        quiet=services.quiet_hours,
    )


def _asking(services: Services, news: TicketNews | None) -> tuple[Chore, ...]:
    outside = services.settings.outside_tickets
    if outside is None or news is None:
        return ()
    return (Chore(services.clock, timedelta(seconds=outside.poll_seconds), news.run),)


def main() -> int:
    logs.configure()
    worker = build_worker(build_services(Settings.from_env(os.environ)))

    def drain(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()
        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(DRAIN_SECONDS)

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        os._exit(0)  # the item in hand hangs: its lease ends, and the next worker takes it up (F7)

    signal.signal(signal.SIGTERM, drain)
    signal.signal(signal.SIGINT, drain)
    log.info("worker: started")
    worker.run()
    log.info("worker: stopped")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
