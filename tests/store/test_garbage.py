"""What can go: what nobody can want at once, what no run names when it is asked for."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from prunebench.errors import SpecError, StoreError
from prunebench.store.contents import RECORD, TENSORS
from prunebench.store.garbage import DAY, Asked, collect
from prunebench.store.index import Index
from prunebench.store.references import named

from .conftest import NAMED, UNNAMED, files

HEX = "0" * 32


@pytest.fixture
def gc(small):
    """Give a function that collects; numbers by reason."""

    def collected(now=None, **asked):
        found = collect(
            small.root,
            Asked(**asked),
            lambda: named(small.root),
            time.time() if now is None else now,
        )
        return {reason: number for reason, (number, _) in found.rubbish.items()}

    return collected


def leave(small):
    """Leave what a killed run leaves; gives the paths."""
    aside = small.root / "objects" / ".aside-1"
    aside.mkdir()
    (aside / TENSORS).write_bytes(b"half")
    half = small.folder(HEX)
    half.mkdir(parents=True)
    (half / TENSORS).write_bytes(b"half")
    putting = small.folder(next(iter(NAMED))) / f".{TENSORS}-1"
    putting.write_bytes(b"half")
    data = small.root / "data" / ".aside-2"
    data.mkdir(parents=True)
    return {aside, half, putting, data}


def test_leftovers_go_and_nothing_else(small, gc):
    """What a killed run left half done; every artifact stays byte for byte."""
    before = files(small.root)
    left = leave(small)

    assert gc() == {"leftovers": 4}
    assert all(path.exists() for path in left)
    assert gc(delete=True) == {"leftovers": 4}
    assert not any(path.exists() for path in left)
    assert files(small.root) == before
    assert gc(delete=True) == {}


def test_while_a_stage_is_computed_only_what_is_old_goes(small, gc):
    """What was written aside a moment ago may be the work of whoever holds the lease."""
    left = leave(small)
    with small.lease(HEX):
        assert gc(delete=True) == {}
        assert all(path.exists() for path in left)
        assert gc(now=time.time() + 2 * DAY) == {"leftovers": 4}


def test_files_that_no_lease_guards_go_when_they_are_old(small, gc):
    """A failure's story, a name, a row: each is renamed within a moment."""
    asides = [
        small.root / "failures" / f"{HEX}.{HEX}",
        small.root / "tested" / "00" / f"{HEX}.{HEX}",
        small.root / "runs" / "one" / ".results.jsonl.123",
    ]
    for path in asides:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")

    assert gc(delete=True) == {}
    assert gc(delete=True, now=time.time() + 2 * DAY) == {"leftovers": 3}
    assert not any(path.exists() for path in asides)


def test_leases_that_nobody_holds_go(small, gc):
    """One of a stage that is being computed stays, and so does its exclusion."""
    for key in (HEX, "1" * 32):
        with small.lease(key):
            pass
    with small.lease(HEX):
        assert gc(delete=True) == {"leases": 1}
    assert [path.name for path in (small.root / "leases").iterdir()] == [f"{HEX}.lock"]
    assert gc(delete=True) == {"leases": 1}


def test_damaged_objects_go(small, gc):
    """They were set aside to be deleted."""
    key = next(iter(NAMED))
    (small.folder(key) / RECORD).write_text("{")

    assert not small.has(key)
    assert gc(delete=True) == {"damaged": 1}
    assert list((small.root / "damaged").iterdir()) == []


def test_names_that_lead_nowhere_go(small, gc):
    """What an index says of a stage that is gone saves nobody any work."""
    index = Index(small.root / "tested")
    index.note("a" * 32, UNNAMED[0])
    index.note("b" * 32, HEX)
    index.note("c" * 32, "../../runs")

    assert gc(delete=True) == {"leftovers": 2}
    assert index.find("a" * 32) == UNNAMED[0]
    assert index.find("b" * 32) is None


def test_tensors_that_no_run_needs_go_when_asked(small, gc):
    """Records stay, so rows can be read and the same tensors computed again."""
    assert gc(tensors=True, delete=True) == {"tensors": 1}
    assert all(small.has(key) for key in (*NAMED, *UNNAMED))
    assert [small.has_tensors(key) for key in (*NAMED, *UNNAMED)] == [True, True, False, False]


def test_stages_that_no_run_names_go_when_asked(small, gc):
    """With the stories of their failures; a run's own stay, whatever they are."""
    small.note_failure(UNNAMED[0], {"reason": "no"})
    small.note_failure(next(iter(NAMED)), {"reason": "no"})

    assert gc(stages=True) == {"stages": 2, "failures": 1}
    assert gc(stages=True, delete=True) == {"stages": 2, "failures": 1}
    assert [small.has(key) for key in (*NAMED, *UNNAMED)] == [True, True, False, False]
    assert [small.failure(key) is None for key in (*NAMED, *UNNAMED)] == [False, True, True, True]


def test_nothing_unreferenced_goes_while_a_run_computes(small, gc):
    """It may be about to name what no run names yet."""
    with small.lease(HEX):
        assert gc(stages=True)["stages"] == 2
        with pytest.raises(SpecError, match="wait until it has ended"):
            gc(stages=True, delete=True)

    assert all(small.has(key) for key in UNNAMED)


def test_a_run_that_does_not_say_what_it_needs_stops_it(small, gc):
    """Nothing is deleted on a guess, not even what is surely rubbish."""
    leave(small)
    (small.root / "runs" / "one" / "plan.json").unlink()

    with pytest.raises(StoreError, match="cannot tell"):
        gc(stages=True, delete=True)
    assert (small.root / "objects" / ".aside-1").exists()


def test_links_are_taken_off_and_not_followed(small, gc, tmp_path):
    """A strange store cannot make anyone delete what lies outside it."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / RECORD).write_text("{}")
    (small.root / "damaged").mkdir()
    (small.root / "damaged" / "link").symlink_to(precious)
    shelf = small.root / "objects" / HEX[:2]
    shelf.mkdir()
    (shelf / HEX).symlink_to(precious)
    (small.root / "objects" / ".aside-3").symlink_to(precious)

    assert gc(stages=True, delete=True) == {"leftovers": 1, "damaged": 1, "stages": 2}
    assert (precious / RECORD).read_text() == "{}"
    assert (shelf / HEX).is_symlink()


def test_strangers_files_stay(small, gc):
    """What prunebench did not write it does not delete."""
    ours = small.folder(UNNAMED[0])
    notes = [small.root / "notes.txt", ours.parent / "notes.txt", small.root / "objects" / "n"]
    folder = ours.parent / f"{ours.name[:2]}-my-notes"
    folder.mkdir()
    shutil.copy(ours / RECORD, folder / RECORD)
    for path in notes:
        path.write_text("mine")

    gc(stages=True, delete=True, now=time.time() + 2 * DAY)

    assert all(path.exists() for path in (*notes, folder / RECORD))


HOLDER = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_keeps_its_lease(small, gc):
    """Whoever computes does not notice; when it is killed its lease is nobody's."""
    lock = small.root / "leases" / f"{HEX}.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, os.fspath(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        holder.stdout.readline()
        assert gc(delete=True) == {}
        holder.kill()

    assert gc(delete=True) == {"leases": 1}
