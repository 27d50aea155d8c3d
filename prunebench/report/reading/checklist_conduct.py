"""Items of the checklist on how it was measured and reported."""

from collections.abc import Iterable

from prunebench.report.grid import Grid, is_dense
from prunebench.report.prose import counted, is_or_are, listing, shortlist
from prunebench.report.reading.checklist_run import Finding, Run, decided, nothing
from prunebench.report.spread import seed_means
from prunebench.report.tables.accuracy import LAST
from prunebench.report.tables.methods import inner
from prunebench.report.tables.timings import is_timed
from prunebench.report.wording import times
from prunebench.results.measurement import Measurement

SEEDS = 3
"""Fewest runs of a cell whose deviation says something."""


def names_item(run: Run) -> Finding:
    """Say whether data and architecture are named so that they can be had again."""
    known = [
        row
        for row in run.measured
        if inner(row.settings, "dataset").get("identity") and row.params_dense
    ]
    sizes = sorted({f"{row.params_dense:,} parameters" for row in known})
    pairs = {(row.dataset, row.model) for row in known}
    because = (
        f"{len(known):,} of {counted(len(run.measured), 'trial')} name their data by a checksum "
        f"and their network by its settings and size; {counted(len(pairs), 'pair')}"
    )
    whole = run.measured and len(known) == len(run.measured)
    return decided(whole, f"{because}, {shortlist(sizes)}" if sizes else because)


def sizes_item(run: Run) -> Finding:
    """Say whether every network has a compression and a theoretical speed-up."""
    both = [row for row in run.pruned if row.compression_ratio and row.theoretical_speedup]
    because = f"{len(both):,} of {counted(len(run.pruned), 'pruned network')} have both"
    if both:
        ends = (("compression_ratio", "compression"), ("theoretical_speedup", "speed-up"))
        because += ": " + ", ".join(f"{what} {ranged(both, name)}" for name, what in ends)
    return nothing(run) or decided(len(both) == len(run.pruned), because)


def ranged(rows: Iterable[Measurement], name: str) -> str:
    """Write the smallest and the largest factor of trials."""
    values = [getattr(row, name) for row in rows]
    return f"{times(min(values))} to {times(max(values))}"


def top5_item(run: Run) -> Finding:
    """Say whether top-5 stands beside top-1 where there are many classes."""
    found = [row for row in run.measured if row.test_top5_last is not None]
    if not found:
        return Finding("not applicable", "no data set here has 100 classes or more")
    many = {row.dataset for row in found}
    wanted = [row for row in run.measured if row.dataset in many]
    because = f"{len(found):,} of {counted(len(wanted), 'trial')} on {listing(sorted(many))}"
    return decided(len(found) == len(wanted), f"{because} have both")


def seeds_item(run: Run) -> Finding:
    """Give the fewest seeds on which a mean with deviation stands."""
    cells = [
        len(found)
        for entry in run.entries
        for rows in entry.by_protocol.values()
        if (found := seed_means(rows, LAST))
    ]
    least, most = min(cells, default=0), max(cells, default=0)
    n = f"n = {least}" if least == most else f"n = {least} to {most}"
    asked = f"{n} in {counted(len(cells), 'cell')}, at least {SEEDS} asked for"
    return nothing(run) or decided(least >= SEEDS, asked)


def bars_item(run: Run) -> Finding:
    """Say whether there are deviations, and what they are deviations of."""
    seeds = {row.seed for row in run.pruned}
    if len(seeds) < 2:
        return Finding("not met", f"{counted(len(seeds), 'seed')}, so there is no deviation")
    because = (
        f"sample standard deviation over {len(seeds)} seeds; intervals are 95 % by Student's t"
    )
    return Finding("met", because)


def initialisations_item(run: Run) -> Finding:
    """Count the dense networks that the seeds start from."""
    per_pair = [
        len({row.weights_digest for row in grid.dense.rows if row.weights_digest})
        for grid in run.grids
        if grid.dense
    ]
    least = min(per_pair, default=0)
    return decided(least >= 2, f"at least {counted(least, 'dense network')} per pair")


