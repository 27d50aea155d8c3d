"""A cut as JSON: enough to cut the same network again, without the method that chose it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import nn

from prunebench.core.digest import Json
from prunebench.core.layout import ChannelGroup, Span
from prunebench.core.mask import Mask
from prunebench.core.surgery import cut

SIDES = ("producers", "norms", "consumers")


def write_cut(groups: Sequence[ChannelGroup], mask: Mask) -> list[Json]:
    """Write the groups that a mask cuts, each with the indices of its kept channels.

    Parameters
    ----------
    groups
        Channel groups of the dense network; those that the mask does not name are left out.
    mask
        Group name to kept channels, ``(channels,)``.
    """
    return [
        {**asdict(group), "kept": mask[group.name].nonzero().flatten().tolist()}
        for group in groups
        if group.name in mask
    ]


def cut_to(network: nn.Module, kept: Sequence[Mapping[str, Any]]) -> nn.Module:
    """Cut a dense network to what `write_cut` has written; a copy, its weights those of `network`.

    Parameters
    ----------
    network
        The dense network; left as it is.
    kept
        One record per channel group, as read from JSON.
    """
    groups = [read_group(record) for record in kept]
    masks = {}
    for group, record in zip(groups, kept, strict=True):
        masks[group.name] = torch.zeros(group.size, dtype=torch.bool)
        masks[group.name][record["kept"]] = True
    return cut(network, groups, Mask(masks))


def read_group(record: Mapping[str, Any]) -> ChannelGroup:
    """Read one channel group."""
    sides = {side: tuple(Span(**span) for span in record[side]) for side in SIDES}
    plain = {name: value for name, value in record.items() if name not in (*SIDES, "kept")}
    return ChannelGroup(**{**plain, **sides, "members": tuple(record["members"])})
