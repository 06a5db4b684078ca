"""For administrators: `python -m servicedesk.directory check`. Exit 0: all well; 1: something is wrong."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from servicedesk.clock import SystemClock
from servicedesk.directory.entra.settings import EntraSettings
from servicedesk.errors import SettingsError
from servicedesk.keys import KeyRing
from servicedesk.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m servicedesk.directory")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="look at the directory of the settings; changes nothing")
    checking.add_argument(
        "--try-rights",
        action="store_true",
        help="OpenLDAP: ask for the rights with a change that cannot succeed (it appears in the server's log)",
    )
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        if settings.ldap is not None:
            settings.ldap.password.read()
    except SettingsError as err:
        print(f"WRONG  settings     {err}")
        return 1
    return _check(settings, try_rights=options.try_rights)


def _check(settings: Settings, *, try_rights: bool) -> int:
    if settings.entra is not None:
        return _check_entra(settings, settings.entra)
    if settings.ldap is None:
        print(
            f"note   settings     TIER0_DIRECTORY={settings.directory}: there is no outside directory to check"
        )
        return 0
    from servicedesk.directory.check import Verdict, check

    print(f"ok     settings     TIER0_DIRECTORY={settings.directory}")
    faults = 0
    for finding in check(settings.directory, settings.ldap, try_rights=try_rights):
        print(finding, flush=True)
        faults += finding.verdict is Verdict.WRONG
    return 1 if faults else 0


def _check_entra(settings: Settings, entra: EntraSettings) -> int:
    from servicedesk.directory.entra.adapter import EntraDirectory

    try:
        directory = EntraDirectory(entra, SystemClock(), KeyRing(settings.keys_dir))
    except SettingsError as err:
        print(f"WRONG  settings     {err}")
        return 1
    print("ok     settings     TIER0_DIRECTORY=entra")
    faults = 0
    for what, good, meaning in directory.checks():
        print(f"{'ok' if good else 'WRONG':<6} {what}: {meaning}", flush=True)
        faults += not good
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
