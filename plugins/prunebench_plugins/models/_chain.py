"""Channel groups of networks in which every layer reads the one before it."""

from itertools import pairwise

from torch import nn

from prunebench.api import ChannelGroup, Span, kernels, norms


def chain_groups(network: nn.Module) -> tuple[ChannelGroup, ...]:
    """Declare one group per hidden convolution or linear layer of a chain.

    Batch norms between a kernel and the next belong to the group. Where a linear layer reads a
    flattened map, each channel is as many consecutive features as the map has places.

    Parameters
    ----------
    network
        A dense network whose children, in order, are its layers.
    """
    return tuple(
        ChannelGroup(
            name=name,
            size=writer.weight.shape[0],
            producers=(Span(name),),
            norms=norms_between(network, name, reader_name),
            consumers=(Span(reader_name, repeat=reader.weight.shape[1] // writer.weight.shape[0]),),
        )
        for (name, writer), (reader_name, reader) in pairwise(kernels(network))
    )


def norms_between(network: nn.Module, start: str, end: str) -> tuple[Span, ...]:
    """Find the batch norms between two children of a chain."""
    names = [name for name, _ in network.named_children()]
    between = names[names.index(start) : names.index(end)]
    return tuple(Span(name) for name, _ in norms(network) if name in between)
