"""Artifacts by key: a folder of safetensors and JSON; presence means done.

::

    <store>/objects/ab/<key>/record.json            what was computed, with the tensors' digest
    <store>/objects/ab/<key>/tensors.safetensors    may be dropped; the digest stays
    <store>/damaged/<key>-<n>/                      objects that were found damaged; to delete
    <store>/failures/<key>.json                     traceback of the last failure; never cached
    <store>/leases/<key>.lock                       held by the worker that computes it
    <store>/runs/<id>/                              one folder per run
    <store>/tested/ab/<digest>                      which stage has tested a network (`store.index`)
    <store>/data/<key>/                             decoded data sets; a cache (`store.decoded`)

Everything is written under another name and renamed, so a killed run leaves nothing half done.
Two stores merge by copying one into the other.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

from filelock import FileLock
from safetensors import SafetensorError
from safetensors.torch import save

from prunebench.core.digest import Json
from prunebench.errors import DigestError, SpecError, StoreError
from prunebench.store.artifact import Artifact
from prunebench.store.contents import RECORD, TENSORS
from prunebench.store.reading import Stamp, file_digest, is_envelope, read_tensors, stamp_of

logger = logging.getLogger(__name__)


class Store:
    """A folder of artifacts.

    Parameters
    ----------
    root
        Made when missing.
    make
        Without, nothing is made or moved: the store is there to be looked at.

    Raises
    ------
    SpecError
        If the folder cannot be made.
    """

    def __init__(self, root: Path, *, make: bool = True) -> None:
        self.root, self.make = root, make
        self._objects = root / "objects"
        self._sound: dict[str, Stamp] = {}
        self._read: dict[str, Stamp] = {}
        if make:
            self._make(root)

    @staticmethod
    def _make(root: Path) -> None:
        try:
            for room in ("objects", "failures", "leases", "runs"):
                (root / room).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"cannot make the store {root}: {error.strerror}; choose another with --store."
            raise SpecError(msg) from None

    def folder(self, key: str) -> Path:
        """Give the folder of a key."""
        return self._objects / f"{key[:2]}/{key}"

    def file(self, key: str, name: str) -> str:
        """Give the path of a key's file, as text: it is asked for by the thousand."""
        return f"{self._objects}/{key[:2]}/{key}/{name}"

    def has(self, key: str) -> bool:
        """Say whether a stage is done; its tensors may have been dropped.

        A damaged record is set aside: all it said can be computed anew. A record is read once;
        after that, size and time of change vouch for it.
        """
        stamp = stamp_of(self.file(key, RECORD))
        if stamp is None:
            return False
        if self._read.get(key) == stamp:
            return True
        try:
            self.envelope(key)
        except StoreError:
            return False
        return True

    def has_tensors(self, key: str) -> bool:
        """Say whether a stage is done and its tensors are still there, as they were written.

        Tensors of another digest are set aside with their stage. They are read once; after that,
        size and time of change vouch for them.
        """
        if not self.has(key):
            return False
        stamp = stamp_of(self.file(key, TENSORS))
        if stamp is None:
            return False
        if self._sound.get(key) != stamp:
            try:
                self.verify(key)
            except (OSError, StoreError):  # damaged, or another process has just dropped them
                return False
            self._sound[key] = stamp
        return True

    def verify(self, key: str) -> None:
        """Compare a stage's tensors with the digest in its record.

        Raises
        ------
        DigestError
            If they are not what was written; the stage is set aside.
        """
        path = self.folder(key) / TENSORS
        if file_digest(path) != self.envelope(key)["tensors"]:
            msg = (
                f"{path} is damaged: its digest is not the one that was written; "
                f"{self.set_aside(key)}."
            )
            raise DigestError(msg)

    def put(self, key: str, artifact: Artifact) -> None:
        """Write an artifact aside and rename it into place.

        A stage that is done again because its tensors were dropped must give the same bytes.

        Raises
        ------
        DigestError
            If it does not.
        """
        blob = save(dict(artifact.tensors))
        sha = hashlib.sha256(blob).hexdigest()
        if self.has(key):
            self.restore(key, blob, sha)
            return
        aside = self.root / "objects" / f".aside-{uuid4().hex}"
        aside.mkdir()
        (aside / TENSORS).write_bytes(blob)
        envelope = {"key": key, "tensors": sha, "record": dict(artifact.record)}
        (aside / RECORD).write_text(json.dumps(envelope, allow_nan=False, indent=1), "utf-8")
        self.folder(key).parent.mkdir(exist_ok=True)
        self.discard(key)  # tensors without a record are no artifact
        aside.rename(self.folder(key))

    def restore(self, key: str, blob: bytes, sha: str) -> None:
        """Put dropped tensors back."""
        if self.envelope(key)["tensors"] != sha:
            msg = (
                f"stage {key[:12]} gave other numbers than before; the machine or a library has "
                f"changed. Use a new --store to keep the two apart."
            )
            raise DigestError(msg)
        aside = self.folder(key) / f".{TENSORS}-{uuid4().hex}"
        aside.write_bytes(blob)
        aside.replace(self.folder(key) / TENSORS)

    def envelope(self, key: str) -> dict[str, Json]:
        """Read a stage's record with its key and digest.

        Raises
        ------
        StoreError
            If the stage is not done, or its record is damaged or another stage's and set aside.
        """
        path = Path(self.file(key, RECORD))
        stamp = stamp_of(path)
        try:
            found: dict[str, Json] = json.loads(path.read_text("utf-8"))
        except OSError as error:
            msg = f"cannot read the record of stage {key[:12]} in {self.root}: {error.strerror}."
            raise StoreError(msg) from None
        except ValueError as error:  # neither UTF-8 nor JSON
            msg = f"{path} is damaged: {error}; {self.set_aside(key)}."
            raise StoreError(msg) from None
        if not is_envelope(found, key):
            msg = f"{path} is not the record of stage {key[:12]}; {self.set_aside(key)}."
            raise StoreError(msg)
        if stamp is not None:  # taken before reading: a record changed meanwhile is read again
            self._read[key] = stamp
        return found

    def record(self, key: str) -> dict[str, Json]:
        """Read a stage's record; raises as `envelope`."""
        record = self.envelope(key)["record"]
        assert isinstance(record, dict)  # `envelope` has looked
        return record

    def get(self, key: str) -> Artifact:
        """Read an artifact and verify its digest.

        Raises
        ------
        DigestError
            If the tensors are not what was written; the stage is set aside.
        StoreError
            If they were dropped or, set aside likewise, cannot be read.
        """
        record = self.record(key)
        path = self.folder(key) / TENSORS
        if not path.is_file():
            msg = f"the tensors of stage {key[:12]} were dropped; run again to compute them."
            raise StoreError(msg)
        self.verify(key)
        try:
            return Artifact(record, read_tensors(path))
        except SafetensorError as error:
            msg = f"cannot read {path}: {error}; {self.set_aside(key)}."
            raise StoreError(msg) from None

    def set_aside(self, key: str) -> str:
        """Move a damaged stage to ``damaged/``, so that it is undone, and say what to do.

        A store that is only looked at stays as it is.
        """
        if not self.make:
            return "run again to compute it anew"
        room = self.root / "damaged"
        room.mkdir(exist_ok=True)
        places = (room / f"{key}-{number}" for number in count(1))
        try:
            self.folder(key).rename(next(place for place in places if not place.exists()))
        except FileNotFoundError:
            pass  # another process was first
        else:
            logger.warning("1 damaged object was set aside in %s and is computed anew", room)
        return "it was set aside, run again to compute it anew"

    def drop_tensors(self, key: str) -> None:
        """Delete a stage's tensors; its record and their digest stay."""
        (self.folder(key) / TENSORS).unlink(missing_ok=True)

    def discard(self, key: str) -> None:
        """Delete a stage altogether."""
        shutil.rmtree(self.folder(key), ignore_errors=True)

    def note_failure(self, key: str, story: Mapping[str, Json]) -> None:
        """Keep the story of a failure; the stage stays undone."""
        path = self.root / "failures" / f"{key}.json"
        aside = path.with_suffix(f".{uuid4().hex}")
        aside.write_text(json.dumps(dict(story), indent=1), "utf-8")
        aside.replace(path)

    def failure(self, key: str) -> dict[str, Json] | None:
        """Read the story of a stage's last failure."""
        path = self.root / "failures" / f"{key}.json"
        found: dict[str, Json] | None = (
            json.loads(path.read_text("utf-8")) if path.is_file() else None
        )
        return found

    def forget_failure(self, key: str) -> None:
        """Delete a failure's story, once the stage has succeeded."""
        (self.root / "failures" / f"{key}.json").unlink(missing_ok=True)

    @contextmanager
    def lease(self, key: str) -> Iterator[None]:
        """Hold a stage exclusively; waits while another process computes it.

        The operating system frees the lease of a process that dies.
        """
        with FileLock(self.root / "leases" / f"{key}.lock"):
            yield
