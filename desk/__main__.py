"""`python -m desk`: the web application on 127.0.0.1, behind a reverse proxy in production."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType

from waitress import serve

from desk.app import create_app
from servicedesk.bootstrap import current_services
from servicedesk.log import configure

THREADS = 32  # answers about codes take a fixed time, asleep: they must not hold up agents (S8)


def main() -> None:
    configure()
    signal.signal(signal.SIGTERM, _end)
    services = current_services()
    port = services.settings.desk_port
    logging.getLogger(__name__).info("desk listens on 127.0.0.1:%d", port)
    serve(create_app(services), host="127.0.0.1", port=port, threads=THREADS, ident=None)


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Waitress then lets running requests finish (F17), a password change among them."""
    sys.exit(0)


if __name__ == "__main__":
    main()
