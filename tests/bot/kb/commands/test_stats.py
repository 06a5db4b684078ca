"""The figures of `stats`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bot.kb.commands.conftest import Run
from tests.bot.kb.conftest import PRINTER, VPN, VPN_NB
from tests.bot.kb.samples import with_wordings


def test_figures_are_counted_a_language(run: Run, articles_dir: Path) -> None:
    (articles_dir / "en" / "vpn-connect.md").write_text(
        with_wordings(VPN.replace("revision: 2", "revision: 3"))
    )
    (articles_dir / "nb" / "vpn-connect.md").write_text(VPN_NB.replace("2026-10-15", "2024-10-15"))
    (articles_dir / "en" / "printer-add.md").write_text(PRINTER.replace("audience: all", "audience: l1"))
    code, out, err = run("stats", "--json", "--today", "2026-11-01")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["en"] == {
        **{"articles": 3, "internal": 1, "missing": 0, "outdated": 0, "review_overdue": 0},
        **{"sections": 14, "wordings": 5, "test_questions": 6},
    }
    assert found["nb"] == {
        **{"articles": 1, "internal": 0, "missing": 1, "outdated": 1, "review_overdue": 1},
        **{"sections": 4, "wordings": 0, "test_questions": 2},
    }
    assert found["de"]["missing"] == 2


def test_the_table_has_a_column_a_language(run: Run) -> None:
    _, out, _ = run("stats")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["nb", "sv", "de", "en"]
    assert lines[1] == ["articles", "1", "0", "0", "3"]


def test_a_file_that_cannot_be_read_is_named(run: Run, articles_dir: Path) -> None:
    (articles_dir / "en" / "printer-add.md").write_text("broken")
    code, _, err = run("stats")
    assert code == 0
    assert "printer-add.md:1: does not start with front matter" in err
