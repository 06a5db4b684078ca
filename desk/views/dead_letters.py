"""What could not be delivered to another system and waits for a person (F5). Contents are not shown."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from desk.access import Right, current_agent, needs
from desk.context import audit_as, desk

blueprint = Blueprint("dead_letters", __name__, url_prefix="/desk/dead-letters")


@blueprint.get("")
@needs(Right.DEAD_LETTERS)
def listing() -> ResponseReturnValue:
    outbox = desk().services.outbox
    return render_template("desk/dead_letters.html", letters=outbox.dead_letters(), counts=outbox.counts())


@blueprint.post("/<int:identifier>/requeue")
@needs(Right.DEAD_LETTERS)
def requeue(identifier: int) -> ResponseReturnValue:
    audit_as(current_agent(), event="outbox.requeued", outcome="intended", item=identifier)
    if not desk().services.outbox.requeue(identifier):
        abort(404)
    return redirect(url_for("dead_letters.listing"), code=303)
