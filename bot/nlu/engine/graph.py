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

from bot.nlu.engine.weights import Weights, unpacked

RECIPE: Final = 1  # one more whenever the vectors change
INPUT: Final = "embeddings"  # float32 (texts, tokens, 384): word + position + type, not normalised
OUTPUT: Final = "means"  # float32 (texts, 384): mean of the last layer over all tokens, not of length 1

WEIGHT_LIMIT: Final = 63
_ACTIVATION_LIMIT: Final = 127
_ZERO: Final = 128
_MICROSOFT: Final = "com.microsoft"
_OPSET: Final = 18
_IR_VERSION: Final = 8


def quantised(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(outputs, inputs) as whole numbers within WEIGHT_LIMIT and a scale an output."""
    scales = np.maximum(np.abs(weights).max(axis=1), 1e-9) / WEIGHT_LIMIT
    return np.rint(weights / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def build(weights: Weights) -> bytes:
    """An ONNX model, some 22 MB."""
    from onnx import TensorProto, helper

    writer = _Writer()
    shape = weights.shape
    state = _layers(writer, weights)
    writer.node(
        "ReduceMean", [state, writer.constant("token_axis", np.array([1], np.int64))], OUTPUT, keepdims=0
    )
    graph = helper.make_graph(
        writer.nodes,
        "multilingual-e5-small",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["texts", "tokens", shape.hidden])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["texts", shape.hidden])],
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
        self._tiny = self.constant("tiny", np.array([1e-9], np.float32))
        self._limit = self.constant("limit", np.array([_ACTIVATION_LIMIT], np.float32))
        self._offset = self.constant("offset", np.array([_ZERO], np.float32))
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

    def product(self, source: str, weights: NDArray[np.float32], bias: NDArray[np.float32], name: str) -> str:
        """source * weights^T + bias, in whole numbers."""
        from onnx import TensorProto

        whole, scales = quantised(weights)
        steps, largest = self._bytes(source, name)
        sums = self.node(
            "MatMulInteger",
            [steps, self.constant(f"{name}.weights", whole.T), self._zero],
            f"{name}.sums",
        )
        sums = self.node("Cast", [sums], f"{name}.floats", to=TensorProto.FLOAT)
        per_output = self.constant(f"{name}.scales", scales / np.float32(_ACTIVATION_LIMIT))
        scaled = self.node("Mul", [sums, per_output], f"{name}.per_output")
        scaled = self.node("Mul", [scaled, largest], f"{name}.scaled")
        return self.node("Add", [scaled, self.constant(f"{name}.bias", bias)], name)

    def _bytes(self, source: str, name: str) -> tuple[str, str]:
        """The activations as bytes around 128, and each token's largest absolute value, which is worth 127."""
        from onnx import TensorProto

        absolute = self.node("Abs", [source], f"{name}.absolute")
        largest = self.node("ReduceMax", [absolute, self._last_axis], f"{name}.peak", keepdims=1)
        largest = self.node("Max", [largest, self._tiny], f"{name}.largest")
        steps = self.node("Div", [self._limit, largest], f"{name}.steps")
        scaled = self.node("Mul", [source, steps], f"{name}.in_steps")
        rounded = self.node("Round", [scaled], f"{name}.rounded")
        shifted = self.node("Add", [rounded, self._offset], f"{name}.shifted")
        return self.node("Cast", [shifted], f"{name}.bytes", to=TensorProto.UINT8), largest


def _layers(writer: _Writer, weights: Weights) -> str:
    shape = weights.shape
    norm = [writer.constant(f"emb.ln.{part}", weights.floats(f"emb.ln.{part}")) for part in "wb"]
    state = writer.node("LayerNormalization", [INPUT, *norm], "embedded", axis=-1, epsilon=shape.epsilon)
    for number in range(shape.layers):
        state = _layer(writer, weights, state, f"l{number}")
    return state


def _layer(writer: _Writer, weights: Weights, state: str, layer: str) -> str:
    heads = weights.shape.heads
    joined = _linear(writer, weights, state, layer, ("q", "k", "v"))
    parts = [f"{layer}.{part}" for part in ("query", "key", "value")]
    writer.split(joined, parts)
    context = writer.node("MultiHeadAttention", parts, f"{layer}.context", _MICROSOFT, num_heads=heads)
    attended = _linear(writer, weights, context, layer, ("ao",))
    state = _add_and_normalise(writer, weights, state, attended, f"{layer}.aln")
    inner = _linear(writer, weights, state, layer, ("fi",))
    inner = writer.node("Gelu", [inner], f"{layer}.gelu", _MICROSOFT)
    return _add_and_normalise(
        writer, weights, state, _linear(writer, weights, inner, layer, ("fo",)), f"{layer}.oln"
    )


def _linear(writer: _Writer, weights: Weights, source: str, layer: str, parts: Sequence[str]) -> str:
    """Linear maps of one source, side by side."""
    matrix = np.concatenate([unpacked(weights.blocks(f"{layer}.{part}.w")) for part in parts])
    bias = np.concatenate([weights.floats(f"{layer}.{part}.b") for part in parts])
    return writer.product(source, matrix, bias, f"{layer}.{'_'.join(parts)}")


def _add_and_normalise(writer: _Writer, weights: Weights, state: str, change: str, norm: str) -> str:
    inputs = [writer.constant(f"{norm}.{part}", weights.floats(f"{norm}.{part}")) for part in "wb"]
    return writer.node(
        "SkipLayerNormalization", [state, change, *inputs], norm, _MICROSOFT, epsilon=weights.shape.epsilon
    )
