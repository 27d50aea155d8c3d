import hashlib
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from filelock import FileLock, Timeout

from prunebench.core.digest import digest
from prunebench.errors import DigestError, SpecError, StoreError
from prunebench.store.artifact import Artifact
from prunebench.store.contents import RECORD, TENSORS
from prunebench.store.store import Store

KEY, OTHER = digest("a stage"), digest("another stage")

VALUES = {
    "float32": torch.tensor([1.0, -0.0, float("inf"), float("nan"), 1e-45]),
    "bfloat16": torch.tensor([1.0, 3.14159, -2.5], dtype=torch.bfloat16),
    "int16": torch.tensor([[-32768, 32767]], dtype=torch.int16),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(7, dtype=torch.int64),
    "empty": torch.zeros(0, 3),
}


@pytest.fixture
def store(tmp_path):
    """Make an empty store."""
    return Store(tmp_path / "store")


def bits(tensor):
    """Give type, shape and bytes: equal only if every bit is."""
    return tensor.dtype, tuple(tensor.shape), tensor.flatten().view(torch.uint8).tolist()


@pytest.mark.parametrize("name", VALUES)
def test_tensors_come_back_bit_for_bit(store, name):
    """Every type, NaN, negative zero, 0-dimensional and empty tensors survive the disk."""
    tensor = VALUES[name]
    flat = tensor.reshape(-1) if tensor.dim() == 0 else tensor

    store.put(KEY, Artifact({"status": "ok"}, {"last/x": tensor}))
    back = store.get(KEY).tensors["last/x"]

    assert back.shape == tensor.shape
    assert bits(back.reshape(flat.shape)) == bits(flat)


def test_record_comes_back(store):
    """A record is JSON: numbers to the last digit, text of any alphabet, nothing and lists."""
    record = {"status": "ok", "loss": 0.1 + 0.2, "where": "Zürich 數", "none": None, "list": [1, 2]}

    store.put(KEY, Artifact(record))

    assert store.record(KEY) == record
    assert store.get(KEY) == Artifact(record, {})


def test_record_that_is_no_json_is_refused_whole(store):
    """A NaN in a record is our mistake: nothing appears in the store, not even the tensors."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.put(KEY, Artifact({"loss": float("nan")}, {"last/x": torch.ones(1)}))

    assert not store.has(KEY)
    assert not store.folder(KEY).exists()


def test_folders_named_in_the_docstring_exist(store):
    """The layout is an interface: stores merge by copying."""
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(1)}))

    objects = store.root / "objects" / KEY[:2] / KEY
    assert sorted(path.name for path in objects.iterdir()) == [RECORD, TENSORS]
    assert {path.name for path in store.root.iterdir()} == {"objects", "failures", "leases", "runs"}


def test_stores_merge_by_copying(store, tmp_path):
    """An artifact is its folder."""
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.arange(3)}))
    second = Store(tmp_path / "second")

    target = second.folder(KEY)
    target.mkdir(parents=True)
    for path in store.folder(KEY).iterdir():
        (target / path.name).write_bytes(path.read_bytes())

    assert second.get(KEY).tensors["x/y"].tolist() == [0, 1, 2]


def test_leftovers_of_a_killed_run_are_no_artifact(store):
    """A folder written aside, or tensors without a record, count for nothing and harm nothing."""
    aside = store.root / "objects" / ".aside-0123"
    aside.mkdir()
    (aside / RECORD).write_text(json.dumps({"key": KEY, "tensors": "", "record": {}}))
    store.folder(KEY).mkdir(parents=True)
    (store.folder(KEY) / TENSORS).write_bytes(b"half")

    assert not store.has(KEY)
    assert not store.has_tensors(KEY)

    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(2)}))

    assert store.get(KEY).tensors["x/y"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "text",
    [
        '{"key": "',
        "",
        "[]",
        "null",
        "{}",
        json.dumps({"key": OTHER, "tensors": "", "record": {}}),
        json.dumps({"key": KEY, "tensors": "", "record": []}),
        json.dumps({"key": KEY, "tensors": 3, "record": {}}),
    ],
)
def test_damaged_or_foreign_record_is_a_store_error(store, text):
    """Whatever stands in a record's place, the sentence names the file and the way out."""
    for read in (store.record, store.get):
        store.put(KEY, Artifact({"status": "ok"}))
        (store.folder(KEY) / RECORD).write_text(text)

        with pytest.raises(StoreError, match=f"{RECORD} .*set aside, run again") as caught:
            read(KEY)
        assert str(store.root) in str(caught.value)


