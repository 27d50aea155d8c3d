"""Decoded data sets: written once, mapped into memory by every worker.

::

    <store>/data/<key>/record.json           what the data set says of itself, the images' digest
    <store>/data/<key>/images.safetensors    uint8 images and int64 labels of every split

Nothing here is a result: a data set that is not there, or damaged, is decoded anew, so the whole
folder may be deleted at any time. What processes have mapped stays readable until they end.
"""

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from prunebench.contracts.dataset import DatasetInfo
from prunebench.store.contents import DATA, RECORD
from prunebench.store.reading import file_digest, read_tensors
from prunebench.store.store import Store
from prunebench.training.images import Images, Preprocessing, Split

logger = logging.getLogger(__name__)

IMAGES = "images.safetensors"
SPLITS = ("train", "test", "validation")
SCHEMA = 1
"""Of both files; part of every key."""


@dataclass(frozen=True)
class Decoded:
    """What a data set says of itself, and its images."""

    info: DatasetInfo
    images: Images


def decoded(store: Store, key: str, decode: Callable[[], Decoded]) -> Decoded:
    """Give a data set from its file: whoever comes first decodes and writes it, others wait.

    Where it cannot be written, such as on a full disk, it stays in this process's own memory.

    Parameters
    ----------
    store
        That the workers share.
    key
        Digest of all that decides the images.
    decode
        Reads the data set from its source.
    """
    folder = store.root / DATA / key
    found = read(folder)
    if found is not None:
        return found
    if not store.make:
        return decode()
    with store.lease(f"{DATA}-{key}"):
        return read(folder) or keep(folder, decode())


def read(folder: Path) -> Decoded | None:
    """Map a data set's file, once its digest is verified; None where there is no sound one."""
    if not folder.is_dir():
        return None
    try:
        record = json.loads((folder / RECORD).read_bytes())
        if file_digest(folder / IMAGES) != record["images"]:
            logger.warning("%s is damaged; the data set is decoded anew", folder)
            return None
        return Decoded(read_info(record["info"]), to_images(read_tensors(folder / IMAGES)))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        logger.warning("%s cannot be read (%s); the data set is decoded anew", folder, error)
        return None


def keep(folder: Path, found: Decoded) -> Decoded:
    """Write a data set aside, rename it into place, and give it as it is mapped from there."""
    aside = folder.with_name(f".aside-{folder.name}")  # under the lease: no one else's
    try:
        shutil.rmtree(aside, ignore_errors=True)  # a killed worker's
        aside.mkdir(parents=True)
        write(aside, found)
        shutil.rmtree(folder, ignore_errors=True)  # a damaged one
        aside.rename(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        logger.warning(
            "cannot keep the decoded data set in %s (%s); every worker decodes it by itself",
            folder.parent,
            error,
        )
        return found
    return read(folder) or found


def write(folder: Path, found: Decoded) -> None:
    """Write both files."""
    save_file(to_tensors(found.images), folder / IMAGES)
    record = {
        "schema": SCHEMA,
        "images": file_digest(folder / IMAGES),
        "info": asdict(found.info),
    }
    (folder / RECORD).write_text(json.dumps(record, indent=1), "utf-8")


def to_tensors(images: Images) -> dict[str, Tensor]:
    """Name the tensors of the splits that are there.

    Two that are parts of one are copied, as safetensors wants every one by itself.
    """
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name in SPLITS:
        split: Split | None = getattr(images, name)
        for part, tensor in vars(split).items() if split else ():
            place = tensor.untyped_storage().data_ptr()
            found[f"{name}/{part}"] = (tensor.clone() if place in seen else tensor).contiguous()
            seen.add(place)
    return found


def to_images(tensors: dict[str, Tensor]) -> Images:
    """Give the splits; the inverse of `to_tensors`."""
    splits = {
        name: Split(tensors[f"{name}/images"], tensors[f"{name}/labels"])
        for name in SPLITS
        if f"{name}/images" in tensors
    }
    return Images(**splits)


def read_info(document: dict[str, Any]) -> DatasetInfo:
    """Read what a data set says of itself; the inverse of `asdict`, for JSON has no tuples."""
    told = document["preprocessing"]
    channels, height, width = document["shape"]
    return DatasetInfo(
        **{
            **document,
            "shape": (channels, height, width),
            "preprocessing": Preprocessing(told["scale"], tuple(told["mean"]), tuple(told["std"])),
        }
    )
