"""The reset page where a risk has stopped self-service (handover/risk.py) after its link was sent: L1 hears of it.

It may be the owner, who has not read on; or whoever has the owner's chat. L1 is about to call and should know which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Connection, Row

from servicedesk.audit import Audit
from servicedesk.case_records import OPEN
from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.handover.risk import RiskStops
from servicedesk.links import Links, LinkView
from servicedesk.outbox import Outbox
from servicedesk.store import Store
from servicedesk.store.tables import cases

SAME_MATTER = timedelta(days=2)  # an open case about access or security that is older is another one
OPENED = (
    "The reset page was opened with a link of {issued}, from before self-service was stopped. Nothing was changed, and the "
    "page says that IT will call back. Ask on the telephone whether it was the owner: else somebody else reads the "
    "owner's chat."
)
PROVEN = (
    "Somebody gave two right factors on the reset page and was stopped all the same. Nothing was changed, and the page "
    "says that IT will call back. Ask on the telephone whether it was the owner: else both factors are in other hands."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    reference: str | None  # of the case that L1 works on; None: it is being opened
    language: str | None = None  # the link's


class StoppedLinks:
    def __init__(
        self, *, store: Store, clock: Clock, links: Links, risk: RiskStops, outbox: Outbox, audit: Audit
    ) -> None:
        self._store = store
        self._clock = clock
        self._links = links
        self._risk = risk
        self._outbox = outbox
        self._audit = audit

    def opened(self, token: str) -> Stopped | None:
        """Whether a risk stands against this link, also where it has ended the link; L1 is told once. Looking uses
        nothing up. Raises StoreUnavailable."""
        link = self._links.peek(token, ended=True)
        if link is None or not self._risk.ends_links(link.account):
            return None
        told = OPENED.format(issued=f"{link.issued_at:%d %b %H:%M} UTC")
        return self._tell(link.account, f"{link.account}:{link.issued_at.isoformat()}", told, link)

    def proven(self, account: AccountId, session: str) -> Stopped:
        """The same for who has proven on the page who they are, and gets no link. Raises StoreUnavailable."""
        return self._tell(account, session, PROVEN, None)

    def _tell(self, account: AccountId, key: str, told: str, link: LinkView | None) -> Stopped:
        with self._store.transaction() as connection:
            case = self._open_case(connection, account)
            if self._put(connection, case, account, key, told, link):
                self._audit.record(
                    connection,
                    event="link.stopped",
                    outcome="refused",
                    actor="page",
                    subject=account,
                    details={"reference": case.reference if case else ""},
                )
        return Stopped(reference=case.reference if case else None, language=link.language if link else None)

    def _put(
        self,
        connection: Connection,
        case: Row | None,
        account: AccountId,
        key: str,
        told: str,
        link: LinkView | None,
    ) -> bool:
        """A note in the case that is open, else a case of its own; False where L1 was told before."""
        if case is not None:
            kind, payload = "ticket.comment", _note(case.reference, told)
        else:
            conversation = link.conversation if link else None
            kind = "case.report"
            payload = {"reason": "link_stopped", "account": account, "conversation": conversation}
        return self._outbox.put(connection, kind=kind, key=f"stopped:{key}", payload=payload)

    def _open_case(self, connection: Connection, account: AccountId) -> Row | None:
        """The newest that is open and about access or security: the one that the stop comes from, or led to."""
        about = or_(cases.c.category == "security", cases.c.category.startswith("access."))
        query = (
            select(cases)
            .where(
                cases.c.account == account,
                about,
                cases.c.state.in_([state.value for state in OPEN]),
                cases.c.opened_at > self._clock.now() - SAME_MATTER,
            )
            .order_by(cases.c.opened_at.desc(), cases.c.reference)
        )
        return connection.execute(query.limit(1)).one_or_none()


def _note(reference: str, text: str) -> dict[str, Any]:
    return {"reference": reference, "author": "Tier0", "text": text, "public": False}
