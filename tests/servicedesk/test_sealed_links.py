"""S4, D1: a reset link is readable in its owner's channel and nowhere else."""

from __future__ import annotations

import pytest

from servicedesk.keys import KeyRing, create_missing
from servicedesk.sealed_links import PLACEHOLDER, open_links, seal_link, without_links

URL = "https://it.example/reset/Zm9vYmFyYmF6"


@pytest.fixture
def keys(tmp_path):
    create_missing(tmp_path)
    return KeyRing(tmp_path)


def test_link_opens_in_its_own_conversation_only(keys):
    text = f"Choose it here: **[page]({seal_link(keys, 'mine', URL)})**."
    assert URL not in text
    assert open_links(keys, "mine", text) == f"Choose it here: **[page]({URL})**."
    assert URL not in open_links(keys, "another", text)


def test_others_read_a_placeholder(keys):
    assert without_links(f"[page]({seal_link(keys, 'mine', URL)})") == f"[page]({PLACEHOLDER})"


def test_rubbish_stays_closed(keys):
    assert open_links(keys, "mine", "sealed." + "A" * 60) == PLACEHOLDER
    assert open_links(keys, "mine", "sealed.short and text") == "sealed.short and text"
