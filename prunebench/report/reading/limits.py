"""What a run does not show, written from what it ran."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from prunebench.core.digest import Json
from prunebench.report.asked import PAPER_TIER, parts
from prunebench.report.grid import Grid, grids, is_dense
from prunebench.report.papers.stand import stands
from prunebench.report.prose import counted, is_or_are, listing, shortlist
from prunebench.report.spread import mean
from prunebench.report.tables.methods import inner
from prunebench.report.tables.timings import is_timed, reasons
from prunebench.report.wording import plain, printable
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

USUAL = (2, 4, 8, 16, 32)
"""Compressions that Blalock et al. 2020 suggest for every curve."""

SLACK = 1.1
"""A compression counts as reached up to this factor."""


FOLDER = "imagefolder"
"""The data set whose images are whatever files lie in a folder."""


def limits(record: RunRecord, rows: Sequence[Measurement]) -> tuple[str, ...]:
    """Say what a run's numbers do not show: one sentence or two for each kind of limit.

    Parameters
    ----------
    record, rows
        The run and all its trials; without rows there is nothing to limit.
    """
    arranged = grids(rows, record.experiment)
    if not arranged:
        return ()
    pruned = [row for row in rows if not is_dense(row)]
    found = (
        tier_limit(record.experiment),
        stand_in_limit(record.experiment),
        problem_limit(arranged),
        copy_limit(rows, record.experiment),
        size_limit(pruned),
        seed_limit(rows),
        variation_limit(rows, record.experiment),
        selection_limit(rows),
        tuning_limit(pruned, record.experiment),
        speed_limit(pruned),
        hardware_limit(record, rows),
    )
    return tuple(printable(sentence) for sentence in found if sentence)


def tier_limit(experiment: Mapping[str, Json]) -> str:
    """Say that the setting is smaller than the paper's."""
    tier = experiment.get("tier")
    if not tier or tier == PAPER_TIER:
        return ""
    about = f"the tier {tier} of {experiment.get('benchmark') or 'a benchmark'}"
    source = experiment.get("source")
    like = f" of {source}" if source else ""
    return (
        f"This is {about}, which is smaller than the setting{like}: it can point the same way as "
        f"the publication, and it can neither confirm nor refute it."
    )


def stand_in_limit(experiment: Mapping[str, Json]) -> str:
    """Say which data set and model stand for which of a publication's; its own stand for none."""
    if experiment.get("tier") == PAPER_TIER:
        return ""
    found = {
        f"{' / '.join(own.models) or 'the usual model'} on {' / '.join(own.datasets)} stands for "
        f"{own.model} on {own.dataset}": None
        for own in stands(experiment)
    }
    return f"In the published tables {shortlist(list(found))}." if found else ""


def problem_limit(arranged: Sequence[Grid]) -> str:
    """Name the data sets and models, which are all that the numbers speak of."""
    pairs = list(dict.fromkeys((grid.dataset, grid.model) for grid in arranged))
    named = shortlist([f"{model} on {dataset}" for dataset, model in pairs])
    known = counted(len(pairs), "pair of data set and model", "pairs of data set and model")
    return (
        f"Everything was measured on {known} ({named}); what holds on another one is not known "
        f"from this run."
    )


def copy_limit(rows: Iterable[Measurement], experiment: Mapping[str, Json]) -> str:
    """Say that images from a folder are not the data set that they were copied from."""
    labels = {row.dataset for row in rows if is_folder(row.dataset)}
    if not labels:
        return ""
    originals = sorted(
        {own.dataset for own in stands(experiment) if any(map(is_folder, own.datasets))}
    )
    of = f" of {listing(originals)}" if originals else ""
    lossy = any("jpeg" in label.lower() or "jpg" in label.lower() for label in labels)
    kind = "a lossy JPEG copy" if lossy else "read from image files, which may be lossy copies"
    return (
        f"{listing(sorted(labels))} {is_or_are(len(labels))} {kind}, so accuracies are not "
        f"comparable with published ones{of}."
    )


def is_folder(dataset: str) -> bool:
    """Say whether a data set is whatever files lie in a folder."""
    return dataset.partition("[")[0] == FOLDER


def size_limit(pruned: Sequence[Measurement]) -> str:
    """Say which sizes were tried, and which of the usual ones lie outside."""
    kept = sorted({row.density for row in pruned if row.density})
    if not kept:
        return "No pruned network was measured, so nothing is known of any size."
    tested = sorted(
        {row.target for row in pruned if not row.control_of},
        key=lambda target: -number(target),
    )
    outside = [
        f"{usual}×" for usual in USUAL if not 1 / (kept[-1] * SLACK) <= usual <= SLACK / kept[0]
    ]
    beyond = f"; of the usual compressions {listing(outside)} lie outside" if outside else ""
    ends = dict.fromkeys(f"{plain(100 * share, 3)} %" for share in (kept[-1], kept[0]))
    return (
        f"Sizes tried: {shortlist(tested, 10)}, which kept {' to '.join(ends)} of the prunable "
        f"weights{beyond}. Nothing is said of other sizes."
    )


def number(target: str) -> float:
    """Read a target as a kept fraction, whatever it counts; a plan's name counts as 0.

    >>> number("0.2"), number("0.5 of units"), number("vgg16-a")
    (0.2, 0.5, 0.0)
    """
    try:
        return float(target.partition(" of ")[0])
    except ValueError:
        return 0.0


