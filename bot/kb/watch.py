"""Which articles were touched, as the system tells it: to find one, nobody needs to look at a hundred thousand files."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import Any

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

logger = logging.getLogger(__name__)


class Watch(FileSystemEventHandler):
    """Of a folder of articles. Starts at once, and ends with the process.

    It promises nothing: a network share says nothing of what another machine has written, and a system may run out of
    watches. So the whole folder is looked at all the same, only more rarely.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._touched: set[str] = set()
        observer = Observer()
        observer.daemon = True
        try:
            observer.schedule(self, str(directory), recursive=True)
            observer.start()
        except OSError as err:
            logger.warning("%s is not watched, changes are seen later: %s", directory, err)

    @property
    def touched(self) -> bool:
        """Whether something was, since `take`."""
        return bool(self._touched)

    def take(self) -> set[str]:
        """What was touched since the last time: LANGUAGE/FILE, whether it is there or not."""
        with self._lock:
            found, self._touched = self._touched, set()
        return found

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.is_directory or event.event_type in ("opened", "closed_no_write"):
            return
        names = {self._name(path) for path in (event.src_path, event.dest_path) if path}
        with self._lock:
            self._touched |= names

    def _name(self, path: Any) -> str:
        return Path(os.fsdecode(path)).relative_to(self._directory).as_posix()
