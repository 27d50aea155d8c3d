import io
import json
from dataclasses import replace

import numpy as np
import pytest

from prunebench.bundle.check import check_bundle
from prunebench.bundle.forms.arrays import write_arrays
from prunebench.bundle.forms.tables import read_curves, write_curves
from prunebench.bundle.limits import Limits
from prunebench.bundle.packing.container import STORED, pack
from prunebench.core.digest import canonical


@pytest.fixture
def findings(zipped, contents_of, honest):
    """Give a function that changes one member's bytes, and tells what is found there."""

    def check(member, change, limits=None):
        contents = contents_of(honest)
        contents[member] = change(contents[member])
        checked = check_bundle(zipped(contents), limits)

        assert checked.bundle is None
        return [f.message for f in checked.findings if f.file == member and f.field != "sha256"]

    return check


def edited(**changes):
    """Give a function that changes fields of a JSON document, and writes it canonically."""

    def change(text):
        document = json.loads(text) | changes
        return (canonical(document) + "\n").encode()

    return change


def test_a_newer_schema_asks_for_a_newer_version(findings):
    """A manifest of a later schema is not guessed at."""
    got = findings("bundle.json", edited(schema=2, galaxy="far"))

    assert len(got) == 1
    assert "install a newer prunebench" in got[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (edited(title=3), "title must be text"),
        (edited(weights=1), "weights must be true or false"),
        (edited(datasets={}), "datasets must be a list"),
        (edited(environments=[]), "environments must be an object"),
        (edited(submitter={"url": ""}), "submitter lacks name"),
        (edited(counts={"ok": -1}), "counts.ok must be a whole number"),
        (edited(counts={"ok": True}), "counts.ok must be a whole number"),
        (edited(surprise=1), "unknown field 'surprise'"),
        (edited(pairs=[{"dataset": "a", "model": "b", "test": 10**12}]), "more than 100000000"),
        (lambda _: b"[]\n", "must be an object"),
        (lambda _: b"", "Expecting value"),
        (lambda text: text[:-1], "cut off"),
        (lambda text: b" " + text, "canonical form"),
        (lambda text: text.replace(b'"title"', b'"title":"a","title"'), "stands there twice"),
        (lambda text: text.replace(b'"weights":false', b'"weights":NaN'), "NaN is no number"),
        (lambda text: text.replace(b'"weights":false', b'"weights":1e999'), "too large"),
        (lambda text: text.replace(b"Toys", b"T\xff"), "can't decode"),
        (lambda text: text.replace(b'"Toys"', b'"\\u001b[31m"'), "control characters"),
        (lambda text: text.replace(b'"Toys"', b'"\\ud800"'), "control characters"),
        (lambda text: text.replace(b'"Toys"', b'"\\u202e"'), "control characters"),
        (lambda text: text.replace(b'"Toys"', b"9" * 5000), "4300 digits"),
        (edited(title="x" * 20_001), "20001 characters"),
    ],
)
def test_manifests_are_strict(findings, change, why):
    """Another type, an unknown field, another spelling, NaN: each is one sentence."""
    got = findings("bundle.json", change)

    assert len(got) == 1
    assert why in got[0]


def test_depth_is_limited(findings):
    """JSON nested without end is refused, and stops nothing."""
    for depth in (30, 100_000):
        text = b'{"a":' * depth + b"1" + b"}" * depth + b"\n"
        got = findings("bundle.json", lambda _, text=text: text)

        assert len(got) == 1
        assert "nested more than 24 deep" in got[0]


def line(number, change):
    """Give a function that changes one line of a text."""

    def edit(text):
        lines = text.split(b"\n")
        lines[number] = change(lines[number])
        return b"\n".join(lines)

    return edit


