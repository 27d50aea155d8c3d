"""What a folder of images holds: names, places, classes and a digest; in folders and tars alike."""

import hashlib
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from prunebench.errors import DataError
from prunebench_plugins.datasets._reading import readable

SPLITS = ("train", "test", "val")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})


@dataclass(frozen=True)
class Source:
    """A file with its size and time of change: equal sources are taken to hold the same bytes."""

    path: Path
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Look at a file without reading it."""
        with readable(path):
            status = path.stat()
        return cls(path, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class Item:
    """One image: its name ``<split>/<class>/<file>``, and where its bytes lie."""

    name: str
    path: Path
    offset: int
    size: int

    @property
    def category(self) -> str:
        """The class it belongs to."""
        return self.name.split("/")[1]

    def read(self) -> bytes:
        """Read the bytes of the image file; a tar is never unpacked."""
        with readable(self.path), self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


@dataclass(frozen=True)
class Catalogue:
    """Everything about the images but their pixels.

    Parameters
    ----------
    classes
        Names of the classes, sorted.
    splits
        Items sorted by name: ``"train"``, ``"test"`` and, where both ``test`` and ``val``
        are there, ``"validation"``.
    digest
        SHA-256 over names and contents; the same for a folder and for tars of it.
    """

    classes: tuple[str, ...]
    splits: Mapping[str, tuple[Item, ...]]
    digest: str

    def count(self, split: str) -> int:
        """Count the images of a split."""
        return len(self.splits.get(split, ()))

    def first(self, numbers: Mapping[str, int]) -> "Catalogue":
        """Keep so many images of some splits: the first of every class in turn."""
        kept = {split: in_turn(self.splits[split])[:number] for split, number in numbers.items()}
        return replace(self, splits={**self.splits, **{s: sort(k) for s, k in kept.items()}})


def in_turn(items: Iterable[Item]) -> list[Item]:
    """Order images so that every class has one before any has two."""
    seen: Counter[str] = Counter()
    places = []
    for item in items:
        places.append((seen[item.category], item.category, item))
        seen[item.category] += 1
    return [item for _, _, item in sorted(places, key=lambda place: place[:2])]


def sort(items: Iterable[Item]) -> tuple[Item, ...]:
    """Order images by their names."""
    return tuple(sorted(items, key=lambda item: item.name))


def read_catalogue(root: Path) -> Catalogue:
    """List and hash the images below `root`; remembered until a file there changes.

    Raises
    ------
    DataError
        If a split has no images, the splits disagree about the classes, or a tar is damaged.
    """
    return catalogue(root, find_sources(root))


def find_sources(root: Path) -> tuple[Source, ...]:
    """List the image files in the splits' folders or, where there are none, the tars of `root`."""
    loose = (path for split in SPLITS for path in root.glob(f"{split}/*/*"))
    images = [path for path in loose if is_image(path.relative_to(root))]
    return tuple(Source.of(path) for path in sorted(images or root.glob("*.tar")))


def is_image(path: PurePosixPath | Path) -> bool:
    """Say whether a path relative to the root is an image's."""
    return (
        len(path.parts) == 3
        and path.parts[0] in SPLITS
        and path.suffix.lower() in SUFFIXES
        and not path.name.startswith(".")  # macOS leaves such files in tars
    )


@lru_cache(maxsize=8)
def catalogue(root: Path, sources: tuple[Source, ...]) -> Catalogue:
    """List and hash the images that `sources` hold; names count from `root`."""
    items = sorted(
        (item for source in sources for item in items_of(root, source)), key=lambda item: item.name
    )
    for name, times in Counter(item.name for item in items).items():
        if times > 1:
            msg = f"{root} holds {name} {times} times; leave one tar with it."
            raise DataError(msg)
    splits = arrange(root, items)
    return Catalogue(common_classes(root, splits), splits, digest_of(items))


def items_of(root: Path, source: Source) -> Iterator[Item]:
    """List the images of a tar, or give the image file itself."""
    if source.path.suffix != ".tar":
        yield Item(source.path.relative_to(root).as_posix(), source.path, 0, source.size)
        return
    try:
        with tarfile.open(source.path, "r:") as tar:
            members = tar.getmembers()
    except (tarfile.TarError, OSError) as error:
        msg = f"{source.path} cannot be read as a tar file ({error}); fetch or pack it again."
        raise DataError(msg) from error
    for member in members:
        path = PurePosixPath(member.name)
        if member.isreg() and not member.issparse() and is_image(path):
            yield Item(path.as_posix(), source.path, member.offset_data, member.size)


def arrange(root: Path, items: Iterable[Item]) -> dict[str, tuple[Item, ...]]:
    """Divide items by what their split is used for; ``val`` stands in for a missing ``test``."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.name.split("/")[0], []).append(item)
    names = {"train": "train", "test": "test" if "test" in found else "val"}
    if {"test", "val"} <= set(found):
        names["validation"] = "val"
    if not set(names.values()) <= set(found):
        have = ", ".join(sorted(found)) or "none"
        msg = (
            f"{root} needs images in train/<class>/ and in test/<class>/ or val/<class>/, as "
            f"folders or inside .tar files, JPEG or PNG; it has images in: {have}."
        )
        raise DataError(msg)
    return {use: tuple(found[name]) for use, name in names.items()}


def common_classes(root: Path, splits: Mapping[str, tuple[Item, ...]]) -> tuple[str, ...]:
    """Give the sorted classes of the training images.

    Raises
    ------
    DataError
        If another split has more or fewer classes.
    """
    classes = {item.category for item in splits["train"]}
    for split, items in splits.items():
        odd = classes ^ {item.category for item in items}
        if odd:
            names = ", ".join(sorted(odd)[:5])
            msg = (
                f"{root}: the train and {split} images must have the same classes, and only one "
                f"of the two has {names}; add or remove them."
            )
            raise DataError(msg)
    return tuple(sorted(classes))


def digest_of(items: Iterable[Item]) -> str:
    """Hash names and contents in the given order."""
    total = hashlib.sha256()
    for item in items:
        total.update(hashlib.sha256(item.read()).digest())
        total.update(item.name.encode(errors="surrogateescape") + b"\0")
    return total.hexdigest()
