"""``prunebench export``: names, folders, exit codes."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from prunebench.results.folder import latest_run, read_rows, write_results

HERE = ("--workers", "0", "--store", "store")
HAS_ONNX = all(find_spec(name) for name in ("onnx", "onnxscript"))

pytestmark = pytest.mark.slow


@pytest.fixture
def trials(prunebench, tiny, tmp_path):
    """Run the tiny experiment; give its rows by protocol."""
    assert prunebench("run", tiny, *HERE).exit_code == 0
    return {row.protocol_id: row for row in read_rows(latest_run(tmp_path / "store"))}


def test_a_trial_is_exported_by_the_first_digits_of_its_id(prunebench, trials, tmp_path):
    """The folder is named on stdout, what it holds on stderr; what was dropped comes back."""
    row = trials["ticket"]
    done = prunebench("export", row.trial[:6], *HERE)
    [folder] = done.stdout.split()

    assert done.exit_code == 0, done.output
    assert folder == f"export-{row.trial[:12]}"
    assert f"test accuracy {100 * row.test_accuracy_last:.2f} %; 1 stage was computed again" in (
        done.stderr
    )
    names = {path.name for path in (tmp_path / folder).iterdir()}
    assert names == {"load.py", "model.json", "model.safetensors"}


def test_an_exported_dense_network_is_pruned_again(prunebench, trials, tiny, tmp_path):
    """The file of a dense trial is good for --weights; its dense row has the same accuracy."""
    prunebench("export", trials["dense"].trial, "-o", "dense", *HERE)
    words = ("--weights", "dense/model.safetensors", "--protocols", "finetune,ticket")
    done = prunebench("run", tiny, *words, "--store", "other", "--workers", 0)
    rows = {row.protocol_id: row for row in read_rows(latest_run(tmp_path / "other"))}

    assert done.exit_code == 0, done.output
    assert rows.keys() == {"dense", "finetune"}
    assert rows["dense"].test_accuracy_last == trials["dense"].test_accuracy_last
    assert rows["dense"].weights_digest == trials["dense"].weights_digest
    assert rows["dense"].steps == 0
    assert "1 combinations skipped" in done.stderr


def test_one_run_can_be_named(prunebench, trials, tmp_path):
    """--run looks into one folder, such as one that --out has made elsewhere."""
    folder = latest_run(tmp_path / "store").rename(tmp_path / "moved")
    row = trials["dense"]
    lost = prunebench("export", row.trial, *HERE)
    done = prunebench("export", row.trial, "--run", folder, "-o", "out", *HERE)

    assert lost.exit_code == 2
    assert "in the runs of the store" in lost.stderr
    assert done.exit_code == 0, done.output


def test_unknown_and_ambiguous_trials_are_one_sentence(prunebench, trials, tmp_path):
    """Neither a trial nobody measured nor one of several is exported."""
    folder = latest_run(tmp_path / "store")
    unknown = prunebench("export", "zzz", *HERE)
    empty = prunebench("export", "", *HERE)
    twins = [dict(vars(row), trial=f"ab{n}") for n, row in enumerate(trials.values())]
    write_results(folder, [type(trials["dense"])(**twin) for twin in twins])
    ambiguous = prunebench("export", "ab", *HERE)

    assert (unknown.exit_code, empty.exit_code, ambiguous.exit_code) == (2, 2, 2)
    assert unknown.stderr == (
        "prunebench: no trial 'zzz' in the runs of the store store; 'prunebench results' lists "
        "trials.\n"
    )
    assert "'ab' begins 2 trials (ab0, ab1, ...); write more digits." in ambiguous.stderr


def test_a_folder_with_something_else_is_left_alone(prunebench, trials, tmp_path):
    """An export overwrites an export of the same trial, and nothing else."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    row = trials["dense"]
    refused = prunebench("export", row.trial, "-o", "mine", *HERE)
    twice = [prunebench("export", row.trial, "-o", "out", *HERE).exit_code for _ in range(2)]
    other = prunebench("export", trials["ticket"].trial, "-o", "out", *HERE)

    assert refused.exit_code == 2
    assert "mine is not empty and holds no export of this trial" in refused.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
    assert (twice, other.exit_code) == ([0, 0], 2)


def test_without_its_packages_onnx_is_one_sentence(prunebench, trials, monkeypatch):
    """--onnx says what to install before anything is computed."""
    monkeypatch.setattr("prunebench.run.onnx_file.NEEDED", ("json", "onnx_of_nobody"))
    done = prunebench("export", trials["ticket"].trial, "--onnx", *HERE)

    assert done.exit_code == 2
    assert done.stderr == (
        "prunebench: --onnx needs onnx_of_nobody, which is not installed; run pip install "
        "'prunebench[onnx]'.\n"
    )


@pytest.mark.skipif(not HAS_ONNX, reason="needs onnx and onnxscript")
def test_onnx_computes_the_same(prunebench, trials, tmp_path):
    """The ONNX file, evaluated by the format's own reference, gives torch's scores."""
    from onnx.reference import ReferenceEvaluator

    done = prunebench("export", trials["dense"].trial, "--onnx", "-o", "out", *HERE)
    assert done.exit_code == 0, done.output
    sys.path.insert(0, str(tmp_path / "out"))
    try:
        import load

        network = load.load()
    finally:
        sys.path.pop(0)
        sys.modules.pop("load")
    images = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    [scores] = ReferenceEvaluator(str(tmp_path / "out" / "model.onnx")).run(
        None, {"images": images}
    )

    np.testing.assert_allclose(scores, network(torch.from_numpy(images)).detach(), atol=1e-5)
