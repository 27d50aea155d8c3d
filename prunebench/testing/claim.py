"""Claims: what must hold, or the check fails with its message."""

from collections.abc import Mapping

import torch
from torch import Tensor

from prunebench.errors import ContractError


class InapplicableError(Exception):
    """A check has nothing to look at in this item; its text says why."""


def claim(message: str, *, holds: bool, mend: str = "") -> None:
    """Fail a check unless a claim holds.

    Parameters
    ----------
    message
        What must hold, on which input, and what was found; a sentence.
    holds
        Whether it does.
    mend
        What the author can do; a sentence.

    Raises
    ------
    ContractError
        With both.
    """
    if not holds:
        raise ContractError(f"{message} {mend}".rstrip())


def claim_equal(
    message: str,
    got: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    tolerance: float = 0.0,
    mend: str = "",
) -> None:
    """Fail a check unless two sets of tensors have equal names and, within a tolerance, values.

    Parameters
    ----------
    message
        What must hold and on which input; the names of those that differ are added, and what was
        found in the first of them.
    got, expected
        Tensors by name.
    tolerance
        Relative to the largest magnitude of each expected tensor.
    mend
        What the author can do; a sentence.
    """
    names = sorted(set(got) | set(expected))
    odd = [n for n in names if not alike(got.get(n), expected.get(n), tolerance)]
    found = contrast(got.get(odd[0]), expected.get(odd[0])) if odd else ""
    claim(f"{message}; differs in: {', '.join(odd)} ({found}).", holds=not odd, mend=mend)


def claim_applies(reason: str, *, holds: bool) -> None:
    """Leave a check out, with the reason, unless it applies.

    Raises
    ------
    InapplicableError
        With the reason.
    """
    if not holds:
        raise InapplicableError(reason)


def alike(got: Tensor | None, expected: Tensor | None, tolerance: float) -> bool:
    """Say whether two tensors are there, of one shape, and nearly equal."""
    if got is None or expected is None or got.shape != expected.shape:
        return False
    if tolerance == 0.0 or not expected.is_floating_point():
        return torch.equal(got, expected)
    room = tolerance * max(float(expected.detach().abs().max()), 1e-12) if expected.numel() else 0.0
    return torch.allclose(got.to(expected), expected, rtol=0.0, atol=room)


def contrast(got: Tensor | None, expected: Tensor | None) -> str:
    """Say what was found and what was expected of two tensors that differ.

    >>> contrast(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]))
    'found 2, expected 3 at index 1'
    """
    if got is None or expected is None:
        return "found none" if got is None else "expected none"
    if got.shape != expected.shape:
        return f"found shape {tuple(got.shape)}, expected {tuple(expected.shape)}"
    gap = (got.detach().double() - expected.detach().double()).abs().flatten()
    place = int(torch.where(gap.isnan(), torch.inf, gap).argmax())
    one, other = (float(each.detach().flatten()[place]) for each in (got, expected))
    return f"found {one:g}, expected {other:g} at index {place}"


def finite(tensor: Tensor) -> bool:
    """Say whether all values are numbers."""
    return bool(tensor.isfinite().all())
