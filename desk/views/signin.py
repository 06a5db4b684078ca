"""Signing in to the desk, signing out, and the one-time set-up page of a new agent (S12)."""

from __future__ import annotations

import secrets

import segno
from flask import (
    Blueprint,
    Response,
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from desk.access import home_of
from desk.context import audit_as, desk
from desk.staff import AgentExists, Setup

blueprint = Blueprint("signin", __name__, url_prefix="/desk")

MIN_PASSWORD = 12  # S5 asks for 8 where a second factor is needed; agents hold more than their own account
MAX_PASSWORD = 256


@blueprint.get("/sign-in")
def form() -> ResponseReturnValue:
    return render_template("desk/signin.html", failed=False)


@blueprint.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    given = {name: request.form.get(name, "")[:MAX_PASSWORD] for name in ("username", "password", "code")}
    agent = desk().staff.sign_in(given["username"], given["password"], given["code"])
    audit_as(agent, event="desk.sign_in", outcome="done" if agent else "refused")
    if agent is None:
        return render_template("desk/signin.html", failed=True), 401
    response = make_response(redirect(url_for(home_of(agent)), code=303))
    desk().sessions.end(request, response)  # whatever session this browser had before
    session.clear()
    g.pop("csrf_token", None)
    generate_csrf()
    desk().sessions.start(response, agent, csrf=session["csrf_token"])
    return response


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    response = make_response(redirect(url_for("signin.form"), code=303))
    desk().sessions.end(request, response)
    session.clear()
    return response


@blueprint.get("/setup/<token>")
def setup(token: str) -> ResponseReturnValue:
    return _setup_page(_pending(token))


@blueprint.post("/setup/<token>")
def complete(token: str) -> ResponseReturnValue:
    pending = _pending(token)
    given = {name: request.form.get(name, "").strip() for name in ("username", "display_name", "code")}
    if not pending.nameless:
        given |= {"username": pending.agent.username, "display_name": pending.agent.display_name}
    password = request.form.get("password", "")
    problems = _problems(given, password)
    if problems:
        return _setup_page(pending, problems, given), 422
    try:
        done = desk().staff.complete(token, password=password, **given)
    except AgentExists:
        return _setup_page(pending, {"username": "This user name is taken."}, given), 422
    if not done:
        wrong = "This is not the code that the app shows now. Scan again, or check the phone's clock."
        return _setup_page(pending, {"code": wrong}, given), 422
    audit_as(None, event="desk.set_up", outcome="done", subject=pending.agent.id)
    return render_template("desk/setup_done.html", username=given["username"])


def _pending(token: str) -> Setup:
    pending = desk().staff.pending(token)
    if pending is None:
        abort(Response(render_template("desk/setup_gone.html"), 404))
    return pending


def _setup_page(
    setup: Setup, problems: dict[str, str] | None = None, given: dict[str, str] | None = None
) -> str:
    picture = segno.make(setup.otpauth).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=False
    )
    return render_template(
        "desk/setup.html",
        setup=setup,
        picture=Markup(picture),  # noqa: S704  # made by segno of our own text
        problems=problems or {},
        given=given or {},
        min_password=MIN_PASSWORD,
    )


def _problems(given: dict[str, str], password: str) -> dict[str, str]:
    problems: dict[str, str] = {}
    name = given["username"]
    if not 2 <= len(name) <= 64 or not all(letter.isalnum() or letter in ".-_" for letter in name):
        problems["username"] = "Choose a user name of 2 to 64 letters, digits, dots or hyphens."
    if not 1 <= len(given["display_name"]) <= 120:
        problems["display_name"] = "Write the name that employees will see with your answers."
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        problems["password"] = f"The password needs at least {MIN_PASSWORD} characters."
    elif name and secrets.compare_digest(password.casefold().encode(), name.casefold().encode()):
        problems["password"] = "The password is your user name."
    return problems
