"""What is tried in one matter: nothing twice, and nothing of it in the next one."""

from __future__ import annotations

from datetime import UTC, datetime

from actions.matter import Matter

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HITS = [{"id": name, "language": "en", "score": 0.5, "section": 0} for name in ("first", "second", "third")]


def shown(**more: object) -> Matter:
    return Matter(question="q", hits=HITS, shown=HITS[0], begun=NOW.isoformat(), **more)  # type: ignore[arg-type]


def left(matter: Matter) -> list[str]:
    return [hit["id"] for hit in matter.left]


def test_what_did_not_help_does_not_come_again_in_other_words() -> None:
    matter = shown().put_aside(failed=True).asked_anew("in other words", HITS[::-1], NOW, same=True)
    assert matter.failed == ("first",)
    assert left(matter) == ["third", "second"]


def test_what_was_passed_over_does_not_come_again_and_has_not_failed() -> None:
    matter = shown().put_aside(failed=False).asked_anew("and what is more", HITS, NOW, same=True)
    assert not matter.failed
    assert left(matter) == ["second", "third"]
    assert not matter.is_new, "only what is likely is shown from here on"


def test_another_matter_may_need_the_same_article() -> None:
    tried = shown().put_aside(failed=False)
    assert left(tried.asked_anew("of something else", HITS, NOW, same=False)) == ["first", "second", "third"]


def test_each_is_put_aside_once() -> None:
    matter = shown(failed=("first",)).put_aside(failed=True)
    assert matter.failed == ("first",)
    assert matter.put_aside(failed=True) is matter, "nothing is shown any more"
