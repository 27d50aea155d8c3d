"""What must lie between a data set's splits, and between it and the disk."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from prunebench.contracts.dataset import Dataset
from prunebench.errors import DataError
from prunebench.experiment.recipe import preset_names
from prunebench.testing.claim import claim
from prunebench.testing.datasets import splits
from prunebench.training.images import Split

SHARE = 0.01
"""Of a split's images may be in the training split too: real collections hold a few twins."""

MOST_FILES = 10_000
"""Of a data folder are looked at: a large collection has more files than a check has time for."""


def check_splits_are_apart(owner: type[Dataset], data_dir: Path) -> None:
    """Check that images to be tested on are not those trained on, pixel for pixel."""
    found = splits(owner().load(data_dir))
    train = {digest: index for index, digest in enumerate(digests(found["train"]))}
    for name, split in found.items():
        if name == "train":
            continue
        twins = [(i, train[digest]) for i, digest in enumerate(digests(split)) if digest in train]
        first = f"image {twins[0][0]} is training image {twins[0][1]}" if twins else ""
        claim(
            f"{owner.__name__}: {len(twins)} of {len(split.labels)} {name} images are in the "
            f"training split too, pixel for pixel ({first}); expected at most {SHARE:.0%}.",
            holds=len(twins) <= SHARE * len(split.labels),
            mend="Cut the splits from the collection without overlap.",
        )


def digests(split: Split) -> Iterator[bytes]:
    """Hash every image of a split."""
    pixels = split.images.flatten(1).contiguous().cpu().numpy()
    return (hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in pixels)


def check_folder_is_only_read(owner: type[Dataset], data_dir: Path) -> None:
    """Check that describing, loading and fetching what is there change nothing in the folder."""
    dataset = owner()
    before = files(data_dir)
    dataset.info(data_dir)
    dataset.load(data_dir)  # raises where the files are not there: nothing is downloaded below
    claim_unchanged(f"{owner.__name__}.load", data_dir, before)
    dataset.fetch(data_dir)
    claim_unchanged(f"{owner.__name__}.fetch, with all files there,", data_dir, before)


def claim_unchanged(who: str, folder: Path, before: dict[str, tuple[int, int]]) -> None:
    """Claim that a folder holds the same files as before."""
    now = files(folder)
    odd = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    claim(
        f"{who} changes {', '.join(odd[:3])} in {folder}; the folder may be read-only.",
        holds=not odd,
        mend="Unpack into memory, and let fetch() do nothing where all is there.",
    )


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Give size and time of the last change of the files below a folder, by name."""
    found: dict[str, tuple[int, int]] = {}
    for path in folder.rglob("*") if folder.is_dir() else ():
        if len(found) == MOST_FILES:
            break
        if path.is_file():
            facts = path.stat()
            found[str(path.relative_to(folder))] = (facts.st_size, facts.st_mtime_ns)
    return found


def check_absent_files_are_told(owner: type[Dataset], data_dir: Path) -> None:  # noqa: ARG001 - one signature
    """Check that an empty folder gives a DataError, or all the images if they need no files."""
    with TemporaryDirectory(prefix="prunebench-") as folder:
        for name in ("info", "load"):
            try:
                getattr(owner(), name)(Path(folder))
            except DataError:
                continue
            except Exception as error:  # noqa: BLE001 - whatever a stranger's code raises
                claim(
                    f"{owner.__name__}.{name} raises {type(error).__name__} ({error}) where its "
                    f"files are not there, expected DataError.",
                    holds=False,
                    mend="Catch it and raise a DataError that names the file and the folder.",
                )


def check_recipe_is_known(owner: type[Dataset], data_dir: Path) -> None:  # noqa: ARG001 - one signature
    """Check that the recipe which a run takes is a shipped one."""
    known = preset_names()
    claim(
        f"{owner.__name__}.recipe is {owner.recipe!r}; expected one of {', '.join(known)}.",
        holds=owner.recipe in known,
        mend="prunebench list recipes shows them.",
    )


CHECKS = (
    check_splits_are_apart,
    check_folder_is_only_read,
    check_absent_files_are_told,
    check_recipe_is_known,
)
