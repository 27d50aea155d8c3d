"""Pass some channels of a stream on to one branch; the stream itself keeps them all."""

import torch
from torch import Tensor, nn


class ChannelSelection(nn.Module):
    """The identity until it is narrowed (Liu et al. 2017, section 3.3, "channel selection layer").

    It stands between a residual or concatenated stream and the batch norm of a branch, so that the
    branch can lose channels which the stream needs. Its place is there from the beginning, and it
    has no state, so names in checkpoints never change.

    Parameters
    ----------
    channels
        Channels of the stream.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.in_channels = self.out_channels = channels
        self.register_buffer("indices", None, persistent=False)

    def forward(self, stream: Tensor) -> Tensor:
        """Map (batch, in, ...) to (batch, out, ...)."""
        return stream if self.indices is None else stream.index_select(1, self.indices)

    def narrow(self, kept_inputs: Tensor, kept_outputs: Tensor) -> None:
        """Change the layer to its kept channels.

        Parameters
        ----------
        kept_inputs
            Channels that the stream still has, increasing indices, (channels,).
        kept_outputs
            Channels that the branch reads; all of them among `kept_inputs`.
        """
        self.in_channels, self.out_channels = len(kept_inputs), len(kept_outputs)
        is_whole = torch.equal(kept_inputs, kept_outputs)
        self.indices = None if is_whole else torch.searchsorted(kept_inputs, kept_outputs)

    def extra_repr(self) -> str:
        """Show both widths."""
        return f"{self.in_channels}, {self.out_channels}"
