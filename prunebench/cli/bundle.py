"""``prunebench bundle``: a run as an archive to submit, and whether one can be believed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import DEFAULT_STORE, FOLDER, PLACE_OPTIONS, data_folder
from prunebench.cli.group import HelpfulGroup
from prunebench.cli.invocation import Invocation, pass_invocation, talk_to_stderr
from prunebench.cli.text import one_line, print_table, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prunebench.bundle.check import Checked
    from prunebench.bundle.document import Bundle
    from prunebench.results.measurement import Measurement
    from prunebench.run.bundling import Source, Submission
    from prunebench.suite.coverage import Coverage

_, data_option, _ = PLACE_OPTIONS

REFUSED = 2
UNSIGNED = "authors, year, title"
"""How the paper begins in the templates of ``plugin new``."""

TOLD = 20
"""Missing cells, or notes, that are told one by one."""


@click.group(
    name="bundle", cls=HelpfulGroup, epilog="Example: prunebench bundle pack --suite tiny@1.0"
)
def bundle() -> None:
    """Pack a run to submit it to a leaderboard, and check such bundles."""


@bundle.command(epilog="Example: prunebench bundle pack --suite tiny@1.0 --methods magnitude")
@click.argument("run", required=False, type=FOLDER)
@click.option("--suite", metavar="NAME@X.Y", help="The suite; by default the one that was run.")
@click.option("--methods", multiple=True, metavar="NAME,...", help="Pack only these methods.")
@click.option(
    "--store",
    type=FOLDER,
    envvar="PRUNEBENCH_STORE",
    help="Where the run's stages lie; by default the store that RUN lies in, else "
    f"{DEFAULT_STORE}. [env: PRUNEBENCH_STORE]",
)
@data_option
@click.option("--out", type=FOLDER, default=".", help="Folder of the bundle; this one by default.")
@click.option("--by", default="", metavar="NAME", help="Who submits.")
@click.option("--url", default="", metavar="URL", help="A page about who submits.")
@click.option("--title", default="", help="One line; by default the experiment's.")
@click.option("--weights", is_flag=True, help="Pack the networks too; see run --keep-weights.")
@click.option(
    "--allow-incomplete", is_flag=True, help="Pack although cells of the suite are missing."
)
@pass_invocation
def pack(
    invocation: Invocation, /, run: Path | None, *, allow_incomplete: bool, **given: Any
) -> None:
    """Pack a run's rows with the evidence for them: RUN is its folder, by default the latest."""
    from prunebench.results.folder import latest_run
    from prunebench.run.bundling import make_bundle, read_source
    from prunebench.run.run import Places, make_folder

    store = given["store"] or (run and store_around(run)) or Path(DEFAULT_STORE)
    source = read_source(run or latest_run(store))
    asked = submission(source, given)
    refuse_holes(source.rows, asked, allow_incomplete=allow_incomplete)
    places = Places(store, data_folder(given["data_dir"]))
    folder = make_folder(given["out"])
    with talk_to_stderr():
        checked = written(make_bundle(invocation.registry(), places, source, asked), folder)
    tell_packed(checked)


def store_around(run: Path) -> Path | None:
    """Find the store in whose ``runs`` a folder lies."""
    rooms = run.resolve().parent
    found = rooms.parent
    return found if rooms.name == "runs" and (found / "objects").is_dir() else None


def submission(source: Source, given: dict[str, Any]) -> Submission:
    """Read what is to be packed, and by whom.

    Raises
    ------
    UsageError
        If an address comes without a name.
    """
    from prunebench.bundle.document import Submitter
    from prunebench.experiment.choice import split_outside
    from prunebench.run.bundling import Submission
    from prunebench.suite.file import find_suite, suite_names

    if given["url"] and not given["by"]:
        msg = "--url is the page of who submits; say who with --by."
        raise click.UsageError(msg)
    ran = source.record.experiment.get("benchmark")
    suite = given["suite"] or (ran if ran in suite_names() else "")
    return Submission(
        methods=tuple(part for text in given["methods"] for part in split_outside(text)),
        suite=find_suite(suite).label if suite else "",
        submitter=Submitter(given["by"], given["url"]),
        title=given["title"],
        weights=given["weights"],
    )


def refuse_holes(rows: Sequence[Measurement], asked: Submission, *, allow_incomplete: bool) -> None:
    """Say which cells of the suite the methods lack, and refuse them unless they are allowed.

    Raises
    ------
    SpecError
        With their number.
    """
    from prunebench.errors import SpecError
    from prunebench.run.bundling import chosen_rows
    from prunebench.suite.coverage import coverage
    from prunebench.suite.file import find_suite

    if not asked.suite:
        return
    suite, kept = find_suite(asked.suite), chosen_rows(rows, asked.methods)
    methods = sorted({r.method for r in kept if r.method_id != "dense" and not r.control_of})
    holes = [coverage(suite, kept, method) for method in methods]
    lines = missing_lines(holes, suite.cells)
    for line in lines[:TOLD]:
        click.echo(one_line(f"missing: {line}"), err=True)
    if len(lines) > TOLD:
        click.echo(f"... and {len(lines) - TOLD} more.", err=True)
    missing, expected = sum(len(h.missing) for h in holes), sum(h.expected for h in holes)
    if missing and not allow_incomplete:
        msg = (
            f"{missing} of the {expected} trials that {suite.label} asks for are missing; "
            f"run them, or pack with --allow-incomplete: such a method is shown and not ranked."
        )
        raise SpecError(msg)


