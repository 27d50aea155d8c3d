"""Decoded data sets in the store: the same bits, shared, verified, and never in the way."""

import logging
import shutil
from multiprocessing.pool import ThreadPool
from pathlib import Path
from threading import Barrier

import pytest
import torch

from prunebench.contracts.dataset import DatasetInfo
from prunebench.core.digest import digest
from prunebench.run.memory import own_size
from prunebench.store.contents import DATA, RECORD
from prunebench.store.decoded import IMAGES, Decoded, decoded
from prunebench.store.store import Store
from prunebench.training.images import Images, Preprocessing, Split

KEY = digest("a data set")


def numbered(count, seed):
    """Give a split with random pixels, some of them at the ends of the range."""
    draws = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, 3, 4, 5), generator=draws, dtype=torch.uint8)
    return Split(pixels, torch.arange(count) - 1)


def data_set(validation=None):
    """Give a small data set."""
    preprocessing = Preprocessing(255, (0.1, 0.2, 1 / 3), (0.4, 0.5, 0.6))
    info = DatasetInfo((3, 4, 5), 10, 7, 0, 3, "sha256:abc", preprocessing)
    return Decoded(info, Images(numbered(7, 0), numbered(3, 1), validation))


@pytest.fixture
def store(tmp_path):
    """Make an empty store."""
    return Store(tmp_path / "store")


@pytest.fixture
def folder(store):
    """Name the folder of the data set."""
    return store.root / DATA / KEY


def never():
    """Decode nothing: the file must do."""
    raise AssertionError


def bits(images):
    """Give every tensor's type and values, by split; None where there is no split."""
    return {
        name: split and [(part.dtype, part.tolist()) for part in (split.images, split.labels)]
        for name, split in vars(images).items()
    }


@pytest.mark.parametrize("validation", [None, numbered(2, 2)], ids=["two", "three"])
def test_the_file_holds_the_same_bits(store, validation):
    """What is read back equals what was decoded: tensors, their types, facts as they were."""
    first = decoded(store, KEY, lambda: data_set(validation))
    again = decoded(store, KEY, never)
    expected = data_set(validation)

    assert first.info == again.info == expected.info
    assert bits(first.images) == bits(again.images) == bits(expected.images)


def test_splits_may_be_parts_of_one_tensor(store):
    """A plugin may cut its splits out of one, overlapping or not."""
    whole = numbered(9, 3)
    head, middle, rest = (
        Split(whole.images[part], whole.labels[part])
        for part in (slice(5), slice(4, 7), slice(7, 9))
    )
    found = decoded(store, KEY, lambda: Decoded(data_set().info, Images(head, rest, middle)))

    assert bits(found.images) == bits(Images(head, rest, middle))


def test_images_are_mapped_and_not_copied(store, folder):
    """Reading all pixels of a large set takes no memory of one's own; writing spoils no file."""
    large = torch.zeros(64, 1, 1024, 1024, dtype=torch.uint8)  # 64 MiB
    info = data_set().info
    split = Split(large, torch.zeros(64, dtype=torch.int64))
    decoded(store, KEY, lambda: Decoded(info, Images(split, split)))
    before = own_size()
    train = decoded(store, KEY, never).images.train.images
    total = int(train.view(-1)[::512].sum())  # every page

    assert total == 0
    assert own_size() - before < 16 << 20

    content = (folder / IMAGES).read_bytes()
    train[0] = 1

    assert (folder / IMAGES).read_bytes() == content


def truncate(folder):
    """Cut the file short."""
    path = folder / IMAGES
    path.write_bytes(path.read_bytes()[:-9])


def flip(folder):
    """Change one bit of a pixel."""
    path = folder / IMAGES
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "cut short": truncate,
    "a flipped bit": flip,
    "no images": lambda folder: (folder / IMAGES).unlink(),
    "no record": lambda folder: (folder / RECORD).unlink(),
    "a record that is no JSON": lambda folder: (folder / RECORD).write_text("{"),
    "a record that is a list": lambda folder: (folder / RECORD).write_text("[]"),
    "a record without facts": lambda folder: (folder / RECORD).write_text('{"images": ""}'),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_made_anew(store, folder, damage, caplog):
    """It is decoded once more, with a warning, and is sound afterwards."""
    decoded(store, KEY, data_set)
    damage(folder)
    with caplog.at_level(logging.WARNING):
        mended = decoded(store, KEY, data_set)

    assert bits(mended.images) == bits(data_set().images)
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert bits(decoded(store, KEY, never).images) == bits(data_set().images)


def test_it_may_be_deleted_at_any_time(store, folder):
    """What is mapped stays readable, and the next one decodes."""
    mapped = decoded(store, KEY, data_set)
    shutil.rmtree(folder.parent)

    assert bits(mapped.images) == bits(data_set().images)
    assert bits(decoded(store, KEY, data_set).images) == bits(data_set().images)
    assert folder.is_dir()


def test_one_decodes_and_the_others_wait(store):
    """Four that want it at the same time decode it once."""
    start, decodings = Barrier(4), []

    def decode():
        decodings.append(1)
        return data_set()

    def want(_):
        start.wait()
        return bits(decoded(store, KEY, decode).images)

    with ThreadPool(4) as pool:
        found = pool.map(want, range(4))

    assert len(decodings) == 1
    assert found == [bits(data_set().images)] * 4


def test_a_killed_worker_leaves_nothing_in_the_way(store, folder):
    """Half of a file beside it is removed by the next one."""
    aside = folder.with_name(f".aside-{KEY}")
    aside.mkdir(parents=True)
    (aside / IMAGES).write_bytes(b"half")
    decoded(store, KEY, data_set)

    assert [path.name for path in folder.parent.iterdir()] == [KEY]


def test_where_nothing_can_be_written_it_stays_in_memory(store, caplog):
    """No room for the folder: the data set is there all the same, with one warning."""
    (store.root / DATA).write_text("a file is in the way")
    with caplog.at_level(logging.WARNING):
        found = decoded(store, KEY, data_set)

    assert bits(found.images) == bits(data_set().images)
    assert len(caplog.records) == 1
    assert "cannot keep the decoded data set" in caplog.text


def test_a_full_disk_is_no_failure(store, folder, caplog):
    """Writing stops in the middle: one warning, nothing half done is left."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256, before[1]))
    try:
        found = decoded(store, KEY, data_set)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert bits(found.images) == bits(data_set().images)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert list(folder.parent.iterdir()) == []


def test_a_store_that_is_looked_at_stays_as_it_is(tmp_path):
    """Without leave to write, the data set is decoded and no folder is made."""
    found = decoded(Store(tmp_path / "absent", make=False), KEY, data_set)

    assert bits(found.images) == bits(data_set().images)
    assert list(tmp_path.iterdir()) == []


def test_what_decoding_raises_is_not_hidden(store, folder):
    """A damaged source is the user's to know of; no lease is left behind."""
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            decoded(store, KEY, lambda: Path("/absent/file").read_bytes())

    assert not folder.exists()
