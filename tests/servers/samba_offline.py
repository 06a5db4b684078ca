"""What cannot be set over LDAP. Run by the system's own Python, which has Samba's modules:

samba_offline.py CONFIGURATION prepare
samba_offline.py CONFIGURATION age DN      the password was last set 500 days ago
"""

from __future__ import annotations

import sys
import time

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils

DOMAIN = "DC=corp,DC=test"
BYPASS_LAST_SET = "local_oid:1.3.6.1.4.1.7165.4.3.20:0"
PERSON = "bf967aba-0de6-11d0-a285-00aa003049e2"
RESET_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"
LOCKOUT_TIME = "28630ebf-41d5-11d1-a9c1-0000f80367c1"
POLICY = {"minPwdLength": "12", "pwdHistoryLength": "5", "minPwdAge": "0", "lockoutThreshold": "3"}


def prepare(db: SamDB) -> None:
    change = ldb.Message(ldb.Dn(db, DOMAIN))
    for name, value in POLICY.items():
        change[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    db.modify(change)
    for unit in ("Staff", "Leavers"):
        db.create_ou(f"OU={unit},{DOMAIN}")
    for name in ("svc-tier0", "svc-narrow"):
        db.newuser(name, "Tier0s-Own-Passw0rd!")
    for name, member in (("night-shift", None), ("operators", "night-shift"), ("desk-agents", None)):
        db.newgroup(name)
        if member:
            db.add_remove_group_members(name, [member], True)
    db.add_remove_group_members("Domain Admins", ["operators"], True)
    rights = SDUtils(db)
    full, narrow = (_sid(db, name) for name in ("svc-tier0", "svc-narrow"))
    # docs/directory.md tells administrators the same with dsacls.
    staff = f"OU=Staff,{DOMAIN}"
    for sid in (full, narrow):
        rights.dacl_add_ace(staff, f"(OA;CIIO;CR;{RESET_PASSWORD};{PERSON};{sid})")
    rights.dacl_add_ace(staff, f"(OA;CIIO;RPWP;{LOCKOUT_TIME};{PERSON};{full})")
    rights.dacl_add_ace(f"CN=Password Settings Container,CN=System,{DOMAIN}", f"(A;CI;RPLCRC;;;{full})")


def age(db: SamDB, dn: str) -> None:
    ticks = int((time.time() - 500 * 86400 + 11644473600) * 10_000_000)
    change = ldb.Message(ldb.Dn(db, dn))
    change["last"] = ldb.MessageElement(str(ticks), ldb.FLAG_MOD_REPLACE, "pwdLastSet")
    db.modify(change, [BYPASS_LAST_SET])


def _sid(db: SamDB, name: str) -> str:
    found = db.search(DOMAIN, expression=f"(sAMAccountName={name})", attrs=["objectSid"])
    return str(db.schema_format_value("objectSid", found[0]["objectSid"][0]), "ascii")


def main(configuration: str, command: str, *arguments: str) -> None:
    parameters = LoadParm()
    parameters.load(configuration)
    db = SamDB(session_info=system_session(parameters), lp=parameters)
    {"prepare": prepare, "age": age}[command](db, *arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
