"""Which defence stands against which abuse or fault, and the test that fails when it is taken out.

    python -m tests.abuse.defences [--together] [U1 U4 ...]

Takes each defence out in a copy of the working tree, one at a time, runs its test there, and says whether it failed, as
it must. `--together` takes all that were named out at once, in one run: quicker, and as good where no test touches the
defence of another. test_defences.py sees to it that this table still fits the code."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.abuse.defence import Defence
from tests.abuse.fault_defences import FAULTS

ROOT = Path(__file__).resolve().parent.parent.parent
HELD_IN_COMMON = (".venv", "models", "var")  # what git does not have, and no defence changes
CHAT = "tests/abuse/chat/"


DEFENCES = (
    Defence(
        threat="U1",
        without="does not notice that the account is somebody else's",
        file="actions/account.py",
        edits=((r"""if turn.entity("other_person"):""", "if False:"),),
        test=CHAT + "test_u01_for_my_boss.py::test_what_is_asked_for_somebody_else_begins_nothing[nb]",
    ),
    Defence(
        threat="U1",
        without="lets a name in the message choose the account",
        file="actions/proof.py",
        edits=(
            (
                "    if conversation.account is None:\n",
                """    from dataclasses import replace
    named = next(filter(None, map(turn.services.directory.find_by_username, turn.whole_message.split())), None)
    conversation = replace(conversation, account=named.id) if named else conversation
    if conversation.account is None:
""",
            ),
        ),
        test=CHAT + "test_u01_for_my_boss.py::test_a_name_that_is_typed_never_chooses_the_account[nb]",
    ),
    Defence(
        threat="U2",
        without="compares as many codes as are typed",
        file="servicedesk/code_limits.py",
        edits=(
            (
                "        if self._pause(row) is not None:\n            return None\n        if not proven:",
                "        if not proven:",
            ),
        ),
        test="tests/abuse/test_u02_guess_codes.py",
    ),
    Defence(
        threat="U3",
        without="sends a code whenever one is asked for",
        file="servicedesk/code_limits.py",
        edits=(("return max(waits) or None", "return None"),),
        test="tests/abuse/test_u03_flood_a_phone.py",
    ),
    Defence(
        threat="U4",
        without="hands Rasa what was typed as it was typed",
        file="connectors/intake.py",
        edits=(("value=as_typed(redacted.text.strip())", "value=redacted.text.strip()"),),
        test=CHAT + "test_u04_typed_orders.py::test_what_comes_with_words_is_words",
    ),
    Defence(
        threat="U4",
        without="has the classifier find a meaning in an order",
        file="connectors/intake.py",
        edits=(("if is_order(redacted.text):", "if False:"),),
        test=CHAT + "test_u04_typed_orders.py::test_typed_orders_change_nothing",
    ),
    Defence(
        threat="U5",
        without="believes the sender of any known token",
        file="connectors/rest.py",
        edits=(("if not token.trusted:", "if False:"),),
        test=CHAT + "test_u05_anothers_sender.py::test_the_name_of_another_opens_nothing_of_theirs[nb]",
    ),
    Defence(
        threat="U5",
        without="talks on in the named sender's own conversation, whoever calls",
        file="connectors/rest.py",
        edits=(
            (
                'return Sender(tenant="open")',
                'return Sender(tenant="token:portal", account=(await self._look_up(sender)).account)',
            ),
        ),
        test=CHAT + "test_u05_anothers_sender.py::test_the_name_of_another_opens_nothing_of_theirs[nb]",
    ),
    Defence(
        threat="U6",
        without="sends codes to a number of yesterday",
        file="servicedesk/factors/rules.py",
        edits=((" and now - registered_at >= settings.limits.factor_min_age", ""),),
        test="tests/abuse/test_u06_new_number.py",
    ),
    Defence(
        threat="U7",
        without="registers the number that an employee types",
        file="actions/desk_action.py",
        edits=(
            (
                "            events = [*late_facts.given_up(turn), *self.act(turn)]\n",
                """            digits = "".join(filter(str.isdigit, turn.whole_message))
            if len(digits) > 7 and turn.conversation.account:
                from sqlalchemy import update
                from servicedesk.store.tables import directory_accounts as rows
                with services.store.transaction() as connection:
                    connection.execute(
                        update(rows).where(rows.c.id == turn.conversation.account).values(phone="+" + digits)
                    )
            events = [*late_facts.given_up(turn), *self.act(turn)]
