"""Demo people, and a dialogue whose replies hold everything that a reply can: for the browser's tests."""

from __future__ import annotations

from typing import Any

PEOPLE: list[dict[str, Any]] = [
    {
        "id": f"a-{number}",
        "username": username,
        "display_name": name,
        "country": country,
        "site": site,
        "department": department,
        "language": language,
        "note": note,
    }
    for number, (username, name, country, site, department, language, note) in enumerate(
        (
            (
                "kari.nordmann",
                "Kari Nordmann",
                "NO",
                "Oslo",
                "Sales",
                "nb",
                "All well; phone and authenticator.",
            ),
            ("ola.hansen", "Ola Hansen", "NO", "Bergen", "Logistics", "nb", "Locked; phone only."),
            ("elsa.lind", "Elsa Lind", "SE", "Stockholm", "Finance", "sv", "Password expired; phone only."),
            (
                "nils.ek",
                "Nils Ek",
                "SE",
                "Malmö",
                "IT",
                "sv",
                "Administrator through nested groups: never by bot.",
            ),
            ("jan.weber", "Jan Weber", "DE", "Berlin", "Legal", "de", "VIP: goes to a person."),
            (
                "mia.koch",
                "Mia Koch",
                "DE",
                "München",
                "People",
                "de",
                "Phone registered yesterday: too new to count.",
            ),
            ("amy.jones", "Amy Jones", "GB", "London", "Support", "en", "Neither phone nor authenticator."),
        )
    )
]

STEPS = """1. Open **Settings** and choose *Network*.
2. Select [the VPN page](https://intranet.example/vpn).
   It may take a minute to load.
3. Press **Connect** and approve the sign-in in your authenticator app.

If it says `0x80070005`, restart the computer first:
- save your work
- restart
- try again"""

ANSWERS: dict[str, list[dict[str, Any]]] = {
    "vpn": [
        {
            "text": STEPS,
            "custom": {
                "type": "article",
                "title": "Connect to the VPN",
                "url": "http://127.0.0.1:8090/articles/en/vpn-connect",
                "owner": "Network team",
                "reviewed": "2026-09-14",
            },
        },
        {
            "text": "Did that help?",
            "buttons": [
                {"title": "Solved", "payload": "/kb_solved"},
                {"title": "Not solved", "payload": "/kb_not_solved"},
            ],
        },
    ],
    "/password_reset": [
        {"text": "I have looked it up, Kari. Your password has **expired**, so you need a new one."},
        {
            "text": "I have sent a code to the phone ending in **01**. It works for 10 minutes.",
            "custom": {"type": "code_field", "digits": 6, "factor": "sms"},
            "buttons": [
                {"title": "With the authenticator app", "payload": '/use_factor{"factor": "authenticator"}'},
                {"title": "Cancel", "payload": "/cancel"},
            ],
        },
    ],
    "/code_entered": [
        {
            "text": "Thank you, that is right. Choose a new password on this page; the link works once.",
            "custom": {
                "type": "link",
                "title": "Choose a new password",
                "url": "http://127.0.0.1:8090/reset/abc",
            },
        }
    ],
    "/talk_to_human": [
        {
            "text": "I have passed it on. Keep this reference:",
            "custom": {"type": "reference", "reference": "T0-7KQ2M"},
        }
    ],
    "markup": [
        {
            "text": "<img src=x onerror=document.title='hacked'> **a<script>b</script>** "
            "[x](javascript:document.title='hacked') [y](data:text/html,z)",
            "custom": {"type": "link", "title": "<b>z</b>", "url": "javascript:document.title='hacked'"},
        }
    ],
}
