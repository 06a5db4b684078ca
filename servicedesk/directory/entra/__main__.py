"""Have the operator sign in, once, for TIER0_ENTRA_RESET=method: python -m servicedesk.directory.entra sign-in"""

from __future__ import annotations

import argparse
import os
import sys

from servicedesk.directory.entra.http import new_session
from servicedesk.directory.entra.tokens import OperatorTokens
from servicedesk.directory.errors import DirectoryError
from servicedesk.errors import SettingsError
from servicedesk.keys import KeyRing
from servicedesk.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m servicedesk.directory.entra")
    parser.add_argument("command", choices=["sign-in"], help="sign the operator in on another screen")
    parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        if settings.entra is None:
            raise SettingsError("TIER0_DIRECTORY: the operator is for entra only")
        operator = OperatorTokens(settings.entra, new_session(), KeyRing(settings.keys_dir))
        name = operator.sign_in(print)
    except (SettingsError, DirectoryError, OSError) as err:
        print(err, file=sys.stderr)
        return 1
    print(f"Signed in as {name}. Kept sealed in {settings.entra.operator_file}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