def missing_lines(holes: Sequence[Coverage], cells: int) -> list[str]:
    """List what methods lack of a suite; cells are one line where all lack the same seeds."""
    return [line for hole in holes for line in lines_of(hole, cells)]


def lines_of(hole: Coverage, cells: int) -> list[str]:
    """List what one method lacks."""
    seeds: dict[str, list[str]] = {}
    for cell in hole.missing:
        where = f"{cell.model} on {cell.dataset}, {cell.protocol}, {cell.density:g}"
        seeds.setdefault(where, []).append(str(cell.seed))
    lacked = {tuple(numbers) for numbers in seeds.values()}
    if len(seeds) == cells > 1 and len(lacked) == 1:
        seeds = {f"each of the {cells} cells": [*lacked.pop()]}
    told = {where: f"seed{'s' * (len(n) > 1)} {', '.join(n)}" for where, n in seeds.items()}
    return [f"{hole.method}: {where}, {numbers}" for where, numbers in told.items()]


def written(packed: Bundle, folder: Path) -> Checked:
    """Write a bundle, and leave it only if it passes every check.

    Raises
    ------
    BundleError
        If it does not pass.
    """
    from prunebench.bundle.archive import write_bundle
    from prunebench.bundle.check import check_bundle
    from prunebench.bundle.finding import BundleError

    with TemporaryDirectory(prefix=".pack-", dir=folder) as aside:
        path = write_bundle(packed, Path(aside))
        del packed  # predictions of a large run fill the memory once, not twice
        checked = check_bundle(path)
        if checked.findings:
            raise BundleError(checked.findings)
        return replace(checked, path=path.replace(folder / path.name))


def tell_packed(checked: Checked) -> None:
    """Say what was written, and how to go on."""
    from prunebench.run.memory import spelled

    assert checked.bundle is not None  # it has been accepted
    path, suite = checked.path, checked.bundle.manifest.suite
    rows = [
        ["address", checked.address],
        ["suite", suite or "none"],
        ["trials", str(len(checked.bundle.entries))],
        ["size", spelled(path.stat().st_size)],
    ]
    print_notes(checked)
    for line in unsigned(checked.bundle.manifest.papers):
        click.echo(one_line(line), err=True)
    click.echo(f"{path}")
    print_table(("what", "value"), rows)
    board = (
        f"; 'prunebench leaderboard build {path} --suite {suite} --out site' shows it"
        if suite
        else ""
    )
    click.echo(f"\nNext: 'prunebench bundle check {path}', as anybody can{board}.", err=True)


def unsigned(papers: Mapping[str, str]) -> list[str]:
    """Say whose paper is still what a new project's template says."""
    return [
        f"note: {name} cites {paper!r}, which is the template's text; name your source there."
        for name, paper in sorted(papers.items())
        if paper.startswith(UNSIGNED)
    ]


@bundle.command(epilog="Example: prunebench bundle check bundles/*.zip")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check bundles: digests, scores from predictions, ids, arithmetic; exit code 2 if refused."""
    from prunebench.bundle.check import check_bundle

    refused = 0
    facts = []
    for path in files:  # one at a time: a bundle may be large
        checked = check_bundle(path)
        refused += bool(checked.findings)
        facts.append(check_facts(checked))
        if not as_json:
            print_checked(checked)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    if refused:
        raise click.exceptions.Exit(REFUSED)


def check_facts(checked: Checked) -> dict[str, Any]:
    """Give what was found in a bundle as JSON."""
    found = checked.bundle
    return {
        "file": str(checked.path),
        "address": checked.address,
        "accepted": not checked.findings,
        "trials": None if found is None else len(found.entries),
        "findings": [asdict(finding) for finding in checked.findings],
        "more_findings": checked.more,
        "notes": [asdict(note) for note in checked.notes],
    }


def print_checked(checked: Checked) -> None:
    """Print what was found in a bundle, and the verdict."""
    if checked.findings:
        print_findings(checked)
    print_notes(checked)
    name = printable(str(checked.path))
    if checked.findings:
        count = len(checked.findings) + checked.more
        click.echo(f"{name}: refused, {count} finding{'s' if count > 1 else ''}")
        return
    assert checked.bundle is not None  # what cannot be read has findings
    count = len(checked.bundle.entries)
    counted = f"{count} trial{'s' * (count != 1)}"
    click.echo(f"{name}: accepted, {counted}, every score recomputed; address {checked.address}")


def print_findings(checked: Checked) -> None:
    """Print a table of findings, and below it a sentence for each."""
    headers = ("file", "trial", "field", "found", "recomputed")
    told = checked.findings
    print_table(headers, [[f.file, f.trial[:12], f.field, f.found, f.expected] for f in told])
    click.echo()
    for finding in told:
        click.echo(one_line(str(finding)))
    if checked.more:
        click.echo(f"... and {checked.more} more.")


def print_notes(checked: Checked) -> None:
    """Print what is worth knowing of a bundle, once for all trials of which it is true."""
    trials: dict[str, list[str]] = {}
    for note in checked.notes:
        trials.setdefault(note.message, []).append(note.trial)
    for message, those in list(trials.items())[:TOLD]:
        where = f"trial {those[0]}: " if those[0] else ""
        more = f" (and {len(those) - 1} more trials)" if len(those) > 1 else ""
        click.echo(one_line(f"note: {where}{message}{more}"), err=True)
    if len(trials) > TOLD:
        click.echo(f"... and {len(trials) - TOLD} more notes.", err=True)