def curved(text):
    """Put a curve into a row."""
    return text.replace(b'"dataset":"toy"', b'"curve":{},"dataset":"toy"')


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (line(0, lambda _: b"{}"), "line 1: it must be an object of"),
        (line(1, lambda text: text[:-1]), "line 2: "),
        (line(0, lambda text: text.replace(b'"seed":', b'"seed": ', 1)), "canonical form"),
        (line(0, lambda text: text.replace(b'"draw":0', b'"draw":NaN', 1)), "NaN is no number"),
        (line(0, lambda text: text.replace(b'"schema":1', b'"schema":9')), "newer prunebench"),
        (line(0, lambda text: text.replace(b'"status":"ok"', b'"status":"fine"')), "status must"),
        (line(0, curved), "curves.csv"),
        (lambda text: text[:-1], "cut off"),
        (lambda text: text + text.split(b"\n")[0] + b"\n", "not sorted"),
        (line(0, lambda text: text + b"\n" + text), "stands there twice"),
    ],
)
def test_rows_are_strict(findings, change, why):
    """Lines that are no rows, out of order, or there twice are told with their number."""
    got = findings("trials.jsonl", change)

    assert any(why in message for message in got)


def test_ids_of_trials_are_digits(findings):
    """A trial that is no id never becomes a name of a file or a part of a page."""
    got = findings(
        "trials.jsonl", lambda text: text.replace(b'"dense":""', b'"dense":"<script>"', 1)
    )

    assert "32 hexadecimal digits" in got[0]


def test_rows_and_lines_are_limited(findings):
    """More rows, or longer lines, than are read are one finding each."""
    assert "at most 3 are read" in findings("trials.jsonl", lambda t: t, Limits(trials=3))[0]
    assert "at most 99 are read" in findings("trials.jsonl", lambda t: t, Limits(line=99))[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace(b"0.5", b"nan", 1), "no number that was measured"),
        (lambda text: text.replace(b"0.5", b"1e999", 1), "no number that was measured"),
        (lambda text: text.replace(b"0.5", b"0.50", 1), "must be written"),
        (lambda text: text.replace(b",2,", b",02,", 1), "no whole number"),
        (lambda text: text.replace(b",2,", b",2,3,", 1), "other cells"),
        (lambda text: text.replace(b",2,", b",two,", 1), "no whole number"),
        (lambda text: text.replace(b"step", b"Step", 1), "must begin with"),
        (lambda text: text[:-1], "end with a line end"),
        (lambda text: text + b"\n", "other cells"),
        (lambda text: text + b"0" * 32 + b",2,0.5,,\n", "out of order"),
        (lambda text: text.replace(b"0.5", b"0.\xb2", 1), "ascii"),
    ],
)
def test_curves_are_strict(findings, change, why):
    """A number that is none, another spelling, other cells: each is told with its line."""
    got = findings("curves.csv", change)

    assert len(got) == 1
    assert why in got[0]


@pytest.mark.parametrize(
    ("name", "why"), [(b"<script>", "no name of a layer"), (b'"fc"', "no name"), (b"", "no name")]
)
def test_layers_have_plain_names(findings, name, why):
    """A layer is called as a module can be: nothing to be quoted, nothing for a page."""
    got = findings("layers.csv", lambda text: text.replace(b",fc,", b"," + name + b",", 1))

    assert why in got[0]


def test_a_pickle_is_refused_unopened(findings, tmp_path):
    """An array of objects is refused by its header; what is pickled in it does not run."""
    witness = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (witness.touch, ())

    file = io.BytesIO()
    np.save(file, np.array([Evil()], dtype=object))
    data = io.BytesIO()
    pack({"labels.npy": file.getvalue()}, data, method=STORED)
    got = findings("labels/0.npz", lambda _: data.getvalue())

    assert len(got) == 1
    assert "would have to be unpickled" in got[0]
    assert not witness.exists()


