"""Whether the service account has the rights that it needs, and no more."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from servicedesk.directory.active_directory import is_admins
from servicedesk.directory.ad_rights import DACL_ONLY, may_reset_password
from servicedesk.directory.ad_values import sid
from servicedesk.directory.ldap_session import INSUFFICIENT_ACCESS, Entry, LdapRefused, Session
from servicedesk.directory.ldap_settings import LdapSettings

ENOUGH = frozenset({"lockouttime"})
HARMLESS = frozenset({"pwdlastset"})  # often delegated together with the two that are needed
Line = tuple[str, str]


def check_ad_rights(session: Session, settings: LdapSettings, person: Entry) -> Iterator[Line]:
    """By what the server says of a person: nothing is tried."""
    tokens = session.root().values.get("tokengroups", ())
    sids = {sid(value) for value in tokens}
    if not sids:
        yield "note", "the server does not tell in which groups the service account is"
    elif any(is_admins(known) for known in sids):
        yield (
            "WRONG",
            "the service account is an administrator: give it an account of its own with the two rights below",
        )
    found = session.read(
        person.dn, ("allowedAttributesEffective", "nTSecurityDescriptor"), controls=[DACL_ONLY]
    )
    descriptor = found.raw("nTSecurityDescriptor") if found else None
    if descriptor is None:
        yield "note", "the access lists may not be read: whether it may reset passwords is unknown"
    elif may_reset_password(descriptor, sids):
        yield "ok", "may reset passwords"
    else:
        yield "WRONG", f"may not reset passwords: {_grant(settings, 'CA;Reset Password;user')}"
    writable = {name.lower() for name in found.texts("allowedAttributesEffective")} if found else set()
    if writable >= ENOUGH:
        yield "ok", "may unlock accounts"
    else:
        yield "WRONG", f"may not unlock accounts: {_grant(settings, 'RPWP;lockoutTime;user')}"
    surplus = sorted(writable - ENOUGH - HARMLESS)
    if surplus:
        more = f" and {len(surplus) - 3} more" if len(surplus) > 3 else ""
        yield "note", f"may also write {', '.join(surplus[:3])}{more}: not needed"


def _grant(settings: LdapSettings, right: str) -> str:
    return f'dsacls "{settings.base}" /I:S /G "{settings.bind_dn}:{right}"'


def check_openldap_rights(session: Session, person: Entry, try_them: bool) -> Iterator[Line]:
    """OpenLDAP does not tell rights. A change that cannot succeed shows whether it was the right that was missing."""
    if not try_them:
        yield "note", "OpenLDAP does not tell rights: --try-rights asks with a change that cannot succeed"
        return
    asked = {
        "reset passwords": ("userPassword", f"{{SSHA}}{secrets.token_urlsafe(24)}"),
        "unlock accounts": ("pwdAccountLockedTime", "19700101000000Z"),
    }
    for what, (attribute, value) in asked.items():
        try:
            session.remove_value(person.dn, attribute, value)  # nobody has this value
        except LdapRefused as err:
            if err.code == INSUFFICIENT_ACCESS:
                yield "WRONG", f"may not {what}: it needs the right to write {attribute} (docs/directory.md)"
            else:
                yield "ok", f"may {what}"