""",
            ),
        ),
        test=CHAT + "test_u07_move_my_mfa.py::test_no_words_change_a_factor_or_where_a_code_goes[nb]",
    ),
    Defence(
        threat="U7",
        without="gives the directory a way to change a number",
        file="servicedesk/directory/embedded.py",
        edits=(
            (
                "    def set_password(",
                "    def set_phone(self, account: AccountId, number: str) -> None: ...\n\n    def set_password(",
            ),
        ),
        test=CHAT + "test_u07_move_my_mfa.py::test_no_directory_can_be_told_to_change_a_factor",
    ),
    Defence(
        threat="U8",
        without="works on a name before it answers",
        file="servicedesk/page_proof.py",
        edits=(
            (
                "            self._run(\n                lambda: self._quietly(lambda: self._begin(",
                "            (lambda work: work())(\n                lambda: self._quietly(lambda: self._begin(",
            ),
        ),
        test="tests/abuse/test_u08_timing.py::test_no_kind_of_account_costs_another_amount_of_work",
    ),
    Defence(
        threat="U8",
        without="hashes a password for accounts that exist",
        file="desk/views/recover.py",
        edits=(
            (
                "    proof.begin(session[ID], username, factor, language)\n",
                """    if desk().services.directory.find_by_username(username):
        from argon2 import PasswordHasher
        PasswordHasher().hash(username)
    proof.begin(session[ID], username, factor, language)
""",
            ),
        ),
        test="tests/abuse/test_u08_timing.py::test_no_kind_of_account_costs_another_amount_of_work",
    ),
    Defence(
        threat="U8",
        without="writes a row for privileged accounts only",
        file="desk/views/recover.py",
        edits=(
            (
                "    proof.begin(session[ID], username, factor, language)\n",
                """    proof.begin(session[ID], username, factor, language)
    if "magnus" in username:
        services = desk().services
        with services.store.transaction() as connection:
            services.audit.record(connection, event="watched", outcome="done", actor="page", subject=username)
