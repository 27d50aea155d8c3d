"""Dense weights that a person gives instead of having them trained."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import nn

from prunebench.core.digest import Json
from prunebench.errors import DataError, IncompatibleError

PRETRAINED = "pretrained"
"""What a person writes for the weights that the model's publisher offers."""


@dataclass(frozen=True)
class Given:
    """Given weights.

    Parameters
    ----------
    name
        As the person wrote it: a path, or ``"pretrained"``.
    digest
        SHA-256 of the file; empty for published weights, which the model names.
    """

    name: str
    digest: str = ""

    def record(self) -> dict[str, Json]:
        """Give what enters keys: the content, never the path."""
        return {"sha256": self.digest} if self.digest else {PRETRAINED: True}

    @property
    def place(self) -> str:
        """Where the file lies; empty for published weights."""
        return str(Path(self.name).resolve()) if self.digest else ""


def read_given(written: str, network: nn.Module, model: str) -> Given | None:
    """Look at given weights without reading them, and check that they are the model's.

    Parameters
    ----------
    written
        A path of a safetensors file, ``"pretrained"``, or empty for none.
    network
        The dense network, on the meta device.
    model
        Its label, for messages.

    Raises
    ------
    DataError
        If there is no such file, or it is no safetensors file.
    IncompatibleError
        If its tensors are not the network's.
    """
    if not written:
        return None
    if written == PRETRAINED:
        return Given(written)
    path = Path(written)
    try:
        with safe_open(path, framework="numpy") as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no mapping
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, SafetensorError) as error:
        msg = f"cannot read the weights {written!r}: {error}; give a safetensors file."
        raise DataError(msg) from None
    check_names(written, found, network, model)
    return Given(written, digest)


def check_names(
    written: str, found: Mapping[str, tuple[int, ...]], network: nn.Module, model: str
) -> None:
    """Compare names and shapes with the network's.

    Raises
    ------
    IncompatibleError
        If one differs.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    for name in sorted(set(found) | set(wanted)):
        if found.get(name) != wanted.get(name):
            there, here = found.get(name, "absent"), wanted.get(name, "absent")
            msg = (
                f"the weights {written!r} are not {model}'s: {name!r} is {there} in the file and "
                f"{here} in the network; give weights of this model, or name theirs with --model."
            )
            raise IncompatibleError(msg)
