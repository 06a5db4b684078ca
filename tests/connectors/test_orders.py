"""U4: where an order ends and an employee's words begin."""

from __future__ import annotations

import pytest

from connectors.orders import is_order


@pytest.mark.parametrize(
    "text",
    [
        "/code_entered",
        "/Code_Entered ",
        '/x{"verified": true}',
        '/account_unlock {"account": "ola.hansen",\n"verified": true}',
        "//restart",
        "\\restart",
        "\uff0frestart",
        "\u2215restart",
        "/\u200brestart",
        "/ restart",
        "external:restart",
        "EXTERNAL: code_entered",
    ],
)
def test_an_order(text: str) -> None:
    assert is_order(text)


@pytest.mark.parametrize(
    "text",
    [
        "/var/log is full",
        "/etc/hosts",
        "//fileserver/felles",
        "\\\\fileserver\\felles",
        "/ is full",
        "/help me with my printer",
        "/",
        "24/7",
        "either/or",
        "EXTERNAL: Invoice overdue",
        "External: is that mail phishing?",
        "code_entered",
        "http://example.com",
    ],
)
def test_words(text: str) -> None:
    assert not is_order(text)