""",
            ),
        ),
        test="tests/abuse/test_u08_timing.py::test_no_kind_of_account_costs_another_amount_of_work",
    ),
    Defence(
        threat="U8",
        without="answers a code as soon as it is checked",
        file="servicedesk/page_proof.py",
        edits=(("time.sleep(max(0.0, self._answer_time - (time.monotonic() - began)))", "pass"),),
        test="tests/abuse/test_u08_timing.py::test_the_answer_to_a_code_always_takes_its_fixed_time",
    ),
    Defence(
        threat="U9",
        without="believes whoever says that a ticket has changed",
        file="servicedesk/ticket_hooks.py",
        edits=(
            (
                "if self._secret is not None and comes_from(self._hook, self._secret.read(), headers, body):",
                "if self._secret is not None:",
            ),
        ),
        test="tests/desk/test_ticket_hooks.py::test_without_the_secret_nothing_is_read_or_told[zendesk]",
    ),
    Defence(
        threat="U9",
        without="takes any request for Slack's",
        file="connectors/slack/verify.py",
        edits=(
            (
                'return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))',
                "return True",
            ),
        ),
        test="tests/connectors/test_slack_hostile.py::"
        "test_unsigned_forged_and_replayed_requests_are_refused_and_not_read",
    ),
    Defence(
        threat="U10",
        without="exports cells that a spreadsheet runs",
        file="desk/export.py",
        edits=(("writer.writerow([harmless(cell) for cell", "writer.writerow([cell for cell"),),
        test="tests/desk/test_tickets.py::test_the_export_needs_a_reason_and_is_audited_and_formula_free",
    ),
    Defence(
        threat="U11",
        without="uses a link up when it is looked at",
        file="servicedesk/links.py",
        edits=(
            (
                "return None if row is None else _view(row)",
                "return (claim := self.claim(token)) and claim.link",
            ),
        ),
        test="tests/abuse/test_u11_link_preview.py",
    ),
    Defence(
        threat="U12",
        without="lets anybody press a button",
        file="servicedesk/buttons.py",
        edits=(
            ("return identifier if genuine else None", "return identifier"),
            (
                "buttons.c.id == identifier, buttons.c.conversation == conversation)",
                "buttons.c.id == identifier)",
            ),
        ),
        test=CHAT + "test_u12_anothers_button.py::test_the_buttons_of_another_do_nothing_in_my_chat[nb]",
    ),
    Defence(
        threat="U12",
        without="lets an old button work",
        file="servicedesk/buttons.py",
        edits=(("not row.expires_at - self._lifetime <= now < row.expires_at", "False"),),
        test=CHAT + "test_u12_anothers_button.py::test_after_an_hour_or_once_pressed_a_button_is_words[nb]",
    ),
    Defence(
        threat="U13",
        without="shows every ticket to everybody on the desk",
        file="desk/views/tickets.py",
        edits=(
            (
                "    if may(current_agent(), Right.COMPLAINTS):\n        return tickets",
                "    if True:\n        return tickets",
            ),
        ),
        test="tests/abuse/test_u13_not_theirs.py",
    ),
    Defence(
        threat="U13",
        without="lets every agent export",
        file="desk/access.py",
        edits=(
            (
                "Role.AGENT: frozenset({Right.TICKETS})",
                "Role.AGENT: frozenset({Right.TICKETS, Right.EXPORT})",
            ),
        ),
        test="tests/abuse/test_u13_not_theirs.py",
    ),
    Defence(
        threat="U14",
        without="lets strangers have all of an account's sends",
        file="servicedesk/code_limits.py",
        edits=(
            ("        if not proven:\n            strangers", "        if False:\n            strangers"),
        ),
        test="tests/abuse/test_u14_burn_tries.py::test_strangers_who_only_ask_for_codes_leave_one_for_the_owner",
    ),
    Defence(
        threat="U14",
        without="counts strangers' wrong codes with the owner's",
        file="servicedesk/page_proof.py",
        edits=(
            (
                "                proven=False,\n                language",
                "                proven=True,\n                language",
            ),
        ),
        test="tests/abuse/test_u14_burn_tries.py",
    ),
    Defence(
        threat="U15",
        without="does not look again before it writes a password",
        file="servicedesk/password_change.py",
        edits=(("if account is None or refusal(account):", "if account is None:"),),
        test="tests/abuse/test_u15_leave_midway.py::test_a_link_of_before_is_worth_nothing",
    ),
    Defence(
        threat="U16",
        without="sends what agents write",
        file="servicedesk/cases.py",
        edits=(("refusal = screen(text)", "refusal = None"),),
        test="tests/abuse/test_u16_agent_asks.py",
    ),
    Defence(
        threat="S2",
        without="takes an approval's number from who is to be vouched for",
        file="servicedesk/verification.py",
        edits=((" or row.factor == APPROVAL:", ":"),),
        test="tests/abuse/test_vouching.py::test_the_requester_cannot_give_the_number",
    ),
    Defence(
        threat="S2",
        without="has people vouch for themselves from a second account",
        file="servicedesk/approvals/approvers.py",
        edits=((" and not _addresses(account) & _addresses(requester)", ""),),
        test="tests/abuse/test_vouching.py::test_nobody_vouches_for_themselves_under_another_address",
    ),
    Defence(
        threat="S2",
        without="asks one approver as often as anybody likes",
        file="servicedesk/approvals/approvers.py",
        edits=(
            (
                "        return any(\n            connection",
                "        return False and any(\n            connection",
            ),
        ),
        test="tests/abuse/test_vouching.py::test_one_approver_is_not_flooded",
    ),
    Defence(
        threat="S2",
        without="goes on asking after a no",
        file="servicedesk/approvals/approvers.py",
        edits=(('TURNED_DOWN = ("declined", "wrong")', 'TURNED_DOWN = ("never",)'),),
        test="tests/abuse/test_vouching.py::test_a_no_ends_it_and_alarms_l1",
    ),
    Defence(
        threat="S4",
        without='keeps "not me" links readable in the queue',
        file="servicedesk/changes.py",
        edits=(
            (
                'seal_link(self._keys, change.id, f"{self._settings.desk_url}/not-me/{token}")',
                'f"{self._settings.desk_url}/not-me/{token}"',
            ),
        ),
        test="tests/abuse/test_secrets_at_rest.py::test_nothing_is_left_by_what_failed",
    ),
    Defence(
        threat="S3",
        without="keeps codes readable on the demo's phone",
        file="servicedesk/delivery/embedded.py",
        edits=(
            ("text=seal(self._keys, message.key, message.text, purpose=Purpose.PHONE)", "text=message.text"),
            ("text=self._opened(row.key, row.text)", "text=row.text"),
        ),
        test="tests/abuse/test_secrets_at_rest.py::test_nothing_is_left_by_resets_and_unlocks",
    ),
    Defence(
        threat="D1",
        without="logs the code that it sends",
        file="servicedesk/verification.py",
        edits=(
            (
                "        try:\n            self._delivery.send(message)",
                """        import logging
        logging.getLogger(__name__).info("sending %s", message.text)
        try:
            self._delivery.send(message)""",
            ),
        ),
        test="tests/abuse/test_secrets_at_rest.py::test_nothing_is_left_by_resets_and_unlocks",
    ),
    Defence(
        threat="S5",
        without="audits the new password",
        file="servicedesk/password_change.py",
        edits=(
            (
                "            change = self._intend(claim, link, account)\n",
                """            change = self._intend(claim, link, account)
            with self._store.transaction() as connection:
                self._changes.refuse(
                    connection, account=account.id, kind="reset", actor="page", reason=password
                )
