"""Groups around a `ChannelSelection`: the stream that it reads, and what it passes on."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from torch import nn

from prunebench.api import ChannelGroup, ChannelSelection, Span


@dataclass(frozen=True)
class Reader:
    """What reads a stream through a selection: the selection, its norm, its kernel, by name."""

    selection: str
    norm: str
    kernel: str


def branch_reader(branch: str) -> Reader:
    """Name what reads the stream in front of a branch."""
    return Reader(f"{branch}.select", f"{branch}.bn1", f"{branch}.conv1")


HEAD = Reader("select", "bn", "fc")
"""What reads the last stream."""


def selection_group(network: nn.Module, reader: Reader) -> ChannelGroup:
    """Declare the channels that a selection passes on to one branch."""
    selection = network.get_submodule(reader.selection)
    assert isinstance(selection, ChannelSelection)
    return ChannelGroup(
        name=reader.selection,
        size=selection.out_channels,
        producers=(Span(reader.selection),),
        norms=(Span(reader.norm),),
        consumers=(Span(reader.kernel),),
        kind="selection",
    )


def stream_group(
    name: str, size: int, writers: Iterable[str], readers: tuple[Reader, ...], offset: int = 0
) -> ChannelGroup:
    """Declare channels of a stream itself.

    A selection reads the stream and passes it on, so it stands on either side.

    Parameters
    ----------
    name, size
        As in `ChannelGroup`.
    writers
        Kernels that make these channels as their outputs, the one to be scored first.
    readers
        What reads the stream through a selection.
    offset
        Place of the first channel in the stream that the readers read.
    """
    read = chain(*((reader.selection, reader.kernel) for reader in readers))
    return ChannelGroup(
        name=name,
        size=size,
        producers=(
            *(Span(writer) for writer in writers),
            *(Span(reader.selection, offset) for reader in readers),
        ),
        norms=tuple(Span(reader.norm, offset) for reader in readers),
        consumers=tuple(Span(module, offset) for module in read),
    )
