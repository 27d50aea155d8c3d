"""What a network multiplies in."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from prunebench.training.recipe import Precision


def autocast(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Give the context of a forward pass: autocast for bf16, otherwise nothing."""
    if precision == "bf16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


@contextmanager
def products(precision: Precision) -> Iterator[None]:
    """Let a card round the factors of float32 products to tf32 within a block, or forbid it.

    Both are set: torch's own default lets convolutions use tf32 and matrix products not.
    """
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    matmul.allow_tf32 = cudnn.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before
