"""An outage is named only where its service is what fails, by the employee's own words."""

from __future__ import annotations

import pytest

from servicedesk.handover.related import is_said_to_fail


@pytest.mark.parametrize(
    ("words", "fails"),
    [
        ("Teams er nede", True),
        ("jag kommer inte in i Teams", True),
        ("kleines Drama mit Teams, alle warten", True),
        ("Teams keeps dropping my calls", True),
        ("I cannot sign in to Teams", True),
        ("kameraet er opp ned i Teams", False),
        ("fel nummer visas när jag ringer ut från Teams", False),
        ("in Teams ist die Uhr eine Stunde falsch", False),
        ("camera upside down in teams since update", False),
        ("the Teamsters called", False),
        ("skjermen er svart", False),
    ],
)
def test_the_place_where_something_fails_is_not_what_fails(words: str, fails: bool) -> None:
    assert is_said_to_fail("teams", words) is fails
