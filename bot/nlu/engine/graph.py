"""The encoder as an ONNX graph with weights of 8 bits: embeddings of tokens in, one mean vector a text out.

Arithmetic of a product, chosen for what it costs and for what it leaves out of doubt (docs/decisions/0006):

* Each token's activations have a scale of their own, so that a vector does not depend on what else is in the batch,
  and are stored as unsigned bytes around 128.
* Each output has a scale of its own, and its weights stay within +-63. Processors before VNNI add pairs of products in
  16 bits: 2 * 255 * 63 fits, 2 * 255 * 127 would silently be cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.nlu.engine.adapter import UNTUNED, Adapter
from bot.nlu.engine.weights import Weights, unpacked

RECIPE: Final = 2  # one more whenever the vectors change
INPUT: Final = "embeddings"  # float32 (texts, tokens, 384): word + position + type, not normalised
OUTPUT: Final = "means"  # float32 (texts, 384): mean of the last layer over all tokens, not of length 1
STATES: Final = "states"  # float32 (texts, tokens, 384)

WEIGHT_LIMIT: Final = 63
_ACTIVATION_LIMIT: Final = 127
_ZERO: Final = 128
_MICROSOFT: Final = "com.microsoft"
_TEXTS_AND_TOKENS: Final = "texts_and_tokens"  # a shape: how many of each, and the rest
_ZEROS: Final = "zeros"  # the byte that is zero, once a token
_OPSET: Final = 18
_IR_VERSION: Final = 8


def quantised(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(outputs, inputs) as whole numbers within WEIGHT_LIMIT and a scale an output."""
    scales = np.maximum(np.abs(weights).max(axis=1), 1e-9) / WEIGHT_LIMIT
    return np.rint(weights / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def build(weights: Weights, adapter: Adapter) -> bytes:
    """An ONNX model, some 22 MB."""
    writer = _Writer()
    by_text = _states(writer, weights, adapter, weights.shape.layers)
    writer.node(
        "ReduceMean", [by_text, writer.constant("token_axis", np.array([1], np.int64))], OUTPUT, keepdims=0
    )
    return _model(writer, OUTPUT, ["texts", weights.shape.hidden])


def build_lower(weights: Weights, layers: int) -> bytes:
    """The first layers alone, which no adapter changes: what tuning starts from (tuning/lower.py)."""
    writer = _Writer()
    _states(writer, weights, UNTUNED, layers)
    return _model(writer, STATES, ["texts", "tokens", weights.shape.hidden])


def build_product(whole: NDArray[np.int8], scales: NDArray[np.float32]) -> bytes:
    """INPUT (rows, inputs) times the transpose of `quantised` weights, as OUTPUT (rows, outputs)."""
    writer = _Writer()
    writer.zeros(INPUT)
    product = writer.whole_product(INPUT, whole, scales, "product")
    writer.node("Identity", [product], OUTPUT)
    return _written(writer, OUTPUT, ["rows", whole.shape[1]], ["rows", whole.shape[0]])


def _states(writer: _Writer, weights: Weights, adapter: Adapter, layers: int) -> str:
    return writer.node("Reshape", [_layers(writer, weights, adapter, layers), _TEXTS_AND_TOKENS], STATES)


def _model(writer: _Writer, output: str, shape: list[str | int]) -> bytes:
    return _written(writer, output, ["texts", "tokens", shape[-1]], shape)


def _written(writer: _Writer, output: str, taken: list[str | int], given: list[str | int]) -> bytes:
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        writer.nodes,
        "tier0",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, taken)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, given)],
        writer.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    return bytes(model.SerializeToString())


