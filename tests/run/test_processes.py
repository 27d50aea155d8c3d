"""Worker processes: how they die, what they must not disturb."""

import os
import signal
from pathlib import Path
from re import fullmatch

import pytest

from prunebench.run.hands import Hands
from prunebench.run.processes import ProcessExecutor, Worker, epitaph
from prunebench.run.task import task_of

TICKETS = {"methods": ["stranger", "magnitude"], "protocols": ["ticket"]}

pytestmark = pytest.mark.slow


@pytest.fixture
def workers(tmp_path):
    """One worker process on the store; ended with the test."""
    executor = ProcessExecutor(tmp_path / "store", Hands(1))
    yield executor
    executor.close()


@pytest.mark.parametrize(
    ("last_deed", "reason"),
    [
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "the worker was killed (signal 9), perhaps for want of memory",
        ),
        # The child keeps the pipes of the dead worker open.
        ("os.fork() or __import__('time').sleep(60); os._exit(3)", "the worker died with exit"),
    ],
)
def test_a_dead_worker_fails_its_stage_alone(stranger, run_tiny, workers, last_deed, reason):
    """The stage whose code kills the worker fails with the reason; a fresh worker does the rest."""
    finished = run_tiny(registry=stranger(last_deed), executor=workers, **TICKETS)
    rows = {row.method: row for row in finished.rows}

    assert rows["stranger"].status == "failed"
    assert rows["stranger"].reason.startswith(reason)
    assert rows["magnitude"].status == "ok"
    assert finished.record.failed == 1


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """Work in a folder with modules that must not be imported."""
    here = tmp_path / "here"
    here.mkdir()
    for name in ("random.py", "torch.py", "json.py"):
        (here / name).write_text("raise RuntimeError('shadowed')")
    monkeypatch.chdir(here)


@pytest.mark.usefixtures("trap")
def test_noise_disturbs_nothing(stranger, run_tiny, workers, science, capfd):
    """Prints at import and in score, reading stdin, modules in the current directory: no harm."""
    noise = "print('{\"what\": 1}'); os.write(1, b'x\\n'); assert sys.stdin.read() == ''"
    registry = stranger(noise, top="print('hello from a plugin')")
    finished = run_tiny(registry=registry, executor=workers, **TICKETS)
    quiet = run_tiny("quiet", registry=stranger(), **TICKETS)

    assert {row.status for row in finished.rows} == {"ok"}
    assert "hello from a plugin" in capfd.readouterr().err
    assert [row["weights_digest"] for row in science(finished).values()] == [
        row["weights_digest"] for row in science(quiet).values()
    ]


def test_a_worker_that_cannot_start_says_why(run_tiny, tmp_path):
    """A start-up error is the reason of the stages; the run ends."""
    executor = ProcessExecutor(tmp_path / "store", Hands(1), blocked=["nobody-so-called"])
    finished = run_tiny(executor=executor, methods=["magnitude"], protocols=["none"])

    assert finished.rows
    assert {row.status for row in finished.rows} == {"blocked"}
    assert all("nobody-so-called" in row.reason for row in finished.rows)
    assert (finished.record.executed, finished.record.failed) == (0, 1)


def test_an_idle_worker_that_was_killed_is_not_used(plan_of, tmp_path):
    """Between two tasks the worker is killed: the next task has a new one."""
    executor = ProcessExecutor(tmp_path / "store", Hands(1))
    stages = [
        stage
        for stage in plan_of(methods=["magnitude"], protocols=["random"]).stages.values()
        if stage.kind == "init"
    ]
    executor.submit(task_of(stages[0]))
    said = [executor.wait()]
    victim = executor._idle[0]
    os.kill(victim._process.pid, signal.SIGKILL)
    victim._mourner.join()
    executor.submit(task_of(stages[1]))
    said.append(executor.wait())
    executor.close()

    assert [message.what for message in said] == ["finished", "finished"]


def test_a_worker_ends_with_the_run(tmp_path):
    """When stdin ends, because the run was killed, the worker stops."""
    executor = ProcessExecutor(tmp_path / "store", Hands(1))
    worker = Worker(executor._command, executor._inbox)
    worker._process.stdin.close()
    code = worker._process.wait(60)
    worker.close()

    assert code == 0


MIXED = {"methods": ["stranger", "magnitude"], "protocols": ["none"], "seeds": 2}


