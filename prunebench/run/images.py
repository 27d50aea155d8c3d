"""Data sets in the memory of one process: mapped from the store, and on the device of the task."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from prunebench.contracts.dataset import DatasetInfo
from prunebench.contracts.given import delivered, described
from prunebench.contracts.settings import configure
from prunebench.core.digest import Json, digest
from prunebench.errors import DataError
from prunebench.plugin.registry import Registry
from prunebench.run.environment import installed
from prunebench.run.task import Task
from prunebench.store.decoded import SCHEMA, Decoded, decoded
from prunebench.store.store import Store
from prunebench.training.batches import hold_out
from prunebench.training.images import Images, Split

DECODERS = ("torch", "torchvision", "numpy", "pillow", "scikit-learn")
"""Libraries that plugins decode with: another version may give other pixels."""

HELD_BYTES = 256 << 20
"""What divided training splits may take; the latest one is kept whatever it takes."""


@dataclass
class DataSets:
    """The data sets that this process has read.

    Parameters
    ----------
    registry
        Plugins.
    store
        Where decoded data sets are shared.
    """

    registry: Registry
    store: Store
    _whole: dict[tuple[str, str], tuple[DatasetInfo, Images]] = field(default_factory=dict)
    _divided: "OrderedDict[str, tuple[Split, Split]]" = field(default_factory=OrderedDict)

    def whole(self, task: Task) -> tuple[DatasetInfo, Images]:
        """Give a task's data set on its device; the images on a CPU are mapped from the store."""
        spec: Mapping[str, Any] = task.spec["data"]  # type: ignore[assignment] # a JSON object
        key, device = image_key(spec), device_of(task)
        if (key, device) not in self._whole:
            found = decoded(self.store, key, partial(decode, self.registry, task))
            self._whole[key, device] = found.info, moved(found.images, device)
        return self._whole[key, device]

    def divided(self, task: Task, split: Split) -> tuple[Split, Split]:
        """Hold out as many of the training images as a task says; those used last are kept."""
        count, seed = task.spec["validation"], task.spec["seed"]
        name = digest([task.spec["data"], device_of(task), count, seed])
        if name not in self._divided:
            self._divided[name] = hold_out(split, int(str(count)), int(str(seed)))
        self._divided.move_to_end(name)
        while len(self._divided) > 1 and sum(map(size, self._divided.values())) > HELD_BYTES:
            self._divided.popitem(last=False)
        return self._divided[name]


def image_key(spec: Mapping[str, Any]) -> str:
    """Give the digest of all that decides a data set's images: content, plugin, decoders."""
    libraries: dict[str, Json] = {name: decoder_version(name) for name in DECODERS}
    return digest({"schema": SCHEMA, "data": dict(spec), "libraries": libraries})


@cache
def decoder_version(name: str) -> str | None:
    """Give an installed version, or None; it takes a walk over the import path to find."""
    return installed(name)


def decode(registry: Registry, task: Task) -> Decoded:
    """Read a data set from its source.

    Raises
    ------
    DataError
        If it is not the one that was planned with.
    """
    spec: Mapping[str, Any] = task.spec["data"]  # type: ignore[assignment] # a JSON object
    settings: Mapping[str, Json] = task.place["settings"]  # type: ignore[assignment] # likewise
    offer = registry.dataset(spec["name"])
    dataset = configure(offer.item, "data set", offer.name, settings)
    place = Path(str(task.place["data_dir"]))
    info = described(offer.name, dataset.info(place))
    if info.identity != spec["identity"]:
        msg = f"data set {offer.name!r} changed on disk during the run; run again."
        raise DataError(msg)
    return Decoded(info, delivered(offer.name, info, dataset.load(place)))


def device_of(task: Task) -> str:
    """Give the device that a task runs on."""
    numerics = task.spec.get("numerics", task.spec)
    return str(numerics.get("device", "cpu")) if isinstance(numerics, Mapping) else "cpu"


def moved(images: Images, device: str) -> Images:
    """Copy images to a device; those on a CPU stay as they are."""
    splits = {
        name: Split(split.images.to(device), split.labels.to(device))
        for name, split in vars(images).items()
        if split is not None
    }
    return Images(**splits)


def size(splits: tuple[Split, Split]) -> int:
    """Count the bytes of two splits."""
    return sum(split.images.nbytes + split.labels.nbytes for split in splits)
