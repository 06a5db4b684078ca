"""Reset where the channel proves nothing (S2): user name, two different proofs, then the password page.

Every account, and every name that no account has, goes through the same pages (S8)."""

from __future__ import annotations

import secrets

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from desk.context import desk
from desk.views.reset import stopped_page
from desk.wording import LANGUAGES, choose_language
from servicedesk.directory.errors import DirectoryError

blueprint = Blueprint("recover", __name__)

# What the signed page cookie holds: a session id, the factor asked for, and for the page's words those already given. The
# page that asks for a code reads no database: it would wait for what is still being done behind the name (S8).
ID, FACTOR, GIVEN = "proof", "factor", "given"
MAX_USERNAME = 160
MAX_CODE = 64


@blueprint.get("/reset")
def start() -> ResponseReturnValue:
    _speak()
    session.pop(ID, None)
    return render_template("reset/name.html", factors=desk().services.page_proof.offered(), missing=False)


@blueprint.post("/reset")
def begin() -> ResponseReturnValue:
    language = _speak()
    proof = desk().services.page_proof
    username = request.form.get("username", "").strip()[:MAX_USERNAME]
    factor = request.form.get("factor", "")
    if not username:
        return render_template("reset/name.html", factors=proof.offered(), missing=True), 422
    if factor not in proof.offered():
        factor = proof.offered()[0]
    session[ID], session[FACTOR], session[GIVEN] = secrets.token_hex(16), factor, []
    proof.begin(session[ID], username, factor, language)
    return redirect(url_for("recover.code", lang=language), code=303)


@blueprint.get("/reset/code")
def code() -> ResponseReturnValue:
    _speak()
    return _code_page() if ID in session else redirect(url_for("recover.start"), code=303)


@blueprint.post("/reset/code")
def check() -> ResponseReturnValue:
    language = _speak()
    if ID not in session:
        return redirect(url_for("recover.start", lang=language), code=303)
    proof = desk().services.page_proof
    if not proof.check(session[ID], request.form.get("code", "")[:MAX_CODE]):
        return _code_page(wrong=True), 422
    session[GIVEN] = list(proof.proven(session[ID]))
    left = _not_given()
    if len(session[GIVEN]) < 2 and left:
        session[FACTOR] = left[0]
        proof.second(session[ID], left[0], language)
        return redirect(url_for("recover.code", lang=language), code=303)
    return _to_password_page(language)


@blueprint.post("/reset/second")
def second() -> ResponseReturnValue:
    """The second proof in another way, or its code once more."""
    language = _speak()
    factor = request.form.get("factor", "")
    if ID in session and desk().services.page_proof.second(session[ID], factor, language):
        session[FACTOR] = factor
    return redirect(url_for("recover.code", lang=language), code=303)


def _to_password_page(language: str) -> ResponseReturnValue:
    proof, name = desk().services.page_proof, session[ID]
    account = proof.stopped(name)
    if account is not None:
        session.pop(ID, None)
        return stopped_page(desk().services.stopped_links.proven(account, name))
    try:
        token = proof.link(name, language)
    except DirectoryError:
        return render_template("reset/outcome.html", result="unavailable", token="", still_locked=False), 503
    session.pop(ID, None)
    if token is None:
        return render_template("reset/outcome.html", result="refused", token="", still_locked=False), 403
    return redirect(url_for("reset.page", token=token, lang=language), code=303)


def _code_page(*, wrong: bool = False) -> str:
    proof = desk().services.page_proof
    given = session.get(GIVEN)
    factor = session[FACTOR]
    return render_template(
        "reset/code.html",
        factor=factor,
        digits=proof.digits(factor),
        stage=2 if given else 1,
        others=[kind for kind in _not_given() if kind != factor] if given else [],
        wrong=wrong,
        minutes=int(desk().services.settings.limits.code_lifetime.total_seconds() // 60),
    )


def _not_given() -> list[str]:
    """The kinds still open to this session, the authenticator before the rest (S2)."""
    given = session.get(GIVEN) or ()
    offered = desk().services.page_proof.offered()
    return sorted((kind for kind in offered if kind not in given), key=["authenticator", "sms", "mail"].index)


def _speak() -> str:
    language = choose_language(session.get("lang"))
    if request.args.get("lang") in LANGUAGES:
        session["lang"] = language
    return language
