"""The checklist of Blalock et al. 2020, filled in from a run's own rows."""

from collections.abc import Sequence

from prunebench.report.grid import grids
from prunebench.report.reading import checklist_conduct as conduct
from prunebench.report.reading import checklist_scope as scope
from prunebench.report.reading.checklist_run import Item, Run
from prunebench.report.table import Table, make_table, words
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

RANDOM = ("random-mask", "random-channel")
MAGNITUDE = ("magnitude", "l1filter")
"""Methods that serve as controls, by weights and by channels."""


def checklist_table(record: RunRecord, rows: Sequence[Measurement]) -> Table:
    """Fill in the checklist: what is asked for, whether this run has it, and by which number."""
    run = Run(record, rows, grids(rows, record.experiment))
    found = [(asks, item(run)) for asks, item in ITEMS]
    tally = {
        verdict: sum(finding.verdict == verdict for _, finding in found)
        for verdict in ("met", "not met", "not applicable")
    }
    counts = ", ".join(f"{number} {verdict}" for verdict, number in tally.items())
    return make_table(
        "Checklist",
        "What a comparison of pruning methods should have, after Blalock et al. 2020, What is the "
        f"State of Neural Network Pruning?, decided by this run's own numbers: {counts}.",
        words("What is asked for", "Verdict", "Because"),
        [[asks, finding.verdict, finding.because] for asks, finding in found],
    )


ITEMS: tuple[tuple[str, Item], ...] = (
    ("Architecture, data set and metrics named exactly", conduct.names_item),
    ("At least three pairs of data set and model, MNIST not counted", scope.pairs_item),
    ("Compression and theoretical speed-up, both", conduct.sizes_item),
    ("Top-1 and top-5 where there are many classes", conduct.top5_item),
    ("The unpruned network as a control", scope.dense_item),
    ("Curves beside those of other methods", scope.rivals_item),
    ("At least five sizes, such as 2×, 4×, 8×, 16× and 32×", scope.points_item),
    ("A size at which accuracy clearly falls, on every curve", scope.extreme_item),
    ("Mean and sample standard deviation of several runs", conduct.seeds_item),
    ("Error bars, and what they mean", conduct.bars_item),
    ("Several initialisations", conduct.initialisations_item),
    ("The same library, data loading and training code for all", conduct.same_code_item),
    ("The same starting weights for all", conduct.same_weights_item),
    ("Random pruning as a control", scope.global_item(RANDOM)),
    ("Random pruning with the method's own layer proportions", scope.profile_item(RANDOM)),
    ("Magnitude pruning as a control", scope.global_item(MAGNITUDE)),
    ("Magnitude pruning with the method's own layer proportions", scope.profile_item(MAGNITUDE)),
    ("A historical method, from before 2010", scope.historical_item),
    ("Raw accuracies at every point, not changes alone", conduct.raw_item),
    ("Multiply-adds where efficiency is claimed", conduct.macs_item),
    ("Where the numbers of the methods compared come from", conduct.source_item),
    ("Hyper-parameters, library and hardware", conduct.settings_item),
    ("The code", conduct.code_item),
)
"""What is asked for, in our words, and how it is decided."""
