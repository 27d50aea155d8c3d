"""What a folder of images holds, loose or in tars."""

import os
import tarfile

import pytest

from prunebench.errors import DataError
from prunebench_plugins.datasets._catalogue import read_catalogue


def names(catalogue, split):
    """List the names of a split's images."""
    return [item.name for item in catalogue.splits[split]]


def files_of(root):
    """List all files below a folder."""
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_lists_a_folder(photos):
    """Classes and images come sorted by name."""
    listed = read_catalogue(photos)

    assert listed.classes == ("cat", "dog")
    assert names(listed, "train") == ["train/cat/a.png", "train/cat/b.png", "train/dog/a.png"]
    assert names(listed, "test") == ["test/cat/c.png", "test/dog/c.png"]
    assert (listed.count("train"), listed.count("test"), listed.count("validation")) == (3, 2, 0)


def test_tars_are_the_same_data_set(photos, tmp_path, pack):
    """Two tars in any order hold the same images under the same digest as the folder."""
    files = files_of(photos)
    pack(tmp_path / "tars" / "b.tar", photos, files[:2][::-1])
    pack(tmp_path / "tars" / "a.tar", photos, files[2:])

    loose, packed = read_catalogue(photos), read_catalogue(tmp_path / "tars")

    assert packed.digest == loose.digest
    assert packed.classes == loose.classes
    for split in ("train", "test"):
        assert names(packed, split) == names(loose, split)
        assert [i.read() for i in packed.splits[split]] == [i.read() for i in loose.splits[split]]


def test_digest_follows_the_content(photos):
    """One changed byte gives another digest; changing it back gives the first."""
    file = photos / "train" / "cat" / "a.png"
    content, before = file.read_bytes(), read_catalogue(photos).digest

    file.write_bytes(content + b"x")
    changed = read_catalogue(photos).digest
    file.write_bytes(content)

    assert changed != before
    assert read_catalogue(photos).digest == before


def test_digest_follows_the_names(photos):
    """The same bytes in the same order, one under another class, are another data set."""
    before = read_catalogue(photos).digest

    (photos / "train/cat/b.png").rename(photos / "train/dog/0.png")

    assert read_catalogue(photos).digest != before


def test_same_size_edit_is_noticed(photos):
    """What was remembered is dropped when a file's time changes, though its size does not."""
    file = photos / "train" / "cat" / "a.png"
    before, content = read_catalogue(photos).digest, file.read_bytes()

    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(file, (0, 0))

    assert read_catalogue(photos).digest != before


def test_other_files_are_ignored(photos):
    """Notes, hidden files and images outside the classes change nothing."""
    before = read_catalogue(photos)

    (photos / "train/cat/notes.txt").write_text("x")
    (photos / "train/cat/._a.png").write_text("x")
    (photos / "cover.png").write_text("x")
    (photos / "extra/cat").mkdir(parents=True)
    (photos / "extra/cat/z.png").write_text("x")

    assert read_catalogue(photos) == before


def test_other_members_are_ignored(photos, tmp_path):
    """Folders, links, climbing and absolute names in a tar are no images."""
    odd = ("../train/cat/x.png", "/train/cat/x.png", "x.png", "train/x.png", "more/cat/x.png")
    (tmp_path / "tars").mkdir()
    with tarfile.open(tmp_path / "tars" / "all.tar", "w") as tar:
        tar.add(photos, arcname=".")
        link = tarfile.TarInfo("train/cat/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        for name in odd:
            tar.addfile(tarfile.TarInfo(name))

    assert read_catalogue(tmp_path / "tars").digest == read_catalogue(photos).digest


def test_suffixes_in_any_case(photos):
    """Tiny-ImageNet's files end in .JPEG."""
    (photos / "train/cat/a.png").rename(photos / "train/cat/a.JPEG")

    assert names(read_catalogue(photos), "train")[0] == "train/cat/a.JPEG"


def test_val_stands_in_for_test(photos):
    """A data set with train and val is tested on val."""
    (photos / "test").rename(photos / "val")

    listed = read_catalogue(photos)

    assert names(listed, "test") == ["val/cat/c.png", "val/dog/c.png"]
    assert listed.count("validation") == 0


def test_val_beside_test_is_validation(photos, write_image):
    """A data set with all three has a fixed validation split."""
    for category in ("cat", "dog"):
        write_image(photos / "val" / category / "d.png", [[1]])

    listed = read_catalogue(photos)

    assert names(listed, "test") == ["test/cat/c.png", "test/dog/c.png"]
    assert names(listed, "validation") == ["val/cat/d.png", "val/dog/d.png"]


@pytest.mark.parametrize("split", ["train", "test"])
def test_missing_split_is_one_sentence(photos, split):
    """Without training or test images the message says what the layout is and what was found."""
    (photos / split).rename(photos / "elsewhere")
    other = {"train": "test", "test": "train"}[split]

    with pytest.raises(DataError, match=rf"needs images in train/<class>/.* images in: {other}\."):
        read_catalogue(photos)


def test_missing_folder_is_one_sentence(tmp_path):
    """A folder that is not there has no images."""
    with pytest.raises(DataError, match=r"nowhere needs images .* has images in: none\."):
        read_catalogue(tmp_path / "nowhere")


@pytest.mark.parametrize("split", ["train", "test"])
def test_classes_must_agree(photos, split, write_image):
    """A class in one split only is named."""
    write_image(photos / split / "emu" / "a.png", [[1]])

    with pytest.raises(DataError, match=r"train and test images must have the same classes.* emu"):
        read_catalogue(photos)


def test_name_in_two_tars_is_refused(photos, tmp_path, pack):
    """Which of two images of one name is meant cannot be known."""
    files = files_of(photos)
    pack(tmp_path / "tars" / "a.tar", photos, files)
    pack(tmp_path / "tars" / "b.tar", photos, files[:1])

    with pytest.raises(DataError, match=r"holds test/cat/c\.png 2 times"):
        read_catalogue(tmp_path / "tars")


@pytest.mark.parametrize("kept", [10, 1000])
def test_damaged_tar_is_named(photos, tmp_path, pack, kept):
    """A tar that is none, or was cut short, is an error and not a smaller data set."""
    tar = tmp_path / "tars" / "a.tar"
    pack(tar, photos, files_of(photos))
    tar.write_bytes(tar.read_bytes()[:kept])

    with pytest.raises(DataError, match=rf"{tar} cannot be read as a tar file"):
        read_catalogue(tmp_path / "tars")


def test_dangling_link_is_named(photos):
    """An image that is listed and not there is not passed over."""
    (photos / "train/cat/z.png").symlink_to(photos / "nothing")

    with pytest.raises(DataError, match=r"z\.png cannot be read"):
        read_catalogue(photos)
