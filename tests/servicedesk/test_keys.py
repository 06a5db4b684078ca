from __future__ import annotations

import base64
import secrets
from pathlib import Path

import pytest

from servicedesk.errors import SettingsError
from servicedesk.keys import KeyRing, Purpose, create_missing
from servicedesk.sealing import SealBroken, seal, unseal
from tests.servicedesk.world import at_once


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_missing(tmp_path / "keys")
    return tmp_path / "keys"


def _line(version: str, key: bytes) -> str:
    return f"{version}:{base64.b64encode(key).decode()}\n"


def test_each_purpose_has_a_key_of_its_own_that_only_we_can_read(folder: Path) -> None:
    """S14"""
    ring = KeyRing(folder)
    keys = {ring.current(purpose)[1] for purpose in Purpose}
    assert len(keys) == len(Purpose)
    assert all(len(key) >= 32 for key in keys)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_key_that_is_there_stays(folder: Path) -> None:
    before = KeyRing(folder).current(Purpose.CODE)
    create_missing(folder)
    assert KeyRing(folder).current(Purpose.CODE) == before


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    """F17"""

    def start(_: int) -> tuple[str, bytes]:
        create_missing(tmp_path / "keys")
        return KeyRing(tmp_path / "keys").current(Purpose.CODE)

    assert len(set(at_once(12, start))) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir() if path.name.startswith(".")] == []


def test_the_newest_key_signs_and_the_one_before_still_verifies(folder: Path) -> None:
    """S14: rotation"""
    version, mac = KeyRing(folder).mac(Purpose.CODE, "a")
    with (folder / "code.key").open("a") as file:
        file.write(_line("2", secrets.token_bytes(32)))
    rotated = KeyRing(folder)
    assert rotated.verify(Purpose.CODE, version, mac, "a")
    assert rotated.mac(Purpose.CODE, "a")[0] == "2"
    assert not rotated.verify(Purpose.CODE, "3", mac, "a")


def test_parts_cannot_shift(folder: Path) -> None:
    ring = KeyRing(folder)
    version, mac = ring.mac(Purpose.CODE, "ab", "c")
    assert ring.verify(Purpose.CODE, version, mac, "ab", "c")
    for parts in (("a", "bc"), ("abc",), ("ab", "c", ""), ("ab",)):
        assert not ring.verify(Purpose.CODE, version, mac, *parts)
    assert not ring.verify(Purpose.BUTTON, version, mac, "ab", "c")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "1:",
        "1:not base64!",
        _line("1", b"short"),
        _line("1", b"\0" * 32),
        _line("1", b"changeme" * 4),
        "ø",
    ],
)
def test_a_weak_or_broken_key_stops_the_start(folder: Path, content: str) -> None:
    """S14: under 32 bytes, or a sample value"""
    (folder / "code.key").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"code\.key"):
        KeyRing(folder).current(Purpose.CODE)


def test_a_missing_key_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"audit\.key"):
        KeyRing(tmp_path).current(Purpose.AUDIT)


def test_a_sealed_secret_opens_for_its_owner_only(folder: Path) -> None:
    """S14"""
    ring = KeyRing(folder)
    sealed = seal(ring, "kari", "JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert sealed != seal(ring, "kari", "JBSWY3DPEHPK3PXP")
    assert unseal(ring, "kari", sealed) == "JBSWY3DPEHPK3PXP"
    last = "A" if sealed[-2] != "A" else "B"
    for owner, text in (
        ("ola", sealed),
        ("kari", sealed[:-2] + last + sealed[-1]),
        ("kari", "9:x"),
        ("kari", ""),
    ):
        with pytest.raises(SealBroken):
            unseal(ring, owner, text)
