"""The demo's phone, mailbox and sign-in page. Registered in embedded mode only: production answers 404."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import cast

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from desk.context import desk
from desk.wording import choose_language
from servicedesk.delivery.embedded import Delivered, EmbeddedDelivery
from servicedesk.delivery.port import Medium
from servicedesk.directory.embedded import EmbeddedDirectory, Person, SignIn
from servicedesk.directory.port import Account, AccountId

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

CODE_SECONDS = 30
COUNTRIES = ("NO", "SE", "DE", "GB")
MAX_PASSWORD = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """What this person's phone shows now."""

    account: Account
    code: str | None
    seconds_left: int
    messages: tuple[Delivered, ...]
    mails: tuple[Delivered, ...]
    now: datetime


@blueprint.get("/phone")
def chooser() -> ResponseReturnValue:
    person = request.args.get("person", "")
    if not person:
        people = _directory().people()
        choose_language()
        return render_template("demo/people.html", countries=_by_country(people))
    phone = _phone(person)
    choose_language(phone.account.language)
    return render_template("demo/phone.html", phone=phone)


@blueprint.get("/phone/<person>/screen")
def screen(person: str) -> ResponseReturnValue:
    """The part of the page that refreshes itself."""
    phone = _phone(person)
    choose_language(phone.account.language)
    return render_template("demo/screen.html", phone=phone)


@blueprint.get("/signin")
def signin_form() -> ResponseReturnValue:
    choose_language()
    return render_template("demo/signin.html", outcome=None, username=request.args.get("username", ""))


@blueprint.post("/signin")
def signin() -> ResponseReturnValue:
    choose_language()
    username = request.form.get("username", "")[:160].strip()
    outcome: SignIn = _directory().sign_in(username, request.form.get("password", "")[:MAX_PASSWORD])
    return render_template("demo/signin.html", outcome=outcome.value, username=username)


def _phone(person: str) -> Phone:
    directory, delivery = desk().services.directory, cast(EmbeddedDelivery, desk().services.delivery)
    account = directory.find(AccountId(person))
    if account is None:
        abort(404)
    now = desk().services.clock.now()
    addresses = [account.email, *([account.alternate_email] if account.alternate_email else ())]
    mails = [mail for address in addresses for mail in delivery.sent_to(address)]
    return Phone(
        account=account,
        code=directory.demo_authenticator_code(account.id)
        if isinstance(directory, EmbeddedDirectory)
        else None,
        seconds_left=CODE_SECONDS - int(now.timestamp()) % CODE_SECONDS,
        messages=_of(Medium.SMS, delivery.sent_to(account.phone.number) if account.phone else ()),
        mails=_of(Medium.MAIL, mails),
        now=now,
    )


def _of(medium: Medium, sent: Iterable[Delivered]) -> tuple[Delivered, ...]:
    return tuple(
        sorted((item for item in sent if item.medium is medium), key=lambda item: item.id, reverse=True)[:20]
    )


def _by_country(people: tuple[Person, ...]) -> list[tuple[str, list[Person]]]:
    ordered = sorted(people, key=lambda person: (_place(person.country), person.display_name))
    return [(country, list(group)) for country, group in groupby(ordered, key=lambda person: person.country)]


def _place(country: str) -> int:
    return COUNTRIES.index(country) if country in COUNTRIES else len(COUNTRIES)


def _directory() -> EmbeddedDirectory:
    """The demo's own; 404 where a real directory is being tried out: it shows nobody's passwords or names."""
    directory = desk().services.directory
    if not isinstance(directory, EmbeddedDirectory):
        abort(404)
    return directory
