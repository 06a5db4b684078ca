"""What stands against faults (security.md, F1 to F18, as far as they concern accounts): see defences.py."""

from __future__ import annotations

from tests.abuse.defence import Defence

SILENT = "tests/servicedesk/test_directory_faults.py::test_a_directory_that_falls_silent_at_any_call_of_"

FAULTS = (
    Defence(
        threat="F1",
        without="uses a link up that nothing came of",
        file="servicedesk/password_change.py",
        edits=(
            (
                "        except DirectoryUnavailable:\n            return self._freed(claim, ChangeResult.UNAVAILABLE)",
                '        except DirectoryUnavailable:\n            return self._forbid(claim, link, "directory")',
            ),
        ),
        test=SILENT + "a_reset_is_told_in_six_seconds",
    ),
    Defence(
        threat="F1",
        without="drops an unlock while the directory is down",
        file="servicedesk/unlocking.py",
        edits=(
            (
                "            self.queue(connection, account_id, conversation.id, language)\n"
                "            return UnlockResult.QUEUED",
                "            return UnlockResult.FAILED",
            ),
        ),
        test=SILENT + "an_unlock_is_told_in_six_seconds",
    ),
    Defence(
        threat="F2",
        without="lets everybody wait for a service that has stopped answering",
        file="servicedesk/directory/entra/graph.py",
        edits=(("            if self._failures >= TRIP_AFTER:", "            if False:"),),
        test="tests/servicedesk/entra/test_faults.py"
        "::test_a_service_that_stopped_answering_is_left_alone_for_a_while",
    ),
    Defence(
        threat="F3",
        without="sets a password again when the answer was lost",
        file="servicedesk/password_change.py",
        edits=(
            (
                "            return self._read_back(claim, link, change, account)",
                "            self._directory.set_password(account.id, password)\n"
                "            return self._succeeded(claim, link, change, account)",
            ),
        ),
        test="tests/servicedesk/test_directory_faults.py"
        "::test_a_change_that_came_to_nothing_leaves_its_link_good",
    ),
    Defence(
        threat="F4",
        without="leaves an account locked whose password it has set",
        file="servicedesk/password_change.py",
        edits=(("            if still_locked:\n", "            if False:\n"),),
        test="tests/servicedesk/test_directory_faults.py"
        "::test_what_is_left_of_a_half_done_reset_is_done_once",
    ),
    Defence(
        threat="F9",
        without="takes a commit that nobody answered for one that was refused",
        file="servicedesk/store/__init__.py",
        edits=(("            if committing and isinstance(", "            if False and isinstance("),),
        test="tests/servicedesk/test_postgresql.py::test_a_reset_ends_well_whichever_commit_goes_unanswered",
    ),
    Defence(
        threat="F11",
        without="hears a delivery as often as it comes",
        file="connectors/inbox.py",
        edits=(
            (
                '            "key": key,\n',
                '            "key": key + __import__("secrets").token_hex(4),\n',
            ),
        ),
        test="tests/connectors/test_slack.py"
        "::test_redelivered_late_and_out_of_order_is_one_effect_and_one_answer",
    ),
    Defence(
        threat="F13",
        without="counts tries since the process began only",
        file="servicedesk/code_limits.py",
        edits=(
            (
                "        since = (self._clock.now() - DAY).timestamp()",
                "        now = self._clock.now()\n"
                '        born = self.__dict__.setdefault("born", now - timedelta(milliseconds=1))\n'
                "        since = max(now - DAY, born).timestamp()",
            ),
        ),
        test="tests/servicedesk/test_code_limits.py::test_a_restart_gives_no_try_and_no_send_more",
    ),
    Defence(
        threat="F14",
        without="takes a link again after the clock was set back",
        file="servicedesk/links.py",
        edits=(
            ("        reset_links.c.issued_at <= now,  # a clock that went back revives nothing (F14)\n", ""),
        ),
        test="tests/servicedesk/test_links.py::test_a_clock_that_went_back_revives_no_link",
    ),
    Defence(
        threat="F15",
        without="waits for a code that was never sent",
        file="servicedesk/verification.py",
        edits=(("                self.challenges.void(connection, identifier)\n", ""),),
        test="tests/servicedesk/test_verification.py::test_an_sms_that_cannot_be_sent_leaves_no_open_code",
    ),
    Defence(
        threat="F18",
        without="is silent where the dialogue fails",
        file="connectors/work.py",
        edits=(('            await self._reply(job, "r-failed", "utter_try_again", language)\n', ""),),
        test="tests/connectors/test_core.py::TestWhenTheDialogueFails::test_an_exception",
    ),
)
