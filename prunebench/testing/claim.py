"""Claims: what must hold, or the check fails with its message."""

from collections.abc import Mapping

import torch
from torch import Tensor

from prunebench.errors import ContractError


def claim(message: str, *, holds: bool) -> None:
    """Fail a check unless a claim holds.

    Raises
    ------
    ContractError
        With the message, which says what must hold and what was found.
    """
    if not holds:
        raise ContractError(message)


def claim_equal(
    message: str,
    got: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    tolerance: float = 0.0,
) -> None:
    """Fail a check unless two sets of tensors have equal names and, within a tolerance, values.

    Parameters
    ----------
    message
        What must hold; the names of those that differ are added.
    got, expected
        Tensors by name.
    tolerance
        Relative to the largest magnitude of each expected tensor.
    """
    names = sorted(set(got) | set(expected))
    odd = [n for n in names if not alike(got.get(n), expected.get(n), tolerance)]
    claim(f"{message}; differs in: {', '.join(odd)}.", holds=not odd)


def alike(got: Tensor | None, expected: Tensor | None, tolerance: float) -> bool:
    """Say whether two tensors are there, of one shape, and nearly equal."""
    if got is None or expected is None or got.shape != expected.shape:
        return False
    if tolerance == 0.0 or not expected.is_floating_point():
        return torch.equal(got, expected)
    room = tolerance * max(float(expected.detach().abs().max()), 1e-12) if expected.numel() else 0.0
    return torch.allclose(got, expected, rtol=0.0, atol=room)