def same_code_item(run: Run) -> Finding:
    """Say whether everything a grid's trials were trained with is the same."""
    ways = [training_ways(grid) for grid in run.grids]
    different = max(map(len, ways), default=0)
    places = {row.environment for row in run.measured}
    because = (
        f"{counted(different, 'way')} of loading, augmenting and training at most per pair and "
        f"recipe; {counted(len(places), 'environment')}"
    )
    return nothing(run) or decided(different <= 1 and len(places) <= 1, because)


def training_ways(grid: Grid) -> set[str]:
    """Give the different data and trainings of a grid, as text."""
    told = ((inner(r.settings, "dataset"), inner(r.settings, "training")) for r in grid.rows)
    return {repr(pair) for pair in told if any(pair)}


def same_weights_item(run: Run) -> Finding:
    """Say whether all methods prune one and the same network of each seed."""
    digests: dict[tuple[int, int], set[str]] = {}
    own: set[str] = set()
    for number, grid in enumerate(run.grids):
        for row in grid.dense.rows if grid.dense else ():
            digests.setdefault((number, row.seed), set()).add(row.weights_digest)
        own |= {row.regularized_by for entry in grid.references for row in entry.rows}
    methods = {row.method for row in run.pruned}
    single = digests and all(len(found) == 1 and "" not in found for found in digests.values())
    seeds = counted(len({seed for _, seed in digests}), "seed")
    because = (
        f"{counted(len(digests), 'dense network')} of {seeds}, each with one digest of its weights"
        if single
        else "no dense network, or more than one, of some seed"
    )
    if penalised := sorted(own & methods):
        because += f"; but {listing(penalised)} train their own with a penalty"
    return nothing(run) or decided(single and not penalised, because)


def raw_item(run: Run) -> Finding:
    """Say whether every point is an accuracy and not only a change."""
    asked = [row for row in run.rows if not is_dense(row) and not row.control_of]
    lost = [row for row in asked if row.test_accuracy_last is None]
    unexplained = [row for row in lost if row.status == "ok"]
    because = f"{len(asked) - len(lost):,} of {counted(len(asked), 'trial')} have a test accuracy"
    if lost:
        because += f", and {len(lost):,} {is_or_are(len(lost))} listed with its reason"
    return nothing(run) or decided(not unexplained, because)


def macs_item(run: Run) -> Finding:
    """Say whether multiply-adds are counted, and for how many networks they are saved."""
    known = [row for row in run.pruned if row.macs_dense and row.macs_sparse is not None]
    cut = sum(bool(row.realised) for row in known)
    timed = sum(map(is_timed, known))
    because = (
        f"multiply-adds of {len(known):,} of {counted(len(run.pruned), 'pruned network')}; {cut:,} "
        f"were cut, the others only masked; latency of {timed:,}"
    )
    return nothing(run) or decided(len(known) == len(run.pruned), because)


def source_item(run: Run) -> Finding:
    """Say where the numbers of the methods compared come from."""
    sourced = [name for name in run.asked_ids if run.record.papers.get(f"method {name}")]
    because = (
        f"every number is measured by this run; {len(sourced)} of "
        f"{counted(len(run.asked_ids), 'method')} name the publication they implement"
    )
    return decided(run.asked_ids and len(sourced) == len(run.asked_ids), because)


def settings_item(run: Run) -> Finding:
    """Say whether hyper-parameters, libraries and hardware are on record."""
    told = [row for row in run.measured if inner(row.settings, "training")]
    facts = run.record.environment
    machine = facts.get("gpu") or facts.get("processor")
    torch = inner(facts, "libraries").get("torch")
    because = f"settings of {len(told):,} of {counted(len(run.measured), 'trial')}"
    because += f"; {machine}" if machine else "; the machine is not named"
    because += f"; torch {torch}" if torch else ""
    return decided(run.measured and len(told) == len(run.measured) and machine, because)


def code_item(run: Run) -> Finding:
    """Say whether the code of the run is named."""
    version = inner(run.record.environment, "libraries").get("prunebench")
    commit = run.record.environment.get("commit")
    named = [
        *([f"prunebench {version}"] if version else []),
        *([f"commit {commit}"] if commit else []),
    ]
    clean = not str(commit or "").endswith("-dirty")
    because = listing(named) or "neither version nor commit is on record"
    return decided(named and clean, because if clean else f"{because}, with uncommitted changes")
