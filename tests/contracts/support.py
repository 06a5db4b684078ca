"""What the contract suites share."""

from __future__ import annotations


def hostile_names() -> tuple[str, ...]:
    """Names that mean something to LDAP, SQL, a shell, a header or a terminal (U10)."""
    return (
        "",
        "*",
        "kari*",
        "%",
        "kari.nordman_",
        "' OR '1'='1",
        "kari.nordmann'--",
        "*)(uid=*))(|(uid=*",
        "\\2a",
        "kari.nordmann\x00",
        "cn=admin,dc=nordlys",
        "kari.nordmann\r\nX-Admin: 1",
        "../../etc/passwd",
        "\ud800",
        "k" * 100_000,
    )
