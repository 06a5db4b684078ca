"""The action server: `python -m actions`, on 127.0.0.1:TIER0_ACTIONS_PORT."""

from __future__ import annotations

import os

from actions.server import create_app
from servicedesk.bootstrap import current_services
from servicedesk.log import configure


def main() -> None:
    configure()
    services = current_services()
    app = create_app(services)
    # One process, no reloader: Sanic 21.12 would otherwise fork a second one that holds the port.
    app.run(host="127.0.0.1", port=services.settings.actions_port, access_log=False, debug=False)


if __name__ == "__main__":
    os.environ.setdefault("SANIC_REGISTER", "false")
    main()
