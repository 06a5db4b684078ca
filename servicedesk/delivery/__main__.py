"""For administrators: `python -m servicedesk.delivery check [--to …]`. Exit 0: all well; 1: something is wrong."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from servicedesk.delivery.check import check, send_test
from servicedesk.delivery.settings import EMBEDDED
from servicedesk.errors import SettingsError
from servicedesk.findings import Verdict
from servicedesk.settings import Settings
from servicedesk.texts import LANGUAGES


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m servicedesk.delivery")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser(
        "check", help="look at the mail server and the SMS gateway of the settings"
    )
    checking.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="WHO",
        help="send a test message to this number (+47…) or address; may be given again",
    )
    checking.add_argument("--language", choices=LANGUAGES, default="en", help="of the test message")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        return _check(settings, options.to, options.language)
    except SettingsError as err:
        print(f"WRONG  settings     {err}")
        return 1


def _check(settings: Settings, recipients: list[str], language: str) -> int:
    names = settings.delivery.adapters
    if names == (EMBEDDED,):
        print("note   settings     TIER0_DELIVERY=embedded: there is nothing outside to check")
        return 0
    from servicedesk.bootstrap import delivery_of

    print(f"ok     settings     TIER0_DELIVERY={', '.join(names)}")
    delivery = delivery_of(settings)
    faults = 0
    for findings in (check(settings), send_test(delivery, recipients, settings, language)):
        for finding in findings:
            print(finding, flush=True)
            faults += finding.verdict is Verdict.WRONG
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
