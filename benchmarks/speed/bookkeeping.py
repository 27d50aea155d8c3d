"""Planning, the store, reports: what grows with the number of trials."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from safetensors.torch import load, save

from benchmarks.speed.case import Amount, Case, Contest, Goal, Surroundings, ratio, seconds
from benchmarks.speed.fresh import in_fresh
from benchmarks.speed.pairs import duel, timed
from benchmarks.speed.rows import made_up
from benchmarks.speed.training import LENET
from prunebench.core.digest import Json
from prunebench.experiment.schema import validate
from prunebench.plugin.registry import load_registry
from prunebench.results.folder import write_record, write_results
from prunebench.results.record import RunRecord
from prunebench.run.planning import make_plan
from prunebench.store.artifact import Artifact
from prunebench.store.store import Store

TRIALS_PER_SEED = 200
GRID: Mapping[str, Json] = {
    "methods": ["magnitude", "l1filter"],
    "protocols": ["ticket", "random", "finetune", "scratch-e", "scratch-b"],
    "densities": [round(0.3 + 0.035 * number, 3) for number in range(20)],
}


def plan(trials: int, folder: Path) -> float:
    """Give the seconds to plan so many trials, beside those of their dense networks."""
    registry = load_registry()
    experiment = validate({**GRID, "seeds": max(1, trials // TRIALS_PER_SEED)}, "speed")
    return timed(lambda: make_plan(registry, experiment, folder, fetch=False))


def report(rows: int, folder: Path) -> float:
    """Give the seconds to write the pages of a run of so many rows."""
    from prunebench.report.render import render

    record = RunRecord("id", "2026-01-01T00:00:00+00:00", "speed", {}, {}, 0, 0)
    with TemporaryDirectory(dir=folder) as name:
        write_record(Path(name), record)
        write_results(Path(name), [made_up(number) for number in range(rows)])
        return timed(lambda: render(Path(name)))


def alone(target: str, where: Surroundings, amount: int) -> Contest:
    """Measure one of the functions above in interpreters of their own."""
    return Contest((lambda: {"ours": in_fresh(f"{__name__}:{target}", amount, where.folder)},))


def key(number: int) -> str:
    """Make up a key."""
    return f"{number:032x}"


def lenet_artifact() -> Artifact:
    """Give the weights of LeNet-300-100, a megabyte."""
    return Artifact({"status": "ok"}, LENET.network().state_dict())


def write_to_store(artifact: Artifact, folder: Path, count: int) -> None:
    """Put an artifact into a new store under so many keys."""
    store = Store(folder)
    for number in range(count):
        store.put(key(number), artifact)


def write_files(artifact: Artifact, folder: Path, count: int) -> None:
    """Write the same tensors as so many plain files, without digests."""
    for number in range(count):
        (folder / key(number)).write_bytes(save(dict(artifact.tensors)))


def writes(where: Surroundings, count: int) -> Contest:
    """Set the store against plain files, written."""
    artifact = lenet_artifact()

    def seconds_of(write: Callable[[Artifact, Path, int], None]) -> float:
        with TemporaryDirectory(dir=where.folder) as name:
            return timed(lambda: write(artifact, Path(name), count))

    def ours() -> float:
        return seconds_of(write_to_store)

    def plain() -> float:
        return seconds_of(write_files)

    return duel(ours, "files", plain, lambda: (ours(), plain()))


def reads(where: Surroundings, count: int) -> Contest:
    """Set the store, which verifies digests, against plain files, read."""
    artifact = lenet_artifact()
    store, files = where.folder / "store-reads", where.folder / "file-reads"
    files.mkdir()
    write_to_store(artifact, store, count)
    write_files(artifact, files, count)

    def ours() -> float:
        opened = Store(store)
        return timed(lambda: [opened.get(key(number)) for number in range(count)])

    def plain() -> float:
        return timed(lambda: [load((files / key(n)).read_bytes()) for n in range(count)])

    return duel(ours, "files", plain, lambda: (ours(), plain()))


CASES = (
    Case(
        name="plan",
        about="planning 10,000 trials in a fresh process, imports aside",
        amount=Amount("trials", full=10_000, short=1_000, tiny=TRIALS_PER_SEED),
        value=seconds("ours"),
        prepare=partial(alone, "plan"),
        goal=Goal(2.0, at_most=True),
        is_scaled=True,
        repeats=5,
    ),
    Case(
        name="report",
        about="all pages over 10,000 rows in a fresh process, imports aside",
        amount=Amount("rows", full=10_000, short=1_000, tiny=50),
        value=seconds("ours"),
        prepare=partial(alone, "report"),
        goal=Goal(10.0, at_most=True),
        is_scaled=True,
        repeats=3,
    ),
    Case(
        name="store-write",
        about="plain files / store with digests: artifacts of 1 MB written",
        amount=Amount("MB", full=200, short=50, tiny=2),
        value=ratio("files", "ours"),
        prepare=writes,
        goal=Goal(0.4),
    ),
    Case(
        name="store-read",
        about="plain files / store, digests verified: artifacts of 1 MB read",
        amount=Amount("MB", full=200, short=50, tiny=2),
        value=ratio("files", "ours"),
        prepare=reads,
        goal=Goal(0.25),
    ),
)
