"""Optimiser steps as CUDA graphs: recorded once, replayed without Python between the kernels.

A step of a small network is some sixty kernels of microseconds each, and launching one takes as
long as running it. A graph launches all of them at once.
"""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from prunebench.training.batches import Picked

Move: TypeAlias = Callable[[Picked, float | Tensor], Tensor]
"""Takes one step on some images at a learning rate; gives the loss, left on the device."""

WARM_UP = 3
"""Ordinary steps before a recording: libraries set themselves up in the first ones."""


class Replay:
    """Takes steps on batches of one size; after the first few by replaying one that it recorded.

    What a recorded step reads anew each time lies in tensors of its own: the images' numbers, what
    augmentation does to them, the learning rate. Dropout draws from the device's generator, whose
    seed may change between steps.

    Parameters
    ----------
    move
        An ordinary step, made of tensor operations on one CUDA device alone.
    device
        That device.
    """

    def __init__(self, move: Move, device: torch.device) -> None:
        self.move = move
        self.taken = 0
        self._rate = torch.zeros((), device=device)
        self._stream = torch.cuda.Stream(device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._picked: Picked | None = None
        self._loss = torch.zeros((), device=device)

    def fits(self, picked: Picked) -> bool:
        """Say whether images are as many as those of the first step."""
        return self._picked is None or len(self._picked.index) == len(picked.index)

    def __call__(self, picked: Picked, lr: float) -> Tensor:
        """Take a step; the loss is overwritten by the next."""
        self._rate.fill_(lr)
        if self._picked is None:
            self._picked = picked.copied()
        self._picked.take_over(picked)
        self.taken += 1
        if self.taken <= WARM_UP:
            return self.aside(self._picked)
        if self._graph is None:
            self._graph = self.recorded(self._picked)
        self._graph.replay()
        return self._loss

    def aside(self, picked: Picked) -> Tensor:
        """Take an ordinary step on a stream of its own, as recording will need it."""
        here = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(here)
        with torch.cuda.stream(self._stream):
            loss = self.move(picked, self._rate)
        here.wait_stream(self._stream)
        return loss

    def recorded(self, picked: Picked) -> torch.cuda.CUDAGraph:
        """Record a step; nothing is computed by that."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._loss = self.move(picked, self._rate)
        return graph
