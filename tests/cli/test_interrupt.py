"""Interrupted, killed and simultaneous runs: real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from prunebench.results.folder import read_record, read_rows

pytestmark = pytest.mark.slow

MACHINE = {
    "seconds",
    "dense_seconds",
    "pruning_seconds",
    "tuning_seconds",
    "method_seconds",
    "method_memory",
    "peak_memory",
    "environment",
}
WORDS = ("--methods", "magnitude,l1filter", "--protocols", "ticket,random")


def start(tiny, store, *words):
    """Start a run as a process of its own group."""
    command = [sys.executable, "-m", "prunebench", "run", str(tiny), "--store", str(store)]
    return subprocess.Popen(
        [*command, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def worker_ids(store):
    """List the living worker processes on a store."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode().split("\0")
        except OSError:
            continue
        if "prunebench.run.worker" in words and str(store) in words:
            found.append(int(entry.parent.name))
    return found


def wait_for(claim, seconds=60.0):
    """Wait until a claim holds."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.02)


def lines_in(folder):
    """Count the rows written so far."""
    path = folder / "results.jsonl"
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def science(folder):
    """Rows by trial without what depends on the machine."""
    return {
        row.trial: {k: v for k, v in asdict(row).items() if k not in MACHINE}
        for row in read_rows(folder)
    }


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes below /proc")
def test_interrupted_and_killed_runs_go_on(tiny, tmp_path):
    """Ctrl-C, then a kill of the group, then to the end: the rows of an undisturbed run."""
    store, words = tmp_path / "store", (*WORDS, "--seeds", "10")

    first = start(tiny, store, *words, "--workers", "2", "--out", str(tmp_path / "a"))
    wait_for(lambda: lines_in(tmp_path / "a") >= 1)
    os.kill(first.pid, signal.SIGINT)
    _, told = first.communicate(timeout=60)
    kept = len(read_rows(tmp_path / "a"))
    record = read_record(tmp_path / "a")

    assert first.returncode == 130
    stages, done = sum(record.stages.values()), record.executed + record.reused
    assert f"prunebench: {done} of {stages} stages are done and kept ({kept} of 50 rows" in told
    assert "Traceback" not in told
    assert 1 <= kept < 50
    assert 0 < record.executed < sum(record.stages.values())
    assert worker_ids(store) == []

    calm = start(tiny, tmp_path / "calm", *words, "--workers", "0", "--out", str(tmp_path / "c"))
    second = start(tiny, store, *words, "--workers", "2", "--out", str(tmp_path / "b"))
    wait_for(lambda: lines_in(tmp_path / "b") >= kept + 2)
    os.killpg(second.pid, signal.SIGKILL)
    second.communicate(timeout=60)
    wait_for(lambda: worker_ids(store) == [])

    last = start(tiny, store, *words, "--workers", "2", "--out", str(tmp_path / "d"))
    last.communicate(timeout=100)
    calm.communicate(timeout=100)

    assert last.returncode == calm.returncode == 0
    assert read_record(tmp_path / "d").reused > 0
    assert science(tmp_path / "d") == science(tmp_path / "c")
    assert len(science(tmp_path / "d")) == 50


def test_two_runs_share_one_store(tiny, tmp_path):
    """Two processes on the same experiment at once: every stage once in all, the same rows."""
    folders = [tmp_path / name for name in ("a", "b")]
    runs = [
        start(
            tiny, tmp_path / "store", *WORDS, "--seeds", "2", "--workers", "0", "--json",
            "--out", str(folder),
        )
        for folder in folders
    ]  # fmt: skip
    said = [json.loads(run.communicate(timeout=100)[0]) for run in runs]
    stages = sum(read_record(folders[0]).stages.values())

    assert [run.returncode for run in runs] == [0, 0]
    assert sum(facts["executed"] for facts in said) == stages
    assert all(facts["executed"] + facts["reused"] == stages for facts in said)
    assert science(folders[0]) == science(folders[1])
