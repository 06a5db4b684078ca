"""`python -m desk`: the web application on 127.0.0.1, behind a reverse proxy in production."""

from __future__ import annotations

import logging

from waitress import serve

from desk.app import create_app
from servicedesk.bootstrap import current_services
from servicedesk.log import configure


def main() -> None:
    configure()
    services = current_services()
    port = services.settings.desk_port
    logging.getLogger(__name__).info("desk listens on 127.0.0.1:%d", port)
    serve(create_app(services), host="127.0.0.1", port=port, threads=8, ident=None)


if __name__ == "__main__":
    main()
