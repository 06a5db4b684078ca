"""Where a new password is chosen: the page behind a single-use link (S4, S5), and "that was not me" (S6)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from desk.context import desk
from desk.wording import choose_language, text
from servicedesk import passwords
from servicedesk.accounts import ChangeResult
from servicedesk.directory.errors import DirectoryError, PasswordFault
from servicedesk.directory.port import Account, PasswordPolicy
from servicedesk.links import LinkView
from servicedesk.stopped_links import Stopped

blueprint = Blueprint("reset", __name__)

STATUS = {
    ChangeResult.DONE: 200,
    ChangeResult.REJECTED: 422,
    ChangeResult.LINK_GONE: 410,
    ChangeResult.UNAVAILABLE: 503,
    ChangeResult.UNKNOWN: 202,
    ChangeResult.REFUSED: 403,
    ChangeResult.STOPPED: 403,
}
ZONES = {"NO": "Europe/Oslo", "SE": "Europe/Stockholm", "DE": "Europe/Berlin", "GB": "Europe/London"}
USUAL_HISTORY = 5  # shown while the directory does not answer


@blueprint.get("/reset/<token>")
def page(token: str) -> ResponseReturnValue:
    """Shows the form and uses nothing up: a link preview may open it as often as it likes (U11)."""
    stopped = desk().services.stopped_links.opened(token)
    if stopped is not None:
        return stopped_page(stopped)
    link = desk().services.links.peek(token)
    if link is None:
        choose_language()
        return _outcome(token, ChangeResult.LINK_GONE)
    choose_language(link.language)
    return _form(token, link, ())


@blueprint.post("/reset/<token>")
def change(token: str) -> ResponseReturnValue:
    stopped = desk().services.stopped_links.opened(token)
    if stopped is not None:
        return stopped_page(stopped)
    link = desk().services.links.peek(token)
    choose_language(link.language if link else None)
    outcome = desk().services.accounts.change_password(token, request.form.get("password", ""))
    if outcome.result is ChangeResult.REJECTED and link is not None:
        return _form(token, link, outcome.reasons), STATUS[outcome.result]
    return _outcome(token, outcome.result, still_locked=outcome.still_locked, must_change=outcome.must_change)


@blueprint.post("/reset/<token>/check")
def check(token: str) -> ResponseReturnValue:
    """What is wrong with a password while it is typed. The POST that saves it decides; this only helps."""
    link = desk().services.links.peek(token)
    if link is None:
        abort(410)
    choose_language(link.language)
    account, policy = _account_of(link)
    if account is None:
        return jsonify(faults=[])
    faults = passwords.faults(
        request.form.get("password", ""),
        account,
        policy,
        min_length=desk().services.settings.limits.min_password_length,
        company=desk().services.settings.company,
    )
    return jsonify(faults=_sentences(faults, policy))


@blueprint.get("/not-me/<token>")
def alarm_page(token: str) -> ResponseReturnValue:
    """Asks first: a mail scanner that opens links must not raise an alarm."""
    choose_language()
    return render_template("reset/alarm.html", stage="ask")


@blueprint.post("/not-me/<token>")
def alarm(token: str) -> ResponseReturnValue:
    choose_language()
    raised = desk().services.accounts.alarm(token)
    return render_template("reset/alarm.html", stage="done" if raised else "gone"), 200 if raised else 410


def _form(token: str, link: LinkView, faults: tuple[PasswordFault, ...]) -> str:
    account, policy = _account_of(link)
    services = desk().services
    length = _length(policy)
    left = link.expires_at - services.clock.now()
    return render_template(
        "reset/page.html",
        token=token,
        username=account.username if account else "",
        length=length,
        history=policy.history,
        kinds=policy.kinds,
        ascii_only=policy.ascii_only,
        minutes=max(1, round(left.total_seconds() / 60)),
        until=_local(link.expires_at, account),
        problems=_sentences(faults, policy),
    )


def stopped_page(stopped: Stopped) -> ResponseReturnValue:
    """What happened and what is next: L1 has been told and calls back."""
    choose_language(stopped.language)
    page = render_template("reset/outcome.html", result="stopped", reference=stopped.reference)
    return page, STATUS[ChangeResult.STOPPED]


def _outcome(
    token: str, result: ChangeResult, *, still_locked: bool = False, must_change: bool = False
) -> Response:
    page = render_template(
        "reset/outcome.html",
        result=result.value,
        token=token if result is ChangeResult.UNAVAILABLE else "",
        still_locked=still_locked,
        must_change=must_change,
        minutes=int(desk().services.settings.limits.link_lifetime.total_seconds() // 60),
    )
    return make_response(page, STATUS[result])


def _account_of(link: LinkView) -> tuple[Account | None, PasswordPolicy]:
    """The account and its rules; the usual rules while the directory is down: the POST then says so."""
    limits = desk().services.settings.limits
    usual = PasswordPolicy(min_length=limits.min_password_length, history=USUAL_HISTORY, max_age_days=None)
    try:
        account = desk().services.directory.find(link.account)
        return account, desk().services.directory.policy(link.account) if account else usual
    except DirectoryError:
        return None, usual


def _local(moment: datetime, account: Account | None) -> str:
    """The time on the clock where this person works."""
    zone = ZONES.get(account.country if account else "")
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M") if zone else moment.strftime("%H:%M UTC")


def _length(policy: PasswordPolicy) -> int:
    return max(policy.min_length, desk().services.settings.limits.min_password_length)


def _sentences(faults: tuple[PasswordFault, ...], policy: PasswordPolicy) -> list[str]:
    numbers = {"length": _length(policy), "kinds": policy.kinds}
    return [text(f"reset.fault.{fault.value}", g.language, **numbers) for fault in faults]
