"""Sizes: kept weights add up, and every ratio is one of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from prunebench.bundle.checks.links import MEASURED
from prunebench.bundle.checks.shape import is_dense
from prunebench.bundle.document import Bundle, LayerCount
from prunebench.bundle.finding import MEND, Finding, of_row, shown, unless_equal
from prunebench.bundle.names import LAYERS
from prunebench.results.measurement import Measurement

WHOLE = ("params_dense", "params_kept", "macs_dense", "macs_physical", "macs_sparse")
COUNTS = (*WHOLE, "prunable_dense", "prunable_kept", "shortfall")


@dataclass(frozen=True)
class Sizes:
    """The sizes of a pruned row, none of them absent."""

    params_dense: int
    params_kept: int
    macs_dense: int
    macs_physical: int
    macs_sparse: int
    prunable_dense: int
    prunable_kept: int
    shortfall: int


def check_sizes(bundle: Bundle) -> Iterator[Finding]:
    """Find sizes, densities and ratios that contradict each other."""
    trials = {entry.row.trial for entry in bundle.entries if not is_dense(entry.row)}
    for trial in sorted(bundle.layers.keys() - trials):
        msg = f"there are layers of a trial that is no pruned row; {MEND}."
        yield Finding(LAYERS, "trial", "there", "nothing", msg, trial)
    for entry in bundle.entries:
        if entry.row.status not in MEASURED:
            continue
        names = (*WHOLE, "shortfall") if is_dense(entry.row) else COUNTS
        absent = [name for name in names if not is_count(getattr(entry.row, name))]
        if absent:
            message = f"{absent[0]} must be a number from 0 in a row that was measured"
            yield of_row(entry.row, absent[0], message, found=getattr(entry.row, absent[0]))
        elif is_dense(entry.row):
            yield from check_dense(entry.row)
        else:
            sizes = Sizes(**{name: getattr(entry.row, name) for name in COUNTS})
            yield from check_pruned(entry.row, sizes)
            yield from check_drift(entry.row, sizes)
            yield from check_layers(entry.row, bundle.layers.get(entry.row.trial, ()), sizes)


def check_dense(row: Measurement) -> Iterator[Finding]:
    """Find anything that a dense row does not keep."""
    yield from unless_equal(row, "params_kept", row.params_dense, "a dense network keeps")
    for name in ("macs_physical", "macs_sparse"):
        yield from unless_equal(row, name, row.macs_dense, "a dense network keeps")
    for name in ("density", "compression_ratio", "theoretical_speedup", "density_after_pruning"):
        yield from unless_equal(row, name, 1.0, "a dense network has")
    for name in ("density_after_training", "density_evaluated"):
        if getattr(row, name) is not None:
            yield from unless_equal(row, name, 1.0, "a dense network has")
    yield from unless_equal(row, "shortfall", 0, "a dense network has")
    if row.realised is not True:
        yield of_row(row, "realised", "realised must be true for a dense network")


def check_pruned(row: Measurement, sizes: Sizes) -> Iterator[Finding]:
    """Compare a pruned row's sizes and ratios with each other."""
    kept = ratio(sizes.params_dense, sizes.params_kept)
    speedup = ratio(sizes.macs_dense, sizes.macs_sparse)
    yield from unless_equal(row, "compression_ratio", kept, "params_dense / params_kept gives")
    yield from unless_equal(row, "theoretical_speedup", speedup, "macs_dense / macs_sparse gives")
    is_cut = row.granularity == "channel"
    physical = sizes.macs_sparse if is_cut else sizes.macs_dense
    yield from unless_equal(row, "realised", is_cut, f"for {row.granularity!a} it must be")
    yield from unless_equal(row, "macs_physical", physical, "for what ran it must be")
    if not sizes.macs_sparse <= sizes.macs_physical <= sizes.macs_dense:
        message = "macs_sparse <= macs_physical <= macs_dense must hold"
        yield of_row(row, "macs_sparse", message, found=sizes.macs_sparse)
    lost = sizes.params_dense - sizes.params_kept
    pruned = sizes.prunable_dense - sizes.prunable_kept
    if not (0 <= pruned <= lost and (is_cut or lost == pruned)):
        rule = "at least " if is_cut else ""
        message = f"params_kept is {shown(sizes.params_kept)}, but with {pruned} weights pruned it "
        message += f"must lack {rule}as many of {sizes.params_dense}"
        yield of_row(row, "params_kept", message, found=lost, expected=pruned)


def check_drift(row: Measurement, sizes: Sizes) -> Iterator[Finding]:
    """Compare the kept fraction after pruning, after training and when tested: masks must hold."""
    kept = ratio(sizes.prunable_kept, sizes.prunable_dense)
    source = "prunable_kept / prunable_dense gives"
    for name in ("density", "density_after_pruning"):
        yield from unless_equal(row, name, kept, source)
    for name in ("density_after_training", "density_evaluated"):
        may_lack = row.status != "ok" or (name != "density_evaluated" and not row.steps)
        if not (may_lack and getattr(row, name) is None):
            yield from unless_equal(row, name, kept, source)


def check_layers(
    row: Measurement, layers: tuple[LayerCount, ...], sizes: Sizes
) -> Iterator[Finding]:
    """Compare the layers of a row with its totals and its layers' densities."""
    for field in ("size", "kept"):
        name = "prunable_dense" if field == "size" else "prunable_kept"
        total = sum(getattr(layer, field) for layer in layers)
        if total != getattr(sizes, name):
            told = getattr(sizes, name)
            msg = f"the layers' {field} add up to {total}, but {name} is {told}; {MEND}."
            yield Finding(LAYERS, field, str(total), str(told), msg, row.trial)
    names = [layer.layer for layer in layers]
    wrong = [layer for layer in layers if layer.kept > layer.size or layer.size == 0]
    if wrong or len(set(names)) < len(names):
        what = wrong[0].layer if wrong else "a layer that stands there twice"
        msg = f"{what} keeps more than it has, or has nothing; {MEND}."
        yield Finding(LAYERS, "kept", what, "kept <= size", msg, row.trial)
        return
    expected = {layer.layer: layer.kept / layer.size for layer in layers}
    yield from unless_equal(row, "layer_densities", expected, "the layers' counts give")


def is_count(value: int | None) -> bool:
    """Say whether there is a number, and it is none below 0."""
    return value is not None and value >= 0


def ratio(top: int, bottom: int) -> float | None:
    """Divide; None where nothing is left."""
    return top / bottom if bottom else None
