import io
import os
import zipfile
from hashlib import sha256

import pytest
from honest_bundles import make_bundle

from prunebench.bundle.archive import address_of, write_bundle
from prunebench.bundle.forms.encoding import encode
from prunebench.bundle.packing.container import pack
from prunebench.bundle.reproduced import Reproduced, ReproducedTrial, write_reproduced
from prunebench.errors import SpecError
from prunebench.leaderboard.inputs.intake import take_in
from prunebench.leaderboard.inputs.notes import Notes, Supersession


@pytest.fixture
def broken(tmp_path):
    """Give a file that is no archive."""
    path = tmp_path / "tiny-1.0-0123456789abcdef.zip"
    path.write_bytes(b"no archive")
    return path


def test_nothing_is_an_error(tmp_path):
    """A folder without bundles, or a path without a file, is a sentence."""
    with pytest.raises(SpecError, match="there is no bundle at any of the places named"):
        take_in([tmp_path])
    with pytest.raises(SpecError, match="there is no bundle at"):
        take_in([tmp_path / "absent.zip"])


def test_refused_bundle_is_an_error(broken):
    """The sentence names the file and how to go on without it."""
    with pytest.raises(SpecError, match="is refused") as caught:
        take_in([broken.parent])

    assert str(broken) in str(caught.value)
    assert "--skip-refused" in str(caught.value)


def test_refused_bundle_can_be_skipped(broken):
    """It is told with its reasons, and nothing of it is taken in."""
    found = take_in([broken], skip_refused=True)

    assert (found.bundles, found.notes, found.reproductions) == ((), Notes(), ())
    assert [one.path for one in found.refused] == [broken]
    assert found.refused[0].reasons


def test_notes_beside_bundles_are_read(broken):
    """A mistake in them is an error even where bundles are skipped."""
    (broken.parent / "notes.toml").write_text("[[doubted]]")

    with pytest.raises(SpecError, match="there is no table 'doubted'"):
        take_in([broken], skip_refused=True)


def test_bundles_are_taken_in_with_what_lies_beside_them(tmp_path):
    """Bundles of a folder, their reproductions and the notes are read; predictions stay behind."""
    paths = [write_bundle(make_bundle([name]), tmp_path) for name in ("magnitude", "obd")]
    address = address_of(paths[1])
    trial = make_bundle(["obd"]).entries[0].row.trial
    again = Reproduced(
        address,
        "2025-02-01T00:00:00Z",
        "Bob",
        {},
        (ReproducedTrial(trial, 0.5, 0.5, 0.0, agrees=True, how="exact"),),
    )
    write_reproduced(again, tmp_path)
    (tmp_path / "notes.toml").write_text(
        f'[[superseded]]\nbundle = "{address[:16]}"\nby = "withdrawn"\n'
    )

    found = take_in([tmp_path, paths[0]])

    assert found.files == {address_of(path): path for path in paths}
    assert [len(one.entries) for one in found.bundles] == [6, 6]
    assert all(set(one.classes) == {e.row.trial for e in one.entries} for one in found.bundles)
    assert found.reproductions == (again,)
    assert found.notes == Notes(superseded=(Supersession(address[:16], "withdrawn"),))


def test_notes_on_a_skipped_bundle_are_left_out(tmp_path):
    """A note about a bundle that was refused is no slip of the pen."""
    contents = dict(encode(make_bundle())) | {"curves.csv": b"edited"}
    path = tmp_path / "own-0000000000000000.zip"
    with path.open("wb") as file:
        pack(contents, file)
    address = address_of(path)
    (path.parent / "notes.toml").write_text(
        f'[[superseded]]\nbundle = "{address[:16]}"\nby = "withdrawn"\n'
    )

    found = take_in([path], skip_refused=True)

    assert [one.address for one in found.refused] == [address]
    assert found.notes == Notes()


@pytest.mark.parametrize("name", ["notes.toml", "x-reproduced-y.json"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "nothing"])
def test_what_is_no_regular_file_is_an_error(name, kind, broken):
    """A folder, a pipe or a link to a device beside bundles is named, and not waited for."""
    path = broken.parent / name
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "/nonexistent")

    with pytest.raises(SpecError, match=f"{name} is no regular file"):
        take_in([broken], skip_refused=True)


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_of_equal_addresses_the_smaller_digest_is_kept(names, tmp_path):
    """Two archives of one content are one bundle, and no file's name decides which is kept."""
    first = write_bundle(make_bundle(), tmp_path / "made")
    made = first.read_bytes()
    again = repacked(made)
    for name, content in zip(names, (made, again), strict=True):
        (tmp_path / name).mkdir()
        (tmp_path / name / first.name).write_bytes(content)
    smaller = min((made, again), key=lambda content: sha256(content).hexdigest())

    (file,) = take_in([tmp_path / name for name in "ab"]).files.values()

    assert made != again
    assert file.read_bytes() == smaller


def repacked(archive):
    """Give an archive of the same content with other bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(file, "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info), zipfile.ZIP_DEFLATED, 1)
    return file.getvalue()
