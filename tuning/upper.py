"""The layers that are tuned, in PyTorch: frozen weights, and beside each matrix two thin ones that learn (LoRA)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # the field's name
from numpy.typing import NDArray
from torch import Tensor, nn

from bot.nlu.engine.weights import Weights, unpacked
from tuning.lower import States

_MAPS: Final = ("q", "k", "v", "ao", "fi", "fo")
_SCALE: Final = 2.0
_DROPOUT: Final = 0.1


class _Map(nn.Module):
    def __init__(self, weights: Weights, name: str, rank: int) -> None:
        super().__init__()
        matrix = torch.tensor(unpacked(weights.blocks(f"{name}.w")))
        self.register_buffer("matrix", matrix)
        self.register_buffer("offset", torch.tensor(weights.floats(f"{name}.b")))
        self.down = nn.Parameter(torch.randn(rank, matrix.shape[1]) / math.sqrt(matrix.shape[1]))
        self.up = nn.Parameter(
            torch.zeros(matrix.shape[0], rank)
        )  # zero: tuning starts at the encoder as it is
        self.bias = nn.Parameter(torch.zeros(matrix.shape[0]))

    def forward(self, state: Tensor) -> Tensor:
        change = F.linear(F.linear(state, self.down), self.up) * _SCALE + self.bias
        return F.linear(state, self.matrix, self.offset) + change


class _Layer(nn.Module):
    def __init__(self, weights: Weights, number: int, rank: int) -> None:
        super().__init__()
        self._heads, self._epsilon = weights.shape.heads, weights.shape.epsilon
        for name in _MAPS:
            self.add_module(name, _Map(weights, f"l{number}.{name}", rank))
        for name in ("aln", "oln"):
            for part in "wb":
                self.register_buffer(
                    f"{name}_{part}", torch.tensor(weights.floats(f"l{number}.{name}.{part}"))
                )
        self._dropout = nn.Dropout(_DROPOUT)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        texts, tokens, width = state.shape

        def heads(name: str) -> Tensor:
            mapped: Tensor = self.get_submodule(name)(state)
            return mapped.view(texts, tokens, self._heads, width // self._heads).transpose(1, 2)

        context = F.scaled_dot_product_attention(heads("q"), heads("k"), heads("v"), attn_mask=mask)
        attended = self.get_submodule("ao")(context.transpose(1, 2).reshape(texts, tokens, width))
        state = self._normal(state + self._dropout(attended), "aln")
        inner = F.gelu(self.get_submodule("fi")(state))
        return self._normal(state + self._dropout(self.get_submodule("fo")(inner)), "oln")

    def _normal(self, state: Tensor, name: str) -> Tensor:
        weight, bias = self.get_buffer(f"{name}_w"), self.get_buffer(f"{name}_b")
        return F.layer_norm(state, (state.shape[-1],), weight, bias, self._epsilon)


class UpperLayers(nn.Module):
    def __init__(self, weights: Weights, first: int, rank: int) -> None:
        super().__init__()
        self._first = first
        self._layers = nn.ModuleList(
            _Layer(weights, number, rank) for number in range(first, weights.shape.layers)
        )

    def vectors(self, states: Sequence[States]) -> Tensor:
        """Unit vectors, (texts, 384). Sorted by length in three groups: little is padded."""
        order = sorted(range(len(states)), key=lambda at: len(states[at]))
        cuts = (0, len(order) // 2, int(len(order) * 0.85), len(order))
        groups = [order[start:end] for start, end in pairwise(cuts) if start < end]
        found = torch.cat([self._of_group([states[at] for at in group]) for group in groups])
        places = torch.tensor([at for group in groups for at in group])
        return torch.empty_like(found).index_copy(0, places, found)

    def changes(self) -> dict[str, NDArray[np.float16]]:
        """By the engine's names, for bot/nlu/engine/adapter.py."""
        found = {}
        for name, parameter in self._layers.named_parameters():
            number, map_, part = name.split(".")
            value = parameter.detach() * (_SCALE if part == "up" else 1.0)
            found[f"l{int(number) + self._first}.{map_}.{part}"] = value.half().numpy()
        return found

    def _of_group(self, states: Sequence[States]) -> Tensor:
        longest, width = max(len(each) for each in states), states[0].shape[1]
        padded = np.zeros((len(states), longest, width), np.float32)
        there = np.zeros((len(states), longest), bool)
        for row, each in enumerate(states):
            padded[row, : len(each)] = each
            there[row, : len(each)] = True
        state, known = torch.from_numpy(padded), torch.from_numpy(there)
        for layer in self._layers:
            state = layer(state, known[:, None, None, :])
        return F.normalize((state * known[..., None]).sum(1) / known.sum(1, keepdim=True), dim=1)
