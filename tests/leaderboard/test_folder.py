"""A site's folder: replaced whole, and nobody else's files touched."""

import json
from hashlib import sha256

import pytest

from prunebench.leaderboard.folder import MARK, SiteError, write_site

FILES = {"index.html": b"one", "boards/a.html": b"two"}


def listed(folder):
    """Give the contents of a folder by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_site_is_written_with_a_list_of_its_files(tmp_path):
    """What is asked for is there, and the list names each file's SHA-256."""
    source = tmp_path / "b.zip"
    source.write_bytes(b"zip")
    write_site(FILES, tmp_path / "deep" / "site", {"bundles/b.zip": source})
    found = listed(tmp_path / "deep" / "site")
    mark = json.loads(found.pop(MARK))

    assert found == {**FILES, "bundles/b.zip": b"zip"}
    assert mark["files"] == {path: sha256(text).hexdigest() for path, text in found.items()}
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["site"]


def test_an_older_site_gives_way(tmp_path):
    """Pages that the new site lacks are gone."""
    write_site(FILES, tmp_path / "site")
    write_site({"index.html": b"new"}, tmp_path / "site")

    assert set(listed(tmp_path / "site")) == {"index.html", MARK}


def test_a_bundle_of_the_old_site_can_be_part_of_the_new_one(tmp_path):
    """A board is built again from the bundles that lie in it."""
    source = tmp_path / "b.zip"
    source.write_bytes(b"zip")
    write_site(FILES, tmp_path / "site", {"bundles/b.zip": source})
    write_site(FILES, tmp_path / "site", {"bundles/b.zip": tmp_path / "site" / "bundles" / "b.zip"})

    assert listed(tmp_path / "site")["bundles/b.zip"] == b"zip"


@pytest.mark.parametrize("own", [False, True])
def test_a_folder_with_something_else_is_refused(tmp_path, own):
    """A stray file is named, and everything stays; also beside a site of ours."""
    if own:
        write_site(FILES, tmp_path / "site")
    (tmp_path / "site" / "notes").mkdir(parents=True)
    (tmp_path / "site" / "notes" / "mine.txt").write_text("mine")
    before = listed(tmp_path / "site")

    with pytest.raises(SiteError, match=r"holds notes.mine\.txt"):
        write_site({"index.html": b"new"}, tmp_path / "site")

    assert listed(tmp_path / "site") == before


@pytest.mark.parametrize("text", ["", "[]", "{", '{"made_by": "another"}'])
def test_a_list_of_someone_else_makes_no_site_of_ours(tmp_path, text):
    """A file of the same name does not give a folder away."""
    (tmp_path / MARK).write_text(text)

    with pytest.raises(SiteError):
        write_site(FILES, tmp_path)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    """It is told to name a folder."""
    (tmp_path / "site").write_text("mine")

    with pytest.raises(SiteError, match="is a file"):
        write_site(FILES, tmp_path / "site")


def test_an_empty_folder_can_become_a_site(tmp_path):
    """Who made the folder first is not turned away."""
    (tmp_path / "site").mkdir()
    write_site(FILES, tmp_path / "site")

    assert (tmp_path / "site" / "index.html").read_bytes() == b"one"


def test_a_failure_leaves_the_old_site(tmp_path):
    """A bundle that cannot be copied changes nothing, and leaves nothing behind."""
    write_site(FILES, tmp_path / "site")

    with pytest.raises(OSError, match="gone"):
        write_site({"index.html": b"new"}, tmp_path / "site", {"b.zip": tmp_path / "gone.zip"})

    assert listed(tmp_path / "site")["index.html"] == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