def bounded(tmp_path, size, **settings):
    """Give two workers that may take so many MiB together."""
    return ProcessExecutor(tmp_path / "store", Hands(2, memory=size << 20), **settings)


LARGE = "block = b'x' * (400 << 20); __import__('time').sleep(1.5)"


def test_fewer_workers_go_on_where_memory_is_short(stranger, run_tiny, tmp_path, caplog):
    """Two large stages do not fit beside each other: one begins anew later, and none fails."""
    executor = bounded(tmp_path, 1000)
    finished = run_tiny(registry=stranger(LARGE), executor=executor, **MIXED)
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]

    assert {row.status for row in finished.rows} == {"ok"}
    assert executor.slots == 1
    assert len(said) == 1
    assert said[0].endswith("more than --max-memory: 1 of them instead of 2 go on")
    assert 400 << 20 < finished.record.worker_memory < 1000 << 20


def test_a_stage_that_is_too_large_alone_fails_alone(stranger, run_tiny, tmp_path):
    """It is ended with a sentence that says how large it was; all that fits goes on."""
    executor = bounded(tmp_path, 480)
    finished = run_tiny(registry=stranger(LARGE), executor=executor, **MIXED)
    rows = {(row.method, row.seed): row for row in finished.rows}
    reasons = [rows["stranger", seed].reason for seed in (0, 1)]

    assert [rows["stranger", seed].status for seed in (0, 1)] == ["failed", "failed"]
    assert [rows["magnitude", seed].status for seed in (0, 1)] == ["ok", "ok"]
    for reason in reasons:
        assert fullmatch(
            r"prune stage [0-9a-f]{12} took \d+ MiB alone, more than the 480 MiB of "
            r"--max-memory; allow more, or use a smaller batch",
            reason,
        )


def test_workers_are_divided_among_gpus(stranger, run_tiny, tmp_path):
    """Each worker sees one GPU and no other, before torch is loaded; both are used."""
    told = tmp_path / "told"
    told.mkdir()
    note = (  # this process loads the plugin too, and sees no GPU
        f"if gpu := os.environ.get('CUDA_VISIBLE_DEVICES'):\n"
        f"    open(os.path.join({str(told)!r}, str(os.getpid())), 'w').write(gpu)"
    )
    executor = ProcessExecutor(tmp_path / "store", Hands(2, gpus=("3", "GPU-8f")))
    finished = run_tiny(registry=stranger(top=note), executor=executor, **MIXED)

    assert {row.status for row in finished.rows} == {"ok"}
    assert sorted(path.read_text() for path in told.iterdir()) == ["3", "GPU-8f"]


def test_a_worker_computes_with_one_thread(stranger, run_tiny, tmp_path, monkeypatch, workers):
    """One thread in an operation and one between them, whatever the user's environment says."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "4")
    monkeypatch.setenv("OMP_PROC_BIND", "true")
    told = tmp_path / "told"
    body = (
        f"import torch; open({str(told)!r}, 'w').write(f'{{torch.get_num_threads()}} "
        f'{{torch.get_num_interop_threads()}} {{os.environ.get("OMP_PROC_BIND")}}\')'
    )
    finished = run_tiny(registry=stranger(body), executor=workers, **TICKETS)

    assert {row.status for row in finished.rows} == {"ok"}
    assert told.read_text() == "1 1 None"


def test_what_a_worker_warns_of_is_in_the_log_once(run_tiny, tmp_path):
    """Two workers that cannot keep the decoded data set say the same: one line, and no failure."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "data").write_text("a file is in the way")
    executor = ProcessExecutor(tmp_path / "store", Hands(2))
    finished = run_tiny(executor=executor, methods=["magnitude"], protocols=["random"], seeds=2)
    log = (finished.folder / "log.txt").read_text()

    assert {row.status for row in finished.rows} == {"ok"}
    assert log.count("cannot keep the decoded data set") == 1


def test_epitaph_names_the_signal():
    """Exit codes, signals, and signals without a name."""
    assert epitaph(1) == "the worker died with exit code 1"
    assert epitaph(-signal.SIGSEGV) == "the worker died with signal 11 (SIGSEGV)"
    assert epitaph(-63) == "the worker died with signal 63"


def test_workers_come_when_needed(tmp_path: Path):
    """An executor that is asked nothing starts nothing."""
    executor = ProcessExecutor(tmp_path / "store", Hands(2))
    executor.close()

    assert executor._busy == executor._idle == []