""",
            ),
        ),
        test="tests/abuse/test_secrets_at_rest.py::test_nothing_is_left_by_resets_and_unlocks",
    ),
)


def taken_out(defence: Defence, text: str) -> str:
    """The file's text without the defence. Raises ValueError where it does not stand there exactly once."""
    for found, replaced in defence.edits:
        if text.count(found) != 1:
            raise ValueError(f"{defence.threat}: {defence.file} holds {found!r} {text.count(found)} times")
        text = text.replace(found, replaced)
    return text


def failing(defences: Sequence[Defence], copy: Path) -> list[bool]:
    """For each of these, whether its test fails when all of them are out."""
    whole = {name: (copy / name).read_text(encoding="utf-8") for name in {one.file for one in defences}}
    try:
        for defence in defences:
            file = copy / defence.file
            file.write_text(taken_out(defence, file.read_text(encoding="utf-8")), encoding="utf-8")
        options = ("-q", "--tb=no", "-p", "no:cacheprovider", "--timeout", "900")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *dict.fromkeys(one.test for one in defences)],
            cwd=copy,
            capture_output=True,
            text=True,
        )
    finally:
        for name, text in whole.items():
            (copy / name).write_text(text, encoding="utf-8")
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAILED ")]
    return [any(line.startswith(f"FAILED {one.test}") for line in failed) for one in defences]


def copied(to: Path) -> Path:
    """The working tree as it stands, with what git does not have linked to."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and name not in HELD_IN_COMMON:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    for name in HELD_IN_COMMON:
        if (ROOT / name).exists() and not (to / name).exists():
            (to / name).symlink_to((ROOT / name).resolve())
    return to


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--together", action="store_true")
    parser.add_argument("names", nargs="*", help="only these: U1, U12, S4, ...; U1b is the second of U1")
    given = parser.parse_args()
    every = (*DEFENCES, *FAULTS)
    chosen = [one for name, one in named(every) if not given.names or {name, one.threat} & set(given.names)]
    rounds = [chosen] if given.together else [[one] for one in chosen]
    held = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder))
        for these in rounds:
            for defence, fails in zip(these, failing(these, copy), strict=True):
                held += not fails
                said = "fails" if fails else "STILL PASSES"
                print(f"{said:<14}{defence.threat:<5}{defence.without}\n{'':19}{defence.test}", flush=True)
    return 1 if held else 0


def named(defences: Sequence[Defence]) -> Iterator[tuple[str, Defence]]:
    """U1a, U1b, ...: several defences against one abuse, in the order of the table."""
    seen: Counter[str] = Counter()
    for defence in defences:
        yield f"{defence.threat}{chr(ord('a') + seen[defence.threat])}", defence
        seen[defence.threat] += 1


if __name__ == "__main__":
    sys.exit(main())
