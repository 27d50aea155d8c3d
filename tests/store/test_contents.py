"""Walking over a store: what is there, and nothing beyond it."""

import pytest

from prunebench.errors import SpecError
from prunebench.store.contents import (
    RECORD,
    TENSORS,
    Amount,
    Stage,
    amount,
    objects,
    refuse_no_store,
)

from .conftest import NAMED, UNNAMED, files


def test_every_stage_is_met_once(small):
    """With the sizes of its files, as the system tells them."""
    found = {stage.key: stage for stage in objects(small.root) if isinstance(stage, Stage)}

    assert sorted(found) == sorted([*NAMED, *UNNAMED])
    for key, stage in found.items():
        folder = small.folder(key)
        assert stage.path == folder
        assert stage.record.bytes == (folder / RECORD).stat().st_size
        assert (stage.tensors is None) == (key == UNNAMED[1])
        assert stage.others == ()
    assert found[UNNAMED[0]].tensors.bytes == (small.folder(UNNAMED[0]) / TENSORS).stat().st_size


def test_what_is_no_stage_is_told_apart(small):
    """Folders written aside, strangers' files and links are paths; a misplaced stage is too."""
    objects_ = small.root / "objects"
    (objects_ / ".aside-1").mkdir()
    (objects_ / "notes.txt").write_text("mine")
    small.folder(UNNAMED[0]).rename(objects_ / UNNAMED[1][:2] / UNNAMED[0])
    (objects_ / UNNAMED[1][:2] / "link").symlink_to(small.folder(UNNAMED[1]))
    paths = [item for item in objects(small.root) if not isinstance(item, Stage)]

    assert {path.name for path in paths} == {".aside-1", "notes.txt", UNNAMED[0], "link"}


def test_amounts_are_those_of_the_files(small):
    """Folders are added up however deep they are; a link counts as a link."""
    (small.root / "runs" / "link").symlink_to(small.root / "objects")
    sizes = files(small.root)
    whole = amount(small.root)

    assert (whole.files, whole.bytes) == (len(sizes), sum(sizes.values()))
    assert amount(small.root / "runs" / "link").files == 1
    assert amount(small.root / "nowhere") == Amount()
    assert Amount(1, 2, 3) + Amount(10, 20, 30) == Amount(11, 22, 33)


def test_links_are_not_followed(small, tmp_path):
    """A store that leads elsewhere shows what lies in it alone."""
    elsewhere = tmp_path / "elsewhere"
    (small.root / "objects").rename(elsewhere)
    (small.root / "objects").symlink_to(elsewhere)

    assert list(objects(small.root)) == []
    with pytest.raises(SpecError, match="is a link"):
        refuse_no_store(small.root)


def test_a_folder_without_objects_is_no_store(small, tmp_path):
    """And is named in the message."""
    refuse_no_store(small.root)
    with pytest.raises(SpecError, match=f"no store at {tmp_path}"):
        refuse_no_store(tmp_path)