def test_the_pickle_above_is_live(tmp_path):
    """What is refused there would have run: numpy, if it is told to unpickle, does so."""
    witness = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (witness.touch, ())

    np.save(tmp_path / "evil.npy", np.array([Evil()], dtype=object))
    np.load(tmp_path / "evil.npy", allow_pickle=True)

    assert witness.exists()


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"labels": np.zeros(20, np.int64)}, "must"),
        ({"labels": np.zeros(19, np.uint16)}, "must"),
        ({"labels": np.zeros((20, 1), np.uint16)}, "must"),
        ({"other": np.zeros(20, np.uint16)}, "must hold labels.npy"),
        ({"labels": np.zeros(20, np.uint16), "more": np.zeros(1)}, "members"),
    ],
)
def test_arrays_are_as_declared(findings, arrays, why):
    """Type, shape and names are those that the manifest declares, or nothing is read."""
    got = findings("labels/0.npz", lambda _: write_arrays(arrays))

    assert len(got) == 1
    assert why in got[0]


def test_a_shape_of_terabytes_allocates_nothing(findings):
    """A header that announces more than there is, is compared and not believed."""
    data = write_arrays({"labels": np.zeros(20, np.uint16)})
    for shape in (b"(99,)", b"(9**9,)"):
        got = findings("labels/0.npz", lambda _, s=shape: data.replace(b"(20,)", s.ljust(5)))

        assert len(got) == 1


def test_columns_are_of_their_trials(zipped, contents_of, honest):
    """Predictions under another trial's name are told."""
    one, two = sorted(honest.predictions)[:2]
    contents = contents_of(honest)
    swap = contents["predictions/0.npz"].replace(one.encode(), b"~" * 32)
    swap = swap.replace(two.encode(), one.encode()).replace(b"~" * 32, two.encode())
    got = check_bundle(zipped(contents | {"predictions/0.npz": swap}))

    assert {f.file for f in got.findings if f.field != "sha256"} == {"predictions/0.npz"}


def test_all_damaged_members_are_told(zipped, contents_of, honest):
    """What is wrong with one member does not hide what is wrong with another."""
    contents = contents_of(honest)
    for name in ("curves.csv", "layers.csv", "labels/0.npz"):
        contents[name] = contents[name][:-3]
    got = check_bundle(zipped(contents)).findings

    assert {"curves.csv", "layers.csv", "labels/0.npz"} == {f.file for f in got}


def test_null_is_a_number_that_was_not_measured(honest):
    """A curve whose training loss was not finite at one step is read back with None there."""
    trial = min(honest.curves)
    curve = replace(honest.curves[trial], train_loss=(None,) * len(honest.curves[trial].steps))
    bare = replace(curve, validation_loss=(), validation_accuracy=())
    for expected in (curve, bare):
        got = read_curves(write_curves({trial: expected}), Limits(), {trial})

        assert got == {trial: expected}


def test_values_are_counted(findings):
    """Many small lists, each of which takes far more than its two letters, are refused."""
    got = findings("trials.jsonl", lambda text: text, Limits(values=3))
    many = findings("trials.jsonl", lambda text: text, Limits(values=3, mean=3))
    lists = findings("bundle.json", edited(experiment={"x": [[]] * 30}), Limits(manifest_values=30))

    assert "more than 3 objects and lists" in got[0]
    assert len(many) == 1
    assert "objects and lists, and at most" in many[0]
    assert len(lists) == 1
    assert "more than 30 objects and lists" in lists[0]


@pytest.mark.parametrize("name", ["curves.csv", "layers.csv"])
def test_tables_are_of_the_rows(findings, name):
    """The first line of a trial without a row ends the reading, and so do too many lines."""

    def strange(text):
        head, line, *rest = text.split(b"\n")
        return b"\n".join([head, b"0" * 32 + line[32:], *rest])

    got = findings(name, strange)
    more = findings(name, lambda text: text, Limits(lines=1))

    assert len(got) == len(more) == 1
    assert "is no trial of the bundle" in got[0]
    assert "1 for each row" in more[0]
