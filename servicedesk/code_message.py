"""The SMS or mail that brings a code: it says what the code is for, and that nobody will ask for it."""

from __future__ import annotations

from servicedesk.challenges import Request
from servicedesk.delivery.port import Medium, Message
from servicedesk.directory.port import Account
from servicedesk.settings import Settings
from servicedesk.texts import say


def code_message(
    settings: Settings, account: Account, request: Request, code: str, identifier: str, language: str
) -> Message:
    """To the registered number, or to the alternate address where the factor is mail."""
    values = {
        "company": settings.company,
        "code": code,
        "purpose": say(language, f"purpose_{request.purpose}"),
        "minutes": int(settings.limits.code_lifetime.total_seconds() // 60),
    }
    key = f"code:{identifier}"
    if request.factor == "sms" and account.phone is not None:
        text = say(language, "code_sms", **values)
        return Message(
            key=key,
            medium=Medium.SMS,
            recipient=account.phone.number,
            subject="",
            text=text,
            language=language,
        )
    return Message(
        key=key,
        medium=Medium.MAIL,
        recipient=account.alternate_email or "",
        subject=say(language, "code_mail_subject", **values),
        text=say(language, "code_mail", **values),
        language=language,
    )
