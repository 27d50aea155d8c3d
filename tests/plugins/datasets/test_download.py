"""Downloading: whole files or none, and one sentence when it cannot be."""

from http.client import IncompleteRead

import pytest

from prunebench.errors import DataError
from prunebench_plugins.datasets._download import Wanted, download


@pytest.fixture(autouse=True)
def online(offline, monkeypatch):
    """Allow "downloads", which in this file come out of memory."""
    monkeypatch.delenv("PRUNEBENCH_OFFLINE")


def wanted(folder):
    """Look for two files of a data set called shapes."""
    return Wanted("shapes", folder, "a.gz, b.gz")


def bring(folder):
    """Write two files, as a downloader would."""
    (folder / "Shapes").mkdir()
    (folder / "Shapes" / "a.gz").write_text("new a")
    (folder / "top").write_text("top")


def test_files_arrive_in_their_place(tmp_path):
    """Files keep their relative place; the folder is made; nothing else stays behind."""
    download(wanted(tmp_path), tmp_path / "data", bring)

    found = sorted(p.relative_to(tmp_path / "data") for p in (tmp_path / "data").rglob("*"))
    assert [str(path) for path in found] == ["Shapes", "Shapes/a.gz", "top"]


def test_neighbours_stay(tmp_path):
    """Files of the same name are replaced, others left alone."""
    (tmp_path / "Shapes").mkdir()
    (tmp_path / "Shapes" / "a.gz").write_text("old a")
    (tmp_path / "Shapes" / "notes").write_text("mine")

    download(wanted(tmp_path), tmp_path, bring)

    assert (tmp_path / "Shapes" / "a.gz").read_text() == "new a"
    assert (tmp_path / "Shapes" / "notes").read_text() == "mine"


@pytest.mark.parametrize(
    "error", [OSError(), RuntimeError(), IncompleteRead(b""), KeyboardInterrupt()], ids=repr
)
def test_interrupted_download_leaves_nothing(tmp_path, error):
    """Half a download is no download."""

    def fail(folder):
        bring(folder)
        raise error

    with pytest.raises((DataError, KeyboardInterrupt)):
        download(wanted(tmp_path), tmp_path, fail)

    assert list(tmp_path.iterdir()) == []


def test_failure_names_set_place_reason_and_remedy(tmp_path):
    """One sentence says what is missing, where, why, and what to do."""

    def fail(folder):
        msg = "no\n route to host"
        raise OSError(msg)

    with pytest.raises(DataError) as caught:
        download(wanted(tmp_path), tmp_path, fail)

    assert str(caught.value) == (
        f"shapes is not in {tmp_path} and could not be downloaded (no route to host); "
        "put a.gz, b.gz there, or name another place with --data-dir or PRUNEBENCH_DATA."
    )


def test_folder_is_made_for_bytes_alone(tmp_path):
    """A folder that was mistyped is not made while nothing has arrived."""
    wrong = tmp_path / "mistyped" / "data"

    def fail(folder):
        assert not wrong.exists()
        raise OSError

    with pytest.raises(DataError):
        download(wanted(wrong), wrong, fail)

    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written(tmp_path):
    """A data directory nobody can write to is a failed download."""
    (tmp_path / "file").touch()

    with pytest.raises(DataError, match="could not be downloaded"):
        download(wanted(tmp_path), tmp_path / "file" / "data", bring)


def test_offline_downloads_nothing(tmp_path, monkeypatch):
    """PRUNEBENCH_OFFLINE=1 stops it before it begins, and says how to allow it."""
    monkeypatch.setenv("PRUNEBENCH_OFFLINE", "1")

    with pytest.raises(DataError, match="or unset PRUNEBENCH_OFFLINE"):
        download(wanted(tmp_path), tmp_path / "data", bring)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["", "0"])
def test_offline_can_be_off(tmp_path, monkeypatch, value):
    """An empty value and 0 forbid nothing."""
    monkeypatch.setenv("PRUNEBENCH_OFFLINE", value)

    download(wanted(tmp_path), tmp_path, bring)

    assert (tmp_path / "top").is_file()
