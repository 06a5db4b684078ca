"""The audit trail for auditors: the newest rows, and whether the chain is whole."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from desk.access import Right, current_agent, needs
from desk.context import audit_as, desk
from servicedesk.store.tables import audit as audit_table

blueprint = Blueprint("audit", __name__, url_prefix="/desk/audit")

ROWS = 200


@blueprint.get("")
@needs(Right.AUDIT)
def listing() -> ResponseReturnValue:
    with desk().services.store.transaction() as connection:
        rows = connection.execute(select(audit_table).order_by(audit_table.c.seq.desc()).limit(ROWS)).all()
    return render_template("desk/audit.html", rows=rows, problems=None)


@blueprint.post("")
@needs(Right.AUDIT)
def verify() -> ResponseReturnValue:
    """Check the whole chain; that it was checked is itself a row."""
    problems = desk().services.audit.verify()
    audit_as(current_agent(), event="audit.verified", outcome="whole" if not problems else "broken")
    with desk().services.store.transaction() as connection:
        rows = connection.execute(select(audit_table).order_by(audit_table.c.seq.desc()).limit(ROWS)).all()
    return render_template("desk/audit.html", rows=rows, problems=problems)
