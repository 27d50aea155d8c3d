"""Build cut networks from files in a process of their own; one folder per line of input."""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from prunebench.api import Mask
from prunebench.contracts.settings import configure
from prunebench.core.surgery import cut
from prunebench.plugin.registry import load_registry
from prunebench.run.network import build


@torch.no_grad()
def reopen(folder, registry):
    """Write the outputs of the network in a folder: model by name, mask, weights."""
    spec = json.loads((folder / "model.json").read_text())
    owner = registry.model(spec["name"]).item
    dense, groups = build(configure(owner, "model", spec["name"], spec["settings"]), spec)
    network = cut(dense, groups, Mask(load_file(folder / "mask.safetensors")))
    network.load_state_dict(load_file(folder / "network.safetensors"))
    images = load_file(folder / "images.safetensors")["images"]
    save_file({"outputs": network.eval()(images)}, folder / "outputs.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(1)
    plugins = load_registry()
    for line in sys.stdin:
        reopen(Path(line.rstrip("\n")), plugins)
        sys.stdout.write(line)
        sys.stdout.flush()
