"""Verifying a whole store: each damage is found, and what is sound stays as it is."""

import os

import pytest

from prunebench.store.contents import RECORD, TENSORS
from prunebench.store.verification import verify_all

from .conftest import NAMED, UNNAMED, files

KEY = next(iter(NAMED))


def damaged(small, *, repair=False):
    """Give the problems by key."""
    return {one.key: one.problem for one in verify_all(small.root, repair=repair) if one.problem}


def test_a_sound_store_is_read_whole(small):
    """Every stage once, every byte of it; nothing changes."""
    before = files(small.root)
    found = list(verify_all(small.root, repair=True))

    assert sorted(one.key for one in found) == sorted([*NAMED, *UNNAMED])
    assert [one.problem for one in found] == [""] * 4
    sizes = [size for name, size in before.items() if name.startswith("objects")]
    assert sum(one.bytes for one in found) == sum(sizes)
    assert files(small.root) == before


def flip(path):
    """Change one bit."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: flip(folder / TENSORS), "digest is not the one that was written"),
        (lambda folder: (folder / RECORD).write_text('{"key"'), "is damaged"),
        (lambda folder: (folder / RECORD).write_text("{}"), "is not the record of stage"),
        (lambda folder: (folder / RECORD).write_bytes(b"\xff"), "is damaged"),
    ],
)
def test_damage_is_found_and_set_aside_when_asked(small, damage, words):
    """Without repair nothing moves."""
    damage(small.folder(KEY))
    before = files(small.root)
    told = damaged(small)

    assert list(told) == [KEY]
    assert words in told[KEY]
    assert files(small.root) == before
    assert list(damaged(small, repair=True)) == [KEY]
    assert not small.folder(KEY).exists()
    assert [path.name for path in (small.root / "damaged").iterdir()] == [f"{KEY}-1"]
    assert damaged(small) == {}


@pytest.mark.parametrize("name", [RECORD, TENSORS])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_is_damage(small, tmp_path, name, kind):
    """A link is not followed, a pipe not waited for."""
    path = small.folder(KEY) / name
    path.rename(tmp_path / name)
    if kind == "link":
        path.symlink_to(tmp_path / name)
    else:
        os.mkfifo(path)
    told = damaged(small, repair=True)

    assert list(told) == [KEY]
    assert "a link or a device" in told[KEY]
    assert (tmp_path / name).exists()
    assert damaged(small) == {}


def test_a_stage_that_is_a_link_is_damage(small, tmp_path):
    """Its target is somebody else's."""
    small.folder(KEY).rename(tmp_path / "moved")
    small.folder(KEY).symlink_to(tmp_path / "moved")

    assert list(damaged(small)) == [KEY]
    assert list(damaged(small, repair=True)) == [KEY]
    assert (tmp_path / "moved" / RECORD).is_file()
    assert damaged(small) == {}


def test_what_goes_meanwhile_is_no_damage(small):
    """Another process may drop tensors and discard stages."""
    walk = verify_all(small.root, repair=True)
    next(walk)
    for key in (*NAMED, *UNNAMED):
        small.discard(key)

    assert [one.problem for one in walk if one.problem] == []