def test_damaged_records_are_set_aside_and_done_anew(store, caplog):
    """A damaged stage is undone, is kept for whoever wonders, and can be done again at once."""
    for number, look in enumerate((store.has, store.has_tensors), start=1):
        store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(1)}))
        (store.folder(KEY) / RECORD).write_text("torn")

        assert not look(KEY)
        assert not store.folder(KEY).exists()
        kept = store.root / "damaged" / f"{KEY}-{number}"
        assert (kept / RECORD).read_text() == "torn"
        assert (kept / TENSORS).is_file()

    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.zeros(1)}))
    assert store.get(KEY).tensors["x/y"].tolist() == [0.0]
    room = store.root / "damaged"
    said = f"1 damaged object was set aside in {room} and is computed anew"
    assert [record.getMessage() for record in caplog.records] == [said, said]


def test_looking_moves_nothing(store):
    """A store opened to be looked at counts damage as undone and leaves it in its place."""
    store.put(KEY, Artifact({"status": "ok"}))
    (store.folder(KEY) / RECORD).write_text("torn")
    looked_at = Store(store.root, make=False)

    assert not looked_at.has(KEY)
    with pytest.raises(StoreError, match="run again to compute it anew"):
        looked_at.record(KEY)
    assert (store.folder(KEY) / RECORD).read_text() == "torn"


def test_damaged_tensors_are_found_by_asking(store):
    """Whoever asks for tensors hears that damaged ones are not there: no stage begins with them."""
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(9)}))
    assert store.has_tensors(KEY)
    path = store.folder(KEY) / TENSORS
    path.write_bytes(path.read_bytes()[:-4])

    assert not Store(store.root, make=False).has_tensors(KEY)
    assert path.is_file()
    assert not store.has_tensors(KEY)
    assert not store.has(KEY)
    assert (store.root / "damaged" / f"{KEY}-1" / TENSORS).is_file()


def test_damaged_tensors_are_set_aside_and_done_anew(store):
    """Reading tensors of another digest fails once; the stage is undone, whatever comes out."""
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(9)}))
    path = store.folder(KEY) / TENSORS
    path.write_bytes(path.read_bytes()[:-4])

    with pytest.raises(DigestError, match="it was set aside, run again to compute it anew"):
        store.get(KEY)

    assert not store.has(KEY)
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.zeros(9)}))
    assert store.get(KEY).tensors["x/y"].tolist() == [0.0] * 9


def test_record_of_undone_stage_is_a_store_error(store):
    """Asking for what is not there names the stage."""
    with pytest.raises(StoreError, match=KEY[:12]):
        store.record(KEY)


def test_record_that_is_not_text_is_a_store_error(store):
    """Bytes that are no UTF-8 are damage like any other."""
    store.put(KEY, Artifact({"status": "ok"}))
    (store.folder(KEY) / RECORD).write_bytes(b"\xff\xfe")

    with pytest.raises(StoreError, match="damaged"):
        store.record(KEY)


@pytest.mark.parametrize("position", [0, 30, -1])
def test_one_flipped_byte_is_found(store, position):
    """A flipped byte in the header or the data raises and names the file."""
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.arange(9)}))
    path = store.folder(KEY) / TENSORS
    blob = bytearray(path.read_bytes())
    blob[position] ^= 1
    path.write_bytes(blob)

    with pytest.raises(DigestError, match=TENSORS):
        store.get(KEY)


def test_pickles_are_never_loaded(store, tmp_path):
    """A pickle in a tensor file's place is damage, even where the record vouches for it."""
    mark = tmp_path / "executed"
    blob = pickle.dumps(Bomb(mark))
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(1)}))
    (store.folder(KEY) / TENSORS).write_bytes(blob)

    with pytest.raises(DigestError):
        store.get(KEY)

    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(1)}))
    (store.folder(KEY) / TENSORS).write_bytes(blob)
    vouch(store, blob)
    with pytest.raises(StoreError, match=TENSORS):
        store.get(KEY)
    assert not store.has(KEY)
    assert not mark.exists()


class Bomb:
    """Touches a file when unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def vouch(store, blob):
    """Write the digest of a blob into the record, as a stranger's store could."""
    path = store.folder(KEY) / RECORD
    envelope = json.loads(path.read_text()) | {"tensors": hashlib.sha256(blob).hexdigest()}
    path.write_text(json.dumps(envelope))


