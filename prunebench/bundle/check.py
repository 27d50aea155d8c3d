"""Check a bundle without torch, from its bytes alone: the same file gives the same verdict."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from prunebench.bundle.checks.copies import check_copies, copy_notes
from prunebench.bundle.checks.division import check_suite, suite_notes
from prunebench.bundle.checks.identity import check_identity, check_shapes
from prunebench.bundle.checks.ledger import check_ledger
from prunebench.bundle.checks.links import check_links
from prunebench.bundle.checks.plausible import check_plausible, plausible_notes
from prunebench.bundle.checks.provenance import check_provenance
from prunebench.bundle.checks.scores import check_scores
from prunebench.bundle.checks.sizes import check_sizes
from prunebench.bundle.checks.training import check_training
from prunebench.bundle.document import Bundle
from prunebench.bundle.finding import MEND, BundleError, Finding, Note, shown
from prunebench.bundle.forms.decoding import Decoding
from prunebench.bundle.forms.weights import weights_digest
from prunebench.bundle.limits import Limits
from prunebench.bundle.names import SUMS
from prunebench.bundle.packing.members import read_members
from prunebench.bundle.packing.sums import address, check_sums, file_name

TOLD = 20
"""So many findings are told; the others are counted."""

CHECKS: Sequence[Callable[[Bundle], Iterator[Finding]]] = (
    check_provenance,
    check_identity,
    check_links,
    check_scores,
    check_sizes,
    check_ledger,
    check_training,
    check_plausible,
    check_copies,
    check_suite,
)
"""What numbers must fulfil, each by itself."""

NOTES: Sequence[Callable[[Bundle], Iterator[Note]]] = (suite_notes, plausible_notes, copy_notes)


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Parameters
    ----------
    path
        The file.
    address
        The bundle's address; empty where it has none.
    bundle
        What could be read; None where that is not enough.
    findings
        What stands against it, at most `TOLD`; none means accepted.
    notes
        What does not stand against it, but is worth knowing.
    more
        Number of findings beyond those that are told.
    """

    path: Path
    address: str
    bundle: Bundle | None
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    more: int = 0

    @property
    def is_accepted(self) -> bool:
        """Whether nothing stands against it."""
        return not self.findings


def check_bundle(path: Path, limits: Limits | None = None) -> Checked:
    """Check everything about a bundle that its bytes can tell.

    Parameters
    ----------
    path
        The archive.
    limits
        How much of it is read at most.

    Returns
    -------
    Checked
        Whatever the file is: damage is a finding, not an error.
    """
    bounds = limits or Limits()
    try:
        contents = read_members(path, bounds)
    except BundleError as error:
        return gathered(path, "", None, error.findings)
    decoding = Decoding(contents, bounds)
    bundle = decoding.bundle()
    found = [*decoding.findings, *check_sums(contents)]
    where = address(contents) if SUMS in contents else ""
    if bundle is None:
        return gathered(path, where, None, found)
    checks = [*check_file_name(path, bundle, where), *check_weights(bundle), *all_checks(bundle)]
    return gathered(path, where, bundle, [*found, *checks])


def gathered(path: Path, where: str, bundle: Bundle | None, found: Iterable[Finding]) -> Checked:
    """Keep the first findings and count the others; notes are made of what has none."""
    findings = iter(found)
    told = tuple(islice(findings, TOLD))
    more = sum(1 for _ in findings)
    notes = () if bundle is None or told else tuple(n for note in NOTES for n in note(bundle))
    return Checked(path, where, bundle, told, notes, more)


def all_checks(bundle: Bundle) -> Iterator[Finding]:
    """Run the checks on all rows whose coordinates have the shape that checks rely on."""
    misfits = list(check_shapes(bundle))
    yield from misfits
    trials = {finding.trial for finding in misfits}
    sound = tuple(entry for entry in bundle.entries if entry.row.trial not in trials)
    if not bundle.entries:
        msg = f"there is no row in it; {MEND}."
        yield Finding("trials.jsonl", "rows", "none", "at least one", msg)
    for check in CHECKS:
        yield from check(replace(bundle, entries=sound))


def check_file_name(path: Path, bundle: Bundle, where: str) -> Iterator[Finding]:
    """Find a file whose name is not that of its content."""
    expected = file_name(bundle.manifest.suite, where)
    if path.name != expected:
        msg = f"the file is called {shown(path.name)}, and its content is that of {expected}; "
        yield Finding(path.name, "name", path.name, expected, f"{msg}give it that name.")


def check_weights(bundle: Bundle) -> Iterator[Finding]:
    """Find weights that are damaged, of no row, absent, or not those that the row was tested on."""
    digests = {entry.row.trial: entry.row.weights_digest for entry in bundle.entries}
    for trial, data in sorted(bundle.weights.items()):
        file = f"weights/{trial}.safetensors"
        expected = digests.get(trial, "nothing")
        try:
            found = weights_digest(data)
        except ValueError as error:
            msg = f"{error}; {MEND}."
            yield Finding(file, "content", "unreadable", "tensors", msg, trial)
            continue
        if found != expected:
            msg = f"its tensors' digest is {found}, and weights_digest {shown(expected)}; {MEND}."
            yield Finding(file, "weights_digest", found, shown(expected), msg, trial)
