"""Load the network that lies beside this file: ``from load import load``.

Needs torch, safetensors, and prunebench with the model's plugin; no plugin of a method.
"""

import json
from importlib import import_module
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from prunebench.core.kept import cut_to


def load(folder: Path = Path(__file__).parent) -> nn.Module:
    """Build the dense network, cut it, fill it with the exported weights; in eval mode."""
    model = json.loads((folder / "model.json").read_text("utf-8"))["model"]
    family = getattr(import_module(model["module"]), model["class"])
    dense = family(**model["settings"]).build(tuple(model["shape"]), model["classes"])
    network = cut_to(dense, model["cut"])
    network.load_state_dict(load_file(folder / "model.safetensors"))
    order = torch.channels_last if model["channels_last"] else torch.contiguous_format
    network.to(memory_format=order)  # type: ignore[call-overload] # torch's stub
    return network.eval()


if __name__ == "__main__":
    print(load())  # noqa: T201 - a script
