"""Whom a ticket system is asked for, and how often (F5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from servicedesk.ticketing.people import KEPT_SECONDS, NOBODY_SECONDS, People


class Users:
    def __init__(self, **of: list[str]) -> None:
        self.of = of
        self.asked: list[list[str]] = []
        self.now = 0.0

    def look_up(self, emails: Sequence[str]) -> Iterator[tuple[str, str]]:
        self.asked.append(list(emails))
        for email in emails:
            for identifier in self.of.get(email, ()):
                yield email.title(), identifier

    def people(self, at_once: int) -> People:
        return People(self.look_up, at_once=at_once, now=lambda: self.now)


@pytest.mark.parametrize("at_once", [1, 3])
def test_one_person_is_found_two_or_none_are_nobody(at_once: int) -> None:
    users = Users(kari=["1"], ola=["2", "3"])
    people = users.people(at_once)
    assert [people.find(each) for each in ("Kari", "ola", "maja")] == ["1", "", ""]


def test_those_who_come_next_are_asked_for_in_the_same_call() -> None:
    users = Users(kari=["1"], ola=["2"], maja=["3"], lena=["4"])
    people = users.people(3)
    people.look_ahead(lambda: ["Kari", "", "ola", "Ola", "maja", "lena"])
    assert [people.find(each) for each in ("kari", "ola", "maja", "lena")] == ["1", "2", "3", "4"]
    assert users.asked == [["kari", "ola", "maja"], ["lena"]]


def test_who_is_nobody_is_soon_looked_for_again() -> None:
    users = Users(kari=["1"])
    people = users.people(2)
    assert (people.find("kari"), people.find("ola")) == ("1", "")
    users.of["ola"] = ["2"]
    users.now = NOBODY_SECONDS - 1
    assert people.find("ola") == ""
    users.now = NOBODY_SECONDS
    assert people.find("ola") == "2"
    users.now = KEPT_SECONDS
    users.of["kari"] = ["5"]
    assert people.find("kari") == "5"
    assert users.asked == [["kari"], ["ola"], ["ola"], ["kari"]]
