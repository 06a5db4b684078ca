"""Waiting for news of a conversation, whoever writes them: this process, the worker, an agent on the desk."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from servicedesk.store import Store, StoreUnavailable
from servicedesk.store.tables import messages

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5


class Feed:
    """One look into the database a half second, however many pages wait; none when none waits."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._watcher: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def news(self, conversation: str) -> Iterator[asyncio.Event]:
        """Set as soon as something may have been written in the conversation since the block began.

        Whoever reads first and begins to listen afterwards misses what is written in between."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting[conversation].add(event)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield event
        finally:
            self._waiting[conversation].discard(event)
            if not self._waiting[conversation]:
                del self._waiting[conversation]

    def tell(self, conversation: str) -> None:
        """Something was written; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, conversation)

    def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        for conversation in list(self._waiting):
            self._wake(conversation)

    def _wake(self, conversation: str) -> None:
        for event in self._waiting.get(conversation, ()):
            event.set()

    async def _watch(self) -> None:
        newest: int | None = None
        while self._waiting:
            try:
                first = newest is None
                newest, changed = await asyncio.to_thread(self._look, newest)
                # What was written before the first look is not known: all look for themselves.
                for conversation in list(self._waiting) if first else changed:
                    self._wake(conversation)
            except StoreUnavailable:
                logger.warning("the store is not available")
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self, newest: int | None) -> tuple[int, tuple[str, ...]]:
        with self._store.transaction() as connection:
            if newest is None:
                return connection.execute(select(func.max(messages.c.id))).scalar() or 0, ()
            query = select(messages.c.conversation, func.max(messages.c.id).label("newest"))
            rows = connection.execute(
                query.where(messages.c.id > newest).group_by(messages.c.conversation)
            ).all()
        return max([newest, *(row.newest for row in rows)]), tuple(row.conversation for row in rows)