def seed_limit(rows: Iterable[Measurement]) -> str:
    """Say how many seeds there are and what they allow."""
    seeds = sorted({row.seed for row in rows})
    if len(seeds) == 1:
        return (
            "There is one seed, so no deviation, no interval and no test: any difference here may "
            "be chance."
        )
    named = shortlist([str(seed) for seed in seeds], 12)
    few = "" if len(seeds) >= 5 else ", fewer than the 5 that a published table should stand on"
    return f"There are {len(seeds)} seeds ({named}){few}; intervals speak of these settings alone."


def variation_limit(rows: Iterable[Measurement], experiment: Mapping[str, Json]) -> str:
    """Say what a seed decides, which is all that a deviation can be made of."""
    training = [told for row in rows if (told := inner(row.settings, "training"))]
    given = any(part.get("weights") for part in parts(experiment))
    drawn = [] if given else ["the initial weights"]
    drawn += ["the order of the images"]
    if any(told.get("augmentation") not in (None, "none") for told in training):
        drawn += ["the augmentation"]
    split = any(holds_out(told.get("validation")) for told in training)
    drawn += ["the validation images"] if split else []
    drawn += ["what methods and protocols draw at random"]
    fixed = ["the test images", *([] if split else ["the training images"])]
    fixed = ["the dense weights", *fixed] if given else fixed
    return (
        f"A seed decides {listing(drawn)}; {listing(fixed)} are the same for all, so a deviation "
        f"says nothing of what other ones would change."
    )


def holds_out(validation: Json) -> bool:
    """Say whether validation images are drawn by seed out of the training images."""
    return isinstance(validation, int) and validation > 0


def selection_limit(rows: Iterable[Measurement]) -> str:
    """Say what chose the step that accuracies stand for, and that the test set did not."""
    training = [told for row in rows if (told := inner(row.settings, "training"))]
    used = {(str(told.get("validation", 0)), str(told.get("selection"))) for told in training}
    ways = sorted(way for held, way in used if held != "0")
    last = "Accuracies are those of the last step"
    if not ways:
        return f"{last}; no validation images were held out, so nothing was selected on any data."
    which = {"loss": "the smallest validation loss", "accuracy": "the best validation accuracy"}
    held = sorted({told for told, _ in used if told != "0"})
    images = {"fixed": "the data set's own validation images"}
    on = listing(
        images.get(told, f"{grouped_digits(told)} images held out of the training data")
        for told in held
    )
    rule = listing(which.get(way, way) for way in dict.fromkeys(ways))
    return (
        f"{last}, unless a table says selected: then it is the step with {rule} on {on}. No test "
        f"image chose anything."
    )


def grouped_digits(number: str) -> str:
    """Set off thousands in a whole number.

    >>> grouped_digits("5000"), grouped_digits("fixed")
    ('5,000', 'fixed')
    """
    return f"{int(number):,}" if number.isdecimal() else number


def tuning_limit(pruned: Sequence[Measurement], experiment: Mapping[str, Json]) -> str:
    """Say what was tuned; everything else has the value that the recipe or the default gives."""
    tuned = sorted({f"{row.method}'s {row.tuned_setting}" for row in pruned if row.tuned_setting})
    swept = any(part.get("finetune_lrs") for part in parts(experiment))
    tuned += ["the rate of the fine-tuning, by validation and equally for all"] if swept else []
    rest = "no other setting was" if tuned else "No setting was"
    found = f"Searched for in this run: {listing(tuned)}; " if tuned else ""
    return (
        f"{found}{rest} searched for, whatever the method, the data set and the size, so a method "
        f"may do better than it does here."
    )


def speed_limit(pruned: Sequence[Measurement]) -> str:
    """Say for how many networks a speed-up is only counted."""
    known = [row for row in pruned if row.realised is not None and not row.control_of]
    if not known:
        return ""
    masked = [row for row in known if not row.realised]
    sparse = sum(map(is_timed, masked))
    timed = any(map(is_timed, known))
    if not masked and timed:
        return ""
    share = f"{len(masked):,} of {counted(len(known), 'pruned network')}"
    real = f" with dense kernels (timed without their zeros, too: {sparse:,})"
    clock = "" if timed else " No latency was measured."
    why = "; ".join(reasons(masked))
    return (
        f"Speed-ups are counted in multiply-adds; {share} {is_or_are(len(masked))} masked only, "
        f"which saves nothing when they run{real if sparse else ''}.{clock}"
        + (f" Masks that were not timed: {why}." if why else "")
    )


def hardware_limit(record: RunRecord, rows: Sequence[Measurement]) -> str:
    """Name the machine whose times these are."""
    facts = record.environment
    libraries = inner(facts, "libraries")
    where = [
        str(
            facts.get("gpu") or facts.get("processor") or "a machine that the record does not name"
        ),
        *([f"device {facts['device']}"] if facts.get("device") else []),
        *([f"torch {libraries['torch']}"] if libraries.get("torch") else []),
    ]
    seconds = mean(rows, attrgetter("seconds"))
    times = "Times are this machine's" if seconds is not None else "Nothing was timed"
    elsewhere = len({row.environment for row in rows} - {"", facts.get("id")})
    also = (
        f", and {counted(elsewhere, 'other environment')} measured some rows" if elsewhere else ""
    )
    return (
        f"Run on {', '.join(where)}{also}. {times}; another device or version can change the last "
        f"digits of an accuracy."
    )
