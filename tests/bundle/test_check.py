import subprocess
import sys
from dataclasses import replace

import pytest

from prunebench.bundle.archive import write_bundle
from prunebench.bundle.check import TOLD, check_bundle


def test_an_honest_bundle_is_accepted(path):
    """A bundle whose numbers follow from each other has no finding."""
    got = check_bundle(path)

    assert got.findings == ()
    assert got.is_accepted
    assert path.name == f"own-{got.address[:16]}.zip"


@pytest.mark.parametrize("methods", [("magnitude", "obd"), ("magnitude[scope=layer]",)])
def test_methods_may_be_called_anything_sound(make_bundle, tmp_path, methods):
    """Several methods of a seed, and settings in brackets, are as good as one bare id."""
    path = write_bundle(make_bundle(methods, seeds=3), tmp_path)

    assert check_bundle(path).findings == ()


def test_an_edited_score_is_found_by_its_recomputed_value(honest, changed, tmp_path):
    """A score that was edited is rejected with file, field, trial and what predictions give."""
    best = {f"test_accuracy_{point}": 0.95 for point in ("last", "selected", "best")}
    path = write_bundle(changed(honest, **best), tmp_path)
    got = check_bundle(path).findings
    edited = next(e.row for e in honest.entries if e.row.method_id != "dense")

    assert len(got) == 1
    assert (got[0].file, got[0].field) == ("trials.jsonl", "test_accuracy_last")
    assert (got[0].trial, got[0].found) == (edited.trial, "0.95")
    assert float(got[0].expected) == edited.test_accuracy_last
    assert f"of 20 images: {edited.test_accuracy_last}" in got[0].message


def test_all_is_told_up_to_a_limit(make_bundle, tmp_path):
    """Where everything is wrong, so many findings are told and the others counted."""
    bundle = make_bundle(seeds=4)
    rows = [replace(e, row=replace(e.row, steps=5, lr=7.0)) for e in bundle.entries]
    got = check_bundle(write_bundle(replace(bundle, entries=tuple(rows)), tmp_path))

    assert len(got.findings) == TOLD
    assert got.more > 0
    assert got.notes == ()


def test_a_bundle_without_rows_is_refused(make_bundle, tmp_path):
    """An archive of nothing is not accepted."""
    empty = make_bundle(seeds=0)
    facts = replace(empty.manifest, datasets=(), pairs=(), counts={})
    got = check_bundle(write_bundle(replace(empty, manifest=facts, labels={}), tmp_path))

    assert [f.field for f in got.findings] == ["rows"]


def test_checking_needs_no_torch():
    """The modules load neither torch nor pandas nor pluggy."""
    code = (
        "import sys, prunebench.bundle.check, prunebench.suite.file, prunebench.suite.closed;"
        "print([m for m in ('torch', 'pandas', 'pluggy', 'scipy') if m in sys.modules])"
    )
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert got.stdout.strip() == "[]"


def test_a_script_tag_is_no_name_of_a_method(honest, changed, tmp_path):
    """A label that is no id with settings is refused by the rule of names, printed escaped."""
    name = "<script>alert(1)</script>\u202e"
    path = write_bundle(changed(honest, method=name), tmp_path)
    got = check_bundle(path).findings

    assert got
    assert all(ord(letter) < 128 for f in got for letter in str(f))


def test_a_script_tag_may_be_a_title(honest, tmp_path):
    """Free texts may say anything printable: whoever prints them escapes."""
    facts = replace(honest.manifest, title="<script>alert(1)</script>")

    assert check_bundle(write_bundle(replace(honest, manifest=facts), tmp_path)).is_accepted
