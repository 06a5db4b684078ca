"""How directories write things, read in the port's terms."""

from __future__ import annotations

import struct
import uuid
from datetime import datetime, timezone

import pytest

from servicedesk.directory.ad_rights import RESET_PASSWORD, may_reset_password
from servicedesk.directory.ad_values import changed_at, days, guid, moment, sid
from servicedesk.directory.ldap_person import is_plausible_name, language_of, number_of, time_of
from servicedesk.directory.ldap_session import Entry, equals

DAY = 86_400 * 10_000_000
ME, OTHER = "S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-1105"


@pytest.mark.parametrize(
    ("preferred", "country", "language"),
    [
        ("nb-NO", "", "nb"),
        ("no", "", "nb"),
        ("nn", "SE", "nb"),
        ("sv-FI", "", "sv"),
        ("de_AT", "", "de"),
        ("en-GB, sv;q=0.5", "SE", "en"),
        ("fr, sv;q=0.5", "", "sv"),
        ("", "NO", "nb"),
        ("", "AT", "de"),
        ("pl", "SE", "sv"),
        ("", "", "en"),
    ],
)
def test_one_of_four_languages(preferred: str, country: str, language: str) -> None:
    assert language_of(preferred, country) == language


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+47 400 00 101", "", "+4740000101"),
        ("400 00 101", "NO", "+4740000101"),
        ("070-000 02 01", "SE", "+46700000201"),
        ("0046 70 000 02 01", "NO", "+46700000201"),
        ("400 00 101", "", None),
        ("ask Kari", "NO", None),
        ("12", "NO", None),
        ("", "NO", None),
    ],
)
def test_numbers_become_international_or_nothing(text: str, country: str, number: str | None) -> None:
    assert number_of(text, country) == number


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("20261130030032Z", datetime(2026, 11, 30, 3, 0, 32, tzinfo=timezone.utc)),
        ("20261130030228.0Z", datetime(2026, 11, 30, 3, 2, 28, tzinfo=timezone.utc)),
        ("000001010000Z", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_generalized_time(text: str, time: datetime | None) -> None:
    assert time_of(text) == time


@pytest.mark.parametrize("name", ["", "a\x00b", "a\nb", "\ud800", "k" * 257])
def test_names_that_nobody_has(name: str) -> None:
    """U10"""
    assert not is_plausible_name(name)


def test_filters_are_escaped() -> None:
    """U10"""
    assert equals("uid", "*)(a=\\b\x00") == r"(uid=\2a\29\28a=\5cb\00)"
    assert equals("objectGUID", b"\x00*") == r"(objectGUID=\00\2a)"


def test_entries_forgive_what_is_missing_or_odd() -> None:
    entry = Entry("cn=x", {"n": (b"12",), "negative": (b"-3",), "odd": (b"x",), "raw": (b"\xff",)})
    assert (entry.number("N"), entry.number("negative"), entry.number("odd", 7), entry.number("none")) == (
        12,
        -3,
        7,
        0,
    )
    assert entry.text("raw") == "�"
    assert entry.text("") == ""


@pytest.mark.parametrize("never", [0, 0x7FFFFFFFFFFFFFFF, -1, 0x7FFFFFFFFFFFFFFE])
def test_never_is_no_moment(never: int) -> None:
    assert moment(never) is None


def test_moments_and_intervals() -> None:
    assert moment(132_000_000_000_000_000) == datetime(2019, 4, 17, 18, 40, tzinfo=timezone.utc)
    assert (days(-42 * DAY), days(0), days(-(2**63))) == (42, None, None)


def test_ids() -> None:
    number = uuid.uuid4()
    assert guid(number.bytes_le) == str(number)
    assert guid(None) == guid(b"short") == ""
    assert sid(_sid(ME)) == ME


def test_when_a_number_was_written_by_number_and_by_name() -> None:
    """Samba has the binary list, Windows the readable one, too."""
    written = datetime(2026, 11, 30, 3, 0, 32, tzinfo=timezone.utc)
    seconds = int(written.timestamp()) + 11_644_473_600
    item = struct.pack("<IIQ", 0x150029, 3, seconds) + bytes(32)
    other = struct.pack("<IIQ", 0x14, 1, 1) + bytes(32)
    metadata = struct.pack("<4I", 1, 0, 2, 0) + other + item
    assert changed_at("mobile", metadata, "") == written
    assert changed_at("extensionAttribute5", metadata, "") is None
    readable = (
        "<DS_REPL_ATTR_META_DATA>\n\t<pszAttributeName>extensionAttribute5</pszAttributeName>\n\t<dwVersion>2"
        "</dwVersion>\n\t<ftimeLastOriginatingChange>2026-11-30T03:00:32Z</ftimeLastOriginatingChange>\n"
        "</DS_REPL_ATTR_META_DATA>\n"
    )
    assert changed_at("extensionattribute5", None, readable) == written
    assert changed_at("attribute5", None, readable) is None


@pytest.mark.parametrize(
    "broken", [b"", b"\x01", bytes(16), struct.pack("<4I", 1, 0, 5, 0), struct.pack("<4I", 2, 0, 0, 0)]
)
def test_broken_metadata_tells_nothing(broken: bytes) -> None:
    assert changed_at("mobile", broken, "") is None


def _sid(text: str) -> bytes:
    _, revision, authority, *parts = text.split("-")
    numbers = [int(part) for part in parts]
    return (
        bytes([int(revision), len(numbers)])
        + int(authority).to_bytes(6, "big")
        + struct.pack(f"<{len(numbers)}I", *numbers)
    )


def _ace(kind: int, mask: int, who: str, *, flags: int = 0, object_type: uuid.UUID | None = None) -> bytes:
    body = struct.pack("<I", mask)
    if kind in (5, 6):
        body += struct.pack("<I", 1 if object_type else 0) + (object_type.bytes_le if object_type else b"")
    body += _sid(who)
    return struct.pack("<BBH", kind, flags, len(body) + 4) + body


def _descriptor(*aces: bytes) -> bytes:
    body = b"".join(aces)
    return (
        struct.pack("<BBH4I", 1, 0, 0x8004, 0, 0, 0, 20)
        + struct.pack("<BBHHH", 4, 0, 8 + len(body), len(aces), 0)
        + body
    )


ALLOW = _ace(5, 0x100, ME, object_type=RESET_PASSWORD)
DENY = _ace(6, 0x100, ME, object_type=RESET_PASSWORD)
UNRELATED = _ace(5, 0x100, ME, object_type=uuid.uuid4())


@pytest.mark.parametrize(
    ("aces", "may"),
    [
        ((ALLOW,), True),
        ((UNRELATED, ALLOW), True),
        ((DENY, ALLOW), False),
        ((UNRELATED,), False),
        ((_ace(5, 0x100, OTHER, object_type=RESET_PASSWORD),), False),
        ((_ace(5, 0x100, ME, object_type=RESET_PASSWORD, flags=0x08),), False),  # for children only
        ((_ace(0, 0x10000000, ME),), True),
        ((_ace(0, 0x20, ME),), False),
        ((_ace(5, 0x100, ME),), True),  # all extended rights
        ((), False),
    ],
)
def test_the_first_word_of_an_access_list_counts(aces: tuple[bytes, ...], may: bool) -> None:
    assert may_reset_password(_descriptor(*aces), {ME}) is may


@pytest.mark.parametrize("broken", [b"", b"\x01" * 10, _descriptor(ALLOW)[:30], bytes(20)])
def test_a_broken_access_list_grants_nothing(broken: bytes) -> None:
    assert may_reset_password(broken, {ME}) is False
