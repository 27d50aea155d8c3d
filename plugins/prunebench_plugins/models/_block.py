"""Residual blocks that can lose their branch, and the groups that say so."""

from collections.abc import Iterator

from torch import nn

from prunebench.api import ChannelGroup, Span


class ResidualBlock(nn.Module):
    """A branch beside a child named ``shortcut``; every other child belongs to the branch.

    Attributes
    ----------
    has_branch
        False once the branch is gone; `forward` then gives what the shortcut gives.
    """

    has_branch = True

    def branch(self) -> Iterator[tuple[str, nn.Module]]:
        """Walk over the branch's modules in order."""
        return ((name, child) for name, child in self.named_children() if name != "shortcut")

    def remove_branch(self) -> None:
        """Change the block to its shortcut alone (Huang & Wang 2018, section 3.2)."""
        for name, _ in list(self.branch()):
            delattr(self, name)
        self.has_branch = False


def block_groups(network: nn.Module) -> Iterator[ChannelGroup]:
    """Declare the branch of every residual block as one unit."""
    for name, block in network.named_modules():
        if isinstance(block, ResidualBlock):
            yield ChannelGroup(
                name=name,
                size=1,
                producers=(Span(name),),
                kind="block",
                members=tuple(
                    f"{name}.{child}"
                    for child, module in block.branch()
                    if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
                ),
            )
