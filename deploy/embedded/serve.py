"""The Rasa server alone, with its HTTP API: `make serve PORT=N`."""

from __future__ import annotations

import argparse
import os
import sys

from deploy.embedded.processes import ROOT, prepare, rasa_command
from servicedesk.errors import Tier0Error
from servicedesk.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=5005, help="on 127.0.0.1 (default: %(default)s)")
    port = parser.parse_args().port
    try:
        settings = Settings.from_env(os.environ)
        environment = {**os.environ, **prepare(settings)}
    except Tier0Error as err:
        sys.exit(f"Tier0 cannot start: {err}")
    os.chdir(ROOT)
    command = rasa_command(settings, port)
    os.execve(command[0], command, environment)  # noqa: S606  # no shell: our own fixed command takes over


if __name__ == "__main__":
    main()
