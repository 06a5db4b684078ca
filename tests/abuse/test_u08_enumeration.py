"""U8: learn who exists, is locked, is an administrator."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from tests.servicedesk.world import World

CLASSES = {
    "unknown": "nobody.here",
    "disabled": "nils.bergstrom",
    "privileged": "magnus.dahl",
    "vip": "ingrid.solberg",
    "no factor": "silje.haugen",
    "one factor": "ola.hansen",
    "ordinary": "maja.ekholm",
}


@pytest.mark.parametrize("factor", ["sms", "authenticator"])
def test_all_names_get_the_same_answers_to_all_steps(world: World, factor: str) -> None:
    """S8: including the throttled ones"""
    page = world.services.page_proof
    page._run, page._answer_time = lambda work: work(), 0.0

    def answers(name: str, username: str) -> list[object]:
        given: list[object] = []
        for attempt in range(4):
            given.append(page.begin(f"{name} {attempt}", username, factor, "nb"))
            given += [page.check(f"{name} {attempt}", "00000000") for _ in range(2)]
            given.append(page.second(f"{name} {attempt}", "authenticator", "nb"))
            given.append(page.link(f"{name} {attempt}", "nb"))
        return given

    seen = {}
    for name, username in CLASSES.items():
        seen[name] = answers(name, username)
        world.later(minutes=30)
    assert len({str(given) for given in seen.values()}) == 1


def test_a_wrong_code_costs_the_database_the_same_for_every_name(world: World) -> None:
    """S8: the same statements in the same order, but for those of the factor's own check"""
    page = world.services.page_proof
    page._run, page._answer_time = lambda work: work(), 0.0
    statements: list[str] = []
    event.listen(
        world.services.store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: statements.append(statement),
    )
    seen = {}
    for name, username in CLASSES.items():
        page.begin(name, username, "sms", "nb")
        page.check(name, "00000000")  # the first one also makes the person's key for the trail
        statements.clear()
        page.check(name, "00000000")
        seen[name] = tuple(statements)
    assert len(set(seen.values())) == 1
