"""A small store with a run that names some of its stages."""

import json

import pytest
import torch

from prunebench.core.digest import digest
from prunebench.store.artifact import Artifact
from prunebench.store.references import PLAN
from prunebench.store.store import Store

NAMED = {digest("named train"): "train", digest("named evaluate"): "evaluate"}
UNNAMED = (digest("unnamed one"), digest("unnamed two"))


@pytest.fixture
def small(tmp_path):
    """Make a store of two stages that its run names, and two that it does not; one is dropped."""
    store = Store(tmp_path / "store")
    for number, key in enumerate((*NAMED, *UNNAMED)):
        store.put(key, Artifact({"status": "ok"}, {"last/x": torch.arange(4.0 + number)}))
    store.drop_tensors(UNNAMED[1])
    write_plan(store.root / "runs" / "one", NAMED)
    return store


def write_plan(folder, kinds):
    """Let a run name stages."""
    folder.mkdir(parents=True)
    stages = [{"key": key, "kind": kind, "title": ""} for key, kind in kinds.items()]
    (folder / PLAN).write_text(json.dumps(stages))


def files(root):
    """List every file and link of a store with its size."""
    return {
        str(path.relative_to(root)): path.lstat().st_size
        for path in root.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
