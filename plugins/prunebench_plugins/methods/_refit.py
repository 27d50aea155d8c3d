"""Least squares on the kept inputs of a layer (He et al. 2017, section 3.1, step ii)."""

import torch
from torch import Tensor, nn

from prunebench.api import ChannelGroup, Span, Subject
from prunebench_plugins.methods._contributions import (
    Moments,
    Sampling,
    drifting,
    living_outputs,
    moments,
    reading,
)
from prunebench_plugins.methods._least_squares import least_squares

BLOCK = 2048
"""Features of the rows that are in double precision at once."""


def refit(
    subject: Subject,
    group: ChannelGroup,
    span: Span,
    kept: Tensor,
    sampling: Sampling,
    *,
    intercept: bool,
) -> tuple[Tensor, Tensor]:
    """Fit a reader's whole kernel on the kept channels to the original response.

    Every output is one least-squares problem with all places of all kept channels as regressors.
    Its unknown is the *change* of the kernel, of which the smallest is taken: what the samples do
    not determine stays as it was trained.

    Parameters
    ----------
    subject, group, span
        What the method sees; the reader is ``span.module``.
    kept
        Channels that stay, (channels,).
    sampling
        Where responses are looked at.
    intercept
        Whether to fit one as well.

    Returns
    -------
    tuple
        The kernel, (out, channels, places), old values at the dropped channels; and the
        intercepts, (out,); both float64 on the CPU.
    """
    weight = reading(subject, group, span)
    is_flat = isinstance(subject.model.get_submodule(span.module), nn.Linear)
    rows = sampling.images * (1 if is_flat else sampling.positions)
    if weight[0].numel() <= rows:
        seen = moments(subject, group, span, sampling)
        change, shift = from_moments(seen, kept, intercept=intercept)
    else:
        regressors, wanted = missing(subject, group, span, kept, sampling)
        change, shift = from_rows(regressors, wanted, intercept=intercept)
    fitted = weight.cpu().clone()
    fitted[:, kept] += change.T.view(fitted[:, kept].shape)
    return fitted, shift


def from_moments(seen: Moments, kept: Tensor, *, intercept: bool) -> tuple[Tensor, Tensor]:
    """Solve the normal equations.

    Returns
    -------
    tuple
        The change, (kept features, out), and the intercepts, (out,).
    """
    weight = seen.flat.cpu()
    stay = kept.repeat_interleave(seen.weight.shape[2])
    gone = weight[:, ~stay].T
    gram, sums = seen.gram.cpu(), seen.sums.cpu()
    # To be made up for: what the dropped channels gave, and the drift.
    normal, target = gram[stay][:, stay], gram[stay][:, ~stay] @ gone + seen.cross.cpu()[stay]
    total = sums[~stay] @ gone + seen.drift.cpu()
    if intercept:
        normal = normal - torch.outer(sums[stay], sums[stay]) / seen.rows
        target = target - torch.outer(sums[stay], total) / seen.rows
    change = least_squares(normal, target)
    shift = (total - sums[stay] @ change) / seen.rows
    return change, shift if intercept else torch.zeros_like(shift)


@torch.no_grad()
def missing(
    subject: Subject, group: ChannelGroup, span: Span, kept: Tensor, sampling: Sampling
) -> tuple[Tensor, Tensor]:
    """Collect the kept inputs, (rows, kept features), and what is to be made up for, (rows, out).

    For layers with more features than rows: the Gram matrix of a large flattened map would not
    fit in memory, its rows do.
    """
    gone = ~kept
    weight = reading(subject, group, span)[:, gone]
    living = living_outputs(subject, span.module).to(weight.device)
    regressors, wanted = [], []
    for sample, lost in drifting(subject, span.module, sampling):
        inputs = sample.of(span, group.size)
        lacking = inputs[:, gone].flatten(1).double() @ weight.flatten(1).T
        regressors.append(inputs[:, kept].flatten(1).cpu())
        wanted.append((lacking + lost * living).cpu())
    return torch.cat(regressors), torch.cat(wanted)


def from_rows(regressors: Tensor, wanted: Tensor, *, intercept: bool) -> tuple[Tensor, Tensor]:
    """Solve for the smallest change: Xᵀ a with X Xᵀ a = Y, in as many unknowns as rows.

    Parameters
    ----------
    regressors, wanted
        X, (rows, features), and Y, (rows, out).

    Returns
    -------
    tuple
        As for `from_moments`.
    """
    rows = len(regressors)
    means, level = regressors.double().mean(0), wanted.mean(0)
    if not intercept:
        means, level = torch.zeros_like(means), torch.zeros_like(level)
    gram = wanted.new_zeros(rows, rows)
    for part, mean in zip(regressors.split(BLOCK, 1), means.split(BLOCK), strict=True):
        centred = part.double() - mean
        gram.addmm_(centred, centred.T)
    if intercept:  # all rows alike is the one direction that centring takes away: fill it
        gram += gram.diagonal().mean() / rows
    duals = least_squares(gram, wanted - level)
    change = torch.cat(
        [
            (part.double() - mean).T @ duals
            for part, mean in zip(regressors.split(BLOCK, 1), means.split(BLOCK), strict=True)
        ]
    )
    return change, level - means @ change