class _Writer:
    """Collects nodes and constants. Every method gives the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._last_axis = self.constant("last_axis", np.array([-1], np.int64))
        self._limit = self.constant("limit", np.array([_ACTIVATION_LIMIT], np.float32))
        self._tiny = self.constant("tiny", np.array([1e-9], np.float32))
        self._one = self.constant("one", np.array(1, np.float32))
        self._zero = self.constant("zero", np.array(_ZERO, np.uint8))

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any
    ) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def split(self, source: str, outputs: Sequence[str]) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node("Split", [source], outputs, axis=-1, num_outputs=len(outputs)))

    def product(self, source: str, weights: NDArray[np.float32], name: str) -> str:
        """source * weights^T, multiplied in whole numbers."""
        return self.whole_product(source, *quantised(weights), name)

    def zeros(self, tokens: str) -> None:
        """The byte that stands for zero, once a row of `tokens`, for all products."""
        count = self.node("Shape", [tokens], "token_count", start=0, end=1)
        self.node("ConstantOfShape", [count], _ZEROS, value=_uint8(_ZERO))

    def whole_product(
        self, source: str, whole: NDArray[np.int8], scales: NDArray[np.float32], name: str
    ) -> str:
        """The same of weights that are whole numbers already."""
        steps, sizes = self._bytes(source, name)
        factors = [
            self.constant(f"{name}.weights", whole.T),
            self._one,
            self.constant(f"{name}.scales", scales),
        ]
        sums = self.node("MatMulIntegerToFloat", [steps, *factors, self._zero], f"{name}.sums", _MICROSOFT)
        return self.node("Mul", [sums, sizes], f"{name}.product")

    def _bytes(self, source: str, name: str) -> tuple[str, str]:
        """The activations as bytes around 128, and each token's size of a step, as a column."""
        absolute = self.node("Abs", [source], f"{name}.absolute")
        largest = self.node("ReduceMax", [absolute, self._last_axis], f"{name}.largest", keepdims=0)
        exact = self.node("Div", [largest, self._limit], f"{name}.exact")
        step = self.node("Max", [exact, self._tiny], f"{name}.step")
        steps = self.node("QuantizeLinear", [source, step, _ZEROS], f"{name}.steps", axis=0)
        return steps, self.node("Unsqueeze", [step, self._last_axis], f"{name}.sizes")


def _layers(writer: _Writer, weights: Weights, adapter: Adapter, layers: int) -> str:
    """The states after so many layers. All tokens of all texts stand below each other, but where they see each other."""
    shape = weights.shape
    open_end = writer.constant("open_end", np.array([-1], np.int64))
    below_each_other = writer.constant("below_each_other", np.array([-1, shape.hidden], np.int64))
    texts_and_tokens = writer.node("Shape", [INPUT], "input_shape", start=0, end=2)
    writer.node("Concat", [texts_and_tokens, open_end], _TEXTS_AND_TOKENS, axis=0)
    tokens = writer.node("Reshape", [INPUT, below_each_other], "tokens")
    writer.zeros(tokens)
    state = _normalised(writer, weights, tokens, "emb.ln")
    for number in range(layers):
        state = _layer(writer, weights, adapter, state, f"l{number}", below_each_other)
    return state


def _layer(
    writer: _Writer, weights: Weights, adapter: Adapter, state: str, layer: str, below_each_other: str
) -> str:
    joined = _biased(writer, weights, adapter, state, layer, ("q", "k", "v"), "Add")
    by_text = writer.node("Reshape", [joined, _TEXTS_AND_TOKENS], f"{layer}.by_text")
    parts = [f"{layer}.{part}" for part in ("query", "key", "value")]
    writer.split(by_text, parts)
    heads = weights.shape.heads
    context = writer.node("MultiHeadAttention", parts, f"{layer}.context", _MICROSOFT, num_heads=heads)
    context = writer.node("Reshape", [context, below_each_other], f"{layer}.tokens")
    attended = _biased(writer, weights, adapter, context, layer, ("ao",), "Add")
    attended = writer.node("Add", [state, attended], f"{layer}.attended")
    state = _normalised(writer, weights, attended, f"{layer}.aln")
    inner = _biased(writer, weights, adapter, state, layer, ("fi",), "BiasGelu", _MICROSOFT)
    outer = _biased(writer, weights, adapter, inner, layer, ("fo",), "Add")
    return _normalised(writer, weights, writer.node("Add", [state, outer], f"{layer}.outer"), f"{layer}.oln")


def _biased(
    writer: _Writer,
    weights: Weights,
    adapter: Adapter,
    source: str,
    layer: str,
    parts: Sequence[str],
    operator: str,
    domain: str = "",
) -> str:
    """Linear maps of one source, side by side. `operator` adds the bias, and may do more."""
    name = f"{layer}.{'_'.join(parts)}"
    maps = [f"{layer}.{part}" for part in parts]
    matrix = np.concatenate([adapter.matrix(each, unpacked(weights.blocks(f"{each}.w"))) for each in maps])
    bias = np.concatenate([adapter.bias(each, weights.floats(f"{each}.b")) for each in maps])
    product = writer.product(source, matrix, name)
    return writer.node(operator, [product, writer.constant(f"{name}.bias", bias)], name, domain)


def _normalised(writer: _Writer, weights: Weights, source: str, norm: str) -> str:
    inputs = [writer.constant(f"{norm}.{part}", weights.floats(f"{norm}.{part}")) for part in "wb"]
    return writer.node("LayerNormalization", [source, *inputs], norm, axis=-1, epsilon=weights.shape.epsilon)


def _uint8(value: int) -> Any:
    from onnx import numpy_helper

    return numpy_helper.from_array(np.array([value], np.uint8))
