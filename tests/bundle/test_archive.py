import hashlib
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from prunebench.bundle.archive import address_of, read_bundle, write_bundle
from prunebench.bundle.document import PairFacts
from prunebench.bundle.finding import BundleError
from prunebench.bundle.packing.sums import file_name


def test_what_is_written_is_read_back(honest, path):
    """Reading a bundle gives the one that was written."""
    got = read_bundle(path)

    assert got.manifest == honest.manifest
    assert got.entries == honest.entries
    assert got.curves == honest.curves
    assert got.layers == honest.layers
    assert got.weights == honest.weights
    assert np.array_equal(got.labels["toy"], honest.labels["toy"])
    for trial, expected in honest.predictions.items():
        assert np.array_equal(got.predictions[trial].classes, expected.classes)
        assert np.array_equal(got.predictions[trial].confidence, expected.confidence)
    assert got.predictions.keys() == honest.predictions.keys()


def test_equal_bundles_are_equal_files(make_bundle, tmp_path):
    """The bytes depend on the bundle alone: not on the folder, nor on the order of rows."""
    first = make_bundle()
    second = replace(first, entries=first.entries[::-1])
    paths = [write_bundle(b, tmp_path / name) for name, b in (("a", first), ("b", second))]

    assert paths[0].name == paths[1].name
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_other_tools_can_read_it(path):
    """Python's own zipfile finds the declared members, undamaged, all of one day."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()

        assert archive.testzip() is None
    assert [m.filename for m in members] == [
        "SHA256SUMS",
        "bundle.json",
        "curves.csv",
        "labels/0.npz",
        "layers.csv",
        "predictions/0.npz",
        "trials.jsonl",
    ]
    assert {m.date_time for m in members} == {(1980, 1, 1, 0, 0, 0)}


def test_numpy_can_read_its_arrays(path, honest, tmp_path):
    """The arrays are plain npz files, with a column for each trial, sorted."""
    with zipfile.ZipFile(path) as archive:
        archive.extract("predictions/0.npz", tmp_path)
    arrays = np.load(tmp_path / "predictions" / "0.npz", allow_pickle=False)
    trials = sorted(honest.predictions)

    assert arrays["trials"].tolist() == [trial.encode() for trial in trials]
    assert np.array_equal(arrays["classes"][:, 1], honest.predictions[trials[1]].classes)
    assert arrays["confidence"].dtype == np.float16


def test_the_address_is_the_digest_of_the_sums(path):
    """The address is the SHA-256 of SHA256SUMS, whose lines are those of sha256sum."""
    with zipfile.ZipFile(path) as archive:
        sums = archive.read("SHA256SUMS")
        lines = [
            f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}"
            for name in sorted(archive.namelist())
            if name != "SHA256SUMS"
        ]

    assert sums.decode().splitlines() == lines
    assert address_of(path) == hashlib.sha256(sums).hexdigest()
    assert path.name == f"own-{address_of(path)[:16]}.zip"


def test_any_change_is_another_address(honest, tmp_path):
    """Two bundles that differ in one digit of a title differ in their address."""
    other = replace(honest, manifest=replace(honest.manifest, title="Toys 2"))

    assert write_bundle(honest, tmp_path).name != write_bundle(other, tmp_path).name


@pytest.mark.parametrize(
    ("suite", "expected"),
    [("tiny@1.0", "tiny-1.0-"), ("", "own-"), ("../../x", "x-"), ("@", "own-"), ("..", "own-")],
)
def test_file_names_are_harmless(suite, expected):
    """Whatever a suite is called, the file lies where it was asked for."""
    assert file_name(suite, "0" * 64) == f"{expected}{'0' * 16}.zip"


def test_a_missing_prediction_is_not_written(honest, tmp_path):
    """A bundle whose row has an accuracy and no predictions is refused, with the trial."""
    trial = honest.entries[0].row.trial
    found = {t: p for t, p in honest.predictions.items() if t != trial}
    with pytest.raises(BundleError, match=f"no predictions of {trial}"):
        write_bundle(replace(honest, predictions=found), tmp_path)


def test_missing_labels_are_not_written(honest, tmp_path):
    """A bundle without the labels of its data set is refused, with its label."""
    with pytest.raises(BundleError, match="no labels of 'toy'"):
        write_bundle(replace(honest, labels={}), tmp_path)


def test_a_pair_may_have_no_predictions(honest, changed, tmp_path):
    """A pair all of whose rows failed has its file, with arrays of no columns."""
    empty = PairFacts("toy", "other", 20)
    facts = replace(honest.manifest, pairs=(*honest.manifest.pairs, empty))
    path = write_bundle(replace(honest, manifest=facts), tmp_path)
    with zipfile.ZipFile(path) as archive:
        archive.extract("predictions/1.npz", tmp_path)

    assert np.load(tmp_path / "predictions" / "1.npz")["classes"].shape == (20, 0)


def test_reading_tells_the_first_of_all_findings(zipped, contents_of, honest):
    """A damaged bundle is one sentence, with the number of others."""
    contents = contents_of(honest)
    contents["curves.csv"] += b"x"
    contents["layers.csv"] += b"x"
    with pytest.raises(BundleError, match=r"curves\.csv: .* \(3 more findings\)"):
        read_bundle(zipped(contents))


def test_a_path_that_is_no_file_is_told(tmp_path):
    """A missing file is a sentence, not a traceback."""
    with pytest.raises(BundleError, match="there is no such file"):
        address_of(tmp_path / "none.zip")