def test_a_record_that_changes_is_read_again(store):
    """A store remembers which records it has read, but not what becomes of them."""
    store.put(KEY, Artifact({"status": "ok"}))
    path = store.folder(KEY) / RECORD
    whole = path.read_bytes()

    assert store.has(KEY)
    path.write_bytes(whole[:-5])
    assert not store.has(KEY)
    assert (store.root / "damaged" / f"{KEY}-1" / RECORD).read_bytes() == whole[:-5]
    store.put(KEY, Artifact({"status": "ok"}))
    assert store.has(KEY)
    store.discard(KEY)
    assert not store.has(KEY)


def test_dropped_tensors_leave_the_record(store):
    """After dropping, the stage is done but its tensors are gone; dropping twice is no error."""
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(1)}))

    store.drop_tensors(KEY)
    store.drop_tensors(KEY)

    assert store.has(KEY)
    assert not store.has_tensors(KEY)
    assert store.record(KEY) == {"status": "ok"}
    with pytest.raises(StoreError, match="dropped"):
        store.get(KEY)


def test_dropped_tensors_are_restored_if_equal(store):
    """Doing a stage again restores the same bytes; its first record, with its seconds, stays."""
    store.put(KEY, Artifact({"seconds": 1.0}, {"x/y": torch.arange(3.0)}))
    store.drop_tensors(KEY)

    store.put(KEY, Artifact({"seconds": 2.0}, {"x/y": torch.arange(3.0)}))

    assert store.get(KEY).tensors["x/y"].tolist() == [0.0, 1.0, 2.0]
    assert store.record(KEY) == {"seconds": 1.0}
    assert sorted(path.name for path in store.folder(KEY).iterdir()) == [RECORD, TENSORS]


@pytest.mark.parametrize(
    "tensors",
    [
        {"x/y": torch.tensor([0.0, 1.0, 2.0 + 2**-20])},
        {"x/y": torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64)},
        {"x/z": torch.tensor([0.0, 1.0, 2.0])},
        {},
    ],
)
def test_other_numbers_are_not_restored(store, tensors):
    """Another last bit, type or name is another result: refused, and what was there stays gone."""
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.tensor([0.0, 1.0, 2.0])}))
    store.drop_tensors(KEY)

    with pytest.raises(DigestError, match="--store"):
        store.put(KEY, Artifact({"status": "ok"}, tensors))

    assert not store.has_tensors(KEY)


def test_order_of_tensors_does_not_change_the_digest(store):
    """A dictionary's order is no difference."""
    one, two = torch.ones(2), torch.zeros(3, dtype=torch.bool)
    store.put(KEY, Artifact({}, {"a/one": one, "b/two": two}))
    store.drop_tensors(KEY)

    store.put(KEY, Artifact({}, {"b/two": two, "a/one": one}))

    assert store.has_tensors(KEY)


def test_discarded_stage_is_undone(store):
    """Discarding removes record and tensors; discarding what is not there is no error."""
    store.put(KEY, Artifact({"status": "ok"}, {"x/y": torch.ones(1)}))

    store.discard(KEY)
    store.discard(KEY)

    assert not store.has(KEY)
    assert not store.folder(KEY).exists()


def test_failures_are_noted_and_forgotten(store):
    """A failure's story stays beside the objects until it is forgotten; the last one counts."""
    assert store.failure(KEY) is None

    store.note_failure(KEY, {"reason": "first"})
    store.note_failure(KEY, {"reason": "second"})

    assert store.failure(KEY) == {"reason": "second"}
    assert not store.has(KEY)
    assert [path.name for path in (store.root / "failures").iterdir()] == [f"{KEY}.json"]

    store.forget_failure(KEY)
    store.forget_failure(KEY)
    assert store.failure(KEY) is None


def test_store_that_cannot_be_made_says_so(tmp_path):
    """A file in the store's place is a user's mistake, with the flag that mends it."""
    (tmp_path / "file").write_text("")

    with pytest.raises(SpecError, match="--store"):
        Store(tmp_path / "file")


HOLDER = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_lease_excludes_another_process(store):
    """While a process holds a stage nobody else gets it; when it dies the lease is free."""
    lock = store.root / "leases" / f"{KEY}.lock"
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{HOLDER}"]
    with subprocess.Popen(
        [*command, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Timeout), FileLock(lock, timeout=0):
            pass
        with store.lease(OTHER):
            pass
        holder.kill()
        holder.wait()

    with store.lease(KEY), pytest.raises(Timeout), FileLock(lock, timeout=0):
        pass
    with FileLock(lock, timeout=0):
        pass
