"""Options that say how many work, and within which memory."""

import json
import re
import sys

import pytest

from prunebench.results.folder import latest_run, read_record

SMALL = ("--model", "smallconv[width=4]", "--densities", "0.5", "--seeds", "1")
linux = pytest.mark.skipif(sys.platform != "linux", reason="nothing else says how large one is")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--stages-per-gpu", "2"), "needs --device cuda, and this run computes on the cpu"),
        (("--cuda-graphs",), "--cuda-graphs needs --device cuda"),
        (("--max-memory", "plenty"), "'plenty' is no size; write it like 8G, 500M or 50%."),
        (("--max-memory", "8M"), "is 8 MiB, and one worker takes 384 MiB"),
        (("--max-memory", "8G", "--workers", "0"), "use --workers 1."),
    ],
)
@linux
def test_what_cannot_be_had_is_refused_before_anything_is_written(
    prunebench, tmp_path, words, said
):
    """One sentence and exit code 2, of a run and of a plan; no folder is made."""
    for command in ("run", "plan"):
        done = prunebench(command, "--store", "store", *SMALL, *words)

        assert done.exit_code == 2
        assert said in done.stderr
    assert not (tmp_path / "store").exists()


@linux
def test_memory_bounds_the_workers_of_a_plan(prunebench):
    """Within 400 MiB there is room for one of eight, and the estimate is for that one."""
    words = ("--methods", "magnitude", "--workers", "8", "--max-memory", "400M", "--json")
    done = prunebench("plan", "--store", "store", *SMALL, *words)

    assert json.loads(done.stdout)["workers"] == 1


@linux
def test_the_largest_worker_is_told(prunebench, tmp_path):
    """In the closing sentence, in JSON and in ``run.json``: the memory of this process here."""
    words = ("--methods", "magnitude", "--protocols", "none", "--workers", "0", "--store", "store")
    done = prunebench("run", *SMALL, *words)
    record = read_record(latest_run(tmp_path / "store"))
    told = re.search(r", at most (\S+) (MiB|GiB) a worker; ", done.stderr)
    again = prunebench("run", *SMALL, *words, "--json")

    assert 100 << 20 < record.worker_memory < 100 << 30
    assert float(told[1]) * (1 << {"MiB": 20, "GiB": 30}[told[2]]) == pytest.approx(
        record.worker_memory, rel=0.05
    )
    assert json.loads(again.stdout)["worker_memory"] == 0  # nothing was run
