"""For administrators: `python -m servicedesk.personal_data export PERSON` and `… erase PERSON`.

Exit 0: done; 1: not done, and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from servicedesk.bootstrap import Services, current_services
from servicedesk.directory.port import AccountId
from servicedesk.errors import Tier0Error
from servicedesk.personal_data.person import Person, PersonalData
from servicedesk.personal_data.trackers import Trackers


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m servicedesk.personal_data")
    commands = parser.add_subparsers(dest="command", required=True)
    exporting = commands.add_parser("export", help="print everything that is kept of a person, as JSON")
    erasing = commands.add_parser("erase", help="delete everything that is kept of a person")
    erasing.add_argument("--yes", action="store_true", help="do not ask")
    for command in (exporting, erasing):
        command.add_argument("person", help="user name or e-mail address")
        command.add_argument(
            "--id", action="store_true", help="it is the directory's own id, of somebody who has left"
        )
    options = parser.parse_args(arguments)
    try:
        services = current_services()
        person = _find(services, options.person, is_id=options.id)
        if person is None:
            print(
                f"{options.person}: nobody, or more than one, has this user name or address", file=sys.stderr
            )
            return 1
        data = PersonalData(
            store=services.store, audit=services.audit, trackers=Trackers(services.settings.tracker_db)
        )
        if options.command == "export":
            print(json.dumps(data.export(person), indent=2, ensure_ascii=False))
            return 0
        return _erase(services, data, person, options.person, sure=options.yes)
    except Tier0Error as err:
        print(f"not done: {err}", file=sys.stderr)
    return 1


def _find(services: Services, person: str, *, is_id: bool) -> Person | None:
    """By id also where the directory no longer knows them, or does not answer."""
    if is_id:
        return Person(id=AccountId(person))
    account = services.directory.find_by_username(person)
    return None if account is None else Person.of(account)


def _erase(services: Services, data: PersonalData, person: Person, name: str, *, sure: bool) -> int:
    if not sure and not _confirmed(name):
        print("Nothing was erased.")
        return 1
    outside = () if services.settings.ticketing == "embedded" else data.outside_tickets(person)
    gone = data.erase(person)
    print("\n".join(f"{table}: {number}" for table, number in gone.items()) or "There was nothing.")
    if outside:
        print("Tickets that stay in their own system, until they are erased there: " + ", ".join(outside))
    return 0


def _confirmed(name: str) -> bool:
    try:
        return input(f"Type {name} to erase all that is kept of this person: ").strip() == name
    except EOFError:
        return False


if __name__ == "__main__":
    sys.exit(main())
