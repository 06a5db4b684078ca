"""Asking somebody to vouch for a requester, and taking the answer.

It is a challenge like a code, with all its limits. Only that the code is a number which the requester sees, and which the
approver has to find among others, in a private chat of their own: so the two have to speak with each other."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import Enum
from random import SystemRandom
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Row

from servicedesk.approvals.approvers import APPROVAL, Approver, Approvers
from servicedesk.audit import Audit
from servicedesk.challenges import Request
from servicedesk.clock import Clock
from servicedesk.conversations import Conversation, Conversations
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.factors.rules import refusal
from servicedesk.outbox import Outbox
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import approvals, challenges
from servicedesk.store.turns import Turn, wait_for_turn
from servicedesk.texts import say
from servicedesk.verification import FactorNotUsable, Verification

NUMBERS = 5  # to choose from, one of them right; with "no" as many buttons as Teams shows in a row
ALL_NUMBERS = tuple(str(one) for one in range(10, 100))
CONTINUE = "/code_entered"


class Outcome(str, Enum):
    GIVEN = "given"
    DECLINED = "declined"
    WRONG = "wrong"  # another number: over, for one guess is all there is
    OVER = "over"  # answered, withdrawn or too old
    REFUSED = "refused"  # may not vouch, or need not be vouched for, any more


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    approver: str  # display name
    number: str  # for the requester's eyes


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    outcome: Outcome
    requester: str = ""  # display name


class Approvals:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        directory: Directory,
        conversations: Conversations,
        verification: Verification,
        approvers: Approvers,
        audit: Audit,
        outbox: Outbox,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._directory = directory
        self._conversations = conversations
        self._verification = verification
        self._approvers = approvers
        self._audit = audit
        self._outbox = outbox

    def ask(self, account: Account, *, purpose: str, conversation: Conversation) -> Asked:
        """Have somebody asked to vouch for this conversation's person; ends what was asked before.

        Raises FactorNotUsable, CodesExhausted, SelfServicePaused, StoreUnavailable."""
        approver = self._approvers.choose(account) if not refusal(account) else None
        if approver is None or not conversation.proven or conversation.account != account.id:
            raise FactorNotUsable(APPROVAL)
        number = secrets.choice([one for one in ALL_NUMBERS if one != str(self._minutes())])
        request = Request(
            account=account.id,
            conversation=conversation.id,
            channel_user=conversation.channel_user,
            proven=True,
            purpose=purpose,
            factor=APPROVAL,
        )
        with self._store.transaction() as connection:
            for one in sorted(
                (account.id, approver.account.id)
            ):  # or two who ask each other would wait for ever
                wait_for_turn(connection, Turn.ACCOUNT, one)
            if self._approvers.is_asked_too_often(connection, approver.account.id):
                raise FactorNotUsable(APPROVAL)
            challenge = self._verification.open(request, number, connection=connection)
            identifier = secrets.token_hex(16)
            connection.execute(
                insert(approvals).values(
                    id=identifier,
                    challenge=challenge,
                    requester=account.id,
                    approver=approver.account.id,
                    conversation=approver.chat.id,
                    state="asked",
                    asked_at=self._clock.now(),
                )
            )
            self._record(connection, "approval.asked", "done", account.id, approver.account.id)
            self._send(connection, identifier, account, approver, purpose, number, conversation)
        return Asked(approver=approver.account.display_name, number=number)

    def answer(self, conversation: Conversation, identifier: str, number: str | None) -> Answer:
        """What the approver chose in this conversation; None: no. Each request takes one answer.

        Raises DirectoryError, StoreUnavailable: then nothing was answered."""
        with self._store.transaction() as connection:
            asked = self._asked_here(connection, conversation, identifier)
        if asked is None or asked.approver == asked.requester:
            return Answer(outcome=Outcome.OVER)
        requester = self._directory.find(AccountId(asked.requester))
        name = requester.display_name if requester is not None else ""
        fit = requester is not None and not refusal(requester)
        fit = fit and self._approvers.still_may(requester, AccountId(asked.approver))  # type: ignore[arg-type]
        if not self._take(asked):
            return Answer(outcome=Outcome.OVER, requester=name)
        if number is None:
            outcome = Outcome.DECLINED
        elif not fit:
            outcome = Outcome.REFUSED
        else:
            checked = self._verification.check_open(asked.challenge, number)
            outcome = {"accepted": Outcome.GIVEN, "wrong": Outcome.WRONG, "paused": Outcome.WRONG}.get(
                checked.outcome, Outcome.OVER
            )
        with self._store.transaction() as connection:
            self._end(connection, asked, outcome)
        return Answer(outcome=outcome, requester=name)

    # --- inside ---

    def _asked_here(self, connection: Connection, conversation: Conversation, identifier: str) -> Row | None:
        """The request, where it was put to just this person in just this chat, and still waits."""
        if not conversation.proven:
            return None
        query = (
            select(approvals, challenges.c.conversation.label("asked_in"), challenges.c.purpose)
            .join(challenges, challenges.c.id == approvals.c.challenge)
            .where(
                approvals.c.id == identifier,
                approvals.c.conversation == conversation.id,
                approvals.c.approver == conversation.account,
                approvals.c.state == "asked",
                challenges.c.state == "open",
            )
        )
        row = connection.execute(query).one_or_none()
        alive = row is not None and self._verification.is_open(connection, row.challenge)
        return row if alive else None

    def _take(self, asked: Row) -> bool:
        """Of any number of answers at once, one counts; it is taken before anything is compared (S3)."""
        with self._store.transaction() as connection:
            taken = connection.execute(
                update(approvals)
                .where(approvals.c.id == asked.id, approvals.c.state == "asked")
                .values(state="answered")
            )
            return bool(taken.rowcount == 1)

    def _end(self, connection: Connection, asked: Row, outcome: Outcome) -> None:
        wait_for_turn(connection, Turn.ACCOUNT, asked.requester)
        connection.execute(update(approvals).where(approvals.c.id == asked.id).values(state=outcome.value))
        if outcome is not Outcome.GIVEN:
            self._verification.challenges.void(connection, asked.challenge)
        self._record(connection, "approval.answered", outcome.value, asked.requester, asked.approver)
        self._tell_requester(connection, asked, outcome)
        if outcome in (Outcome.DECLINED, Outcome.WRONG):
            self._outbox.put(
                connection,
                kind="case.report",
                key=f"approval:{asked.id}",
                payload={
                    "reason": "approval_declined",
                    "account": asked.requester,
                    "conversation": asked.asked_in,
                    "proven": True,
                },
            )

    def _send(
        self,
        connection: Connection,
        identifier: str,
        account: Account,
        approver: Approver,
        purpose: str,
        number: str,
        asked_in: Conversation,
    ) -> None:
        language = approver.chat.language or approver.account.language
        text = say(
            language,
            "approval_request",
            name=account.display_name,
            given_name=account.given_name,
            department=account.department or "–",
            site=account.site or "–",
            purpose=say(language, f"wants_{purpose}"),
            channel=say(language, f"channel_{asked_in.channel}"),
            minutes=self._minutes(),
        )
        choices = [{"title": one, "payload": _payload(identifier, one)} for one in _numbers_with(number)]
        choices.append({"title": say(language, "button_decline"), "payload": _payload(identifier, None)})
        self._say(connection, f"approval:{identifier}:ask", approver.chat.id, text, choices)

    def _minutes(self) -> int:
        """How long the question stands. It is told in it, and so is no number that the requester has to tell."""
        return int(self._settings.limits.code_lifetime.total_seconds() // 60)

    def _tell_requester(self, connection: Connection, asked: Row, outcome: Outcome) -> None:
        talk = self._conversations.get(asked.asked_in)
        language = (talk.language if talk else None) or "en"
        given = outcome is Outcome.GIVEN
        go_on = [{"title": say(language, "button_continue"), "payload": CONTINUE}] if given else []
        text = say(language, "approval_given" if given else "approval_not_given")
        self._say(connection, f"approval:{asked.id}:told", asked.asked_in, text, go_on)

    def _say(
        self, connection: Connection, key: str, conversation: str, text: str, choices: list[dict[str, str]]
    ) -> None:
        payload: dict[str, Any] = {
            "conversation": conversation,
            "text": text,
            "choices": choices,
            "author": "notice",
        }
        self._outbox.put(connection, kind="chat.say", key=key, payload=payload)

    def _record(
        self, connection: Connection, event: str, outcome: str, requester: str, approver: str
    ) -> None:
        """Once for each of the two, so that what concerns one of them tells both."""
        answered = event == "approval.answered"
        for subject, other in ((requester, approver), (approver, requester)):
            self._audit.record(
                connection,
                event=event,
                outcome=outcome,
                actor=approver if answered else "bot",
                subject=subject,
                details={"person": other, "vouches": subject == approver},
            )


def _numbers_with(number: str) -> list[str]:
    dice = SystemRandom()
    others = [one for one in ALL_NUMBERS if one != number]
    numbers = [number, *dice.sample(others, NUMBERS - 1)]
    dice.shuffle(numbers)
    return numbers


def _payload(identifier: str, number: str | None) -> str:
    chosen = f', "number": "{number}"' if number else ""
    return f'/approval_answer{{"approval": "{identifier}"{chosen}}}'
