"""For administrators: `python -m servicedesk.factors enrol PERSON`, with the person in front of you.

Exit 0: done; 1: not done, and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import segno

from servicedesk.bootstrap import current_services
from servicedesk.errors import Tier0Error
from servicedesk.factors.enrolment import Candidate, Enrolment, EnrolmentRefused

TRIES = 3


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m servicedesk.factors")
    commands = parser.add_subparsers(dest="command", required=True)
    enrolling = commands.add_parser(
        "enrol", help="show a QR code for the person's authenticator app, and keep its seed"
    )
    enrolling.add_argument("person", help="user name or e-mail address")
    enrolling.add_argument("--again", action="store_true", help="replace the one that is there")
    enrolling.add_argument(
        "--uri", action="store_true", help="print the otpauth address as well, to be typed"
    )
    removing = commands.add_parser("remove", help="take the person's authenticator away")
    removing.add_argument("person", help="user name or e-mail address")
    options = parser.parse_args(arguments)
    try:
        enrolment = Enrolment(current_services())
        if options.command == "remove":
            return _remove(enrolment, options.person)
        return _enrol(enrolment, options.person, again=options.again, with_uri=options.uri)
    except EnrolmentRefused as err:
        print(f"{options.person}: {err}")
    except Tier0Error as err:
        print(f"not done: {err}")
    return 1


def _enrol(enrolment: Enrolment, person: str, *, again: bool, with_uri: bool) -> int:
    candidate = enrolment.begin(person, again=again)
    _show(candidate, with_uri=with_uri)
    for _ in range(TRIES):
        try:
            code = input("The code that the app shows now: ")
        except EOFError:
            break
        if enrolment.finish(candidate, code.strip()):
            print("Kept. It counts in 72 hours; the person is told by mail and text message.")
            return 0
        print("That is not the code: is the phone's clock right?")
    print("Nothing was kept.")
    return 1


def _show(candidate: Candidate, *, with_uri: bool) -> None:
    print(
        f"{candidate.account.display_name}, {candidate.account.department}: scan this with the authenticator app."
    )
    segno.make(candidate.uri, error="l").terminal(compact=True)
    if with_uri or not sys.stdout.isatty():
        print(candidate.uri)


def _remove(enrolment: Enrolment, person: str) -> int:
    if not enrolment.remove(person):
        print(f"{person}: there is none of ours")
        return 1
    print("Removed. What was proven before and not used yet is void.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
