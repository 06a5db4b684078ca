"""How those fare whose tickets were settled. For leads: a comment may be about an agent, as a complaint may."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from desk.access import Right, needs
from desk.context import desk
from servicedesk.resolution_figures import FEWEST, resolution_figures

blueprint = Blueprint("satisfaction", __name__, url_prefix="/desk/satisfaction")

DAYS = 90


@blueprint.get("")
@needs(Right.COMPLAINTS)
def figures() -> ResponseReturnValue:
    services = desk().services
    found = resolution_figures(services.store, services.clock.now() - timedelta(days=DAYS))
    return render_template("desk/satisfaction.html", figures=found, days=DAYS, fewest=FEWEST)
