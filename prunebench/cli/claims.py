"""``prunebench claims``: verdicts on the papers' claims; no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.reading import PATH, store_option
from prunebench.cli.text import one_line, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prunebench.claims.file import ClaimsFile
    from prunebench.claims.finding import Finding, Judgement
    from prunebench.claims.source import Source

TESTS = ("Test", "Comparison", "Result", "x - y", "95 % interval", "p", "Holm", "n")


@click.command(epilog="Example: prunebench claims --claims C9,C10")
@click.argument("runs", metavar="[RUN]...", nargs=-1, type=PATH)
@store_option
@click.option(
    "--tier", metavar="smoke|t1|t2", help="At which tier to decide; by default the run's own."
)
@click.option("--claims", "asked", metavar="C1,C9,...", help="Only these claims.")
@click.option(
    "--claims-file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Claims to decide; by default those stored with the run, else the shipped ones.",
)
@click.option("--published", is_flag=True, help="Decide them on numbers that papers print.")
@click.option(
    "--cells", is_flag=True, help="Show the cells behind the tests, as for the claims of --claims."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def claims(runs: tuple[Path, ...], store: Path, *, published: bool, **given: Any) -> None:
    """Hold runs, or printed numbers, against the claims of the papers."""
    from prunebench.results.folder import latest_run

    if published and (runs or given["tier"]):
        msg = "--published needs neither runs nor a tier; leave them out."
        raise click.UsageError(msg)
    ids = tuple(part.strip() for part in (given["asked"] or "").split(",") if part.strip())
    if given["asked"] is not None and not ids:
        msg = f"--claims {given['asked']!r} names no claim; leave it out for all of them."
        raise click.UsageError(msg)
    if published:
        judged = on_paper(given["file"], ids)
    else:
        judged = on_runs(runs or (latest_run(store),), given["tier"], given["file"], ids)
    if given["as_json"]:
        print_json(judged)
    else:
        print_judgements(judged, cells=given["cells"] or bool(ids))


def on_paper(file: Path | None, ids: tuple[str, ...]) -> list[tuple[Judgement, str]]:
    """Decide claims on printed numbers, for which nothing was declared."""
    from prunebench.claims.file import read_claims
    from prunebench.claims.printed import read_printed
    from prunebench.claims.published import judge_published

    chosen, rows = read_claims(file).chosen(ids), read_printed()
    return [(judge_published(claim, rows), "") for claim in chosen]


def on_runs(
    folders: Sequence[Path], tier: str | None, file: Path | None, ids: tuple[str, ...]
) -> list[tuple[Judgement, str]]:
    """Decide claims on runs, and say when each was declared.

    Without ids those are decided whose cells the runs deliver.
    """
    from prunebench.claims.source import (
        Source,
        common_tier,
        decidable,
        declared,
        is_idle,
        judge_runs,
    )
    from prunebench.results.folder import read_record
    from prunebench.results.frame import load_rows

    sources = [Source(read_record(folder), load_rows(folder)) for folder in folders]
    common = common_tier(sources, tier)
    known = claims_file(folders, sources, file)
    chosen = known.chosen(ids) if ids else decidable(known.claims, common, sources)
    judgements = judge_runs(chosen, common, sources)
    if not ids:
        judgements = [judgement for judgement in judgements if not is_idle(judgement)]
    if not judgements:
        click.echo("prunebench: these runs deliver the cells of no claim.", err=True)
    return [(one, declared(one.claim, one.entry, sources)) for one in judgements]


def claims_file(
    folders: Sequence[Path], sources: Sequence[Source], file: Path | None
) -> ClaimsFile:
    """Choose the claims: those asked for, or a run's own copy if it is what the run stored."""
    from prunebench.claims.file import read_claims
    from prunebench.results.folder import CLAIMS

    if file is not None:
        return read_claims(file)
    for folder, source in zip(folders, sources, strict=True):
        copy, stored = folder / CLAIMS, source.record.claims.get("file")
        found = read_claims(copy) if copy.is_file() else None
        if found and found.sha256 == stored:
            return found
        if found or stored:
            what = "is not the file that the run stored" if found else "is gone"
            more = f"; --claims-file {copy} takes it as it is" if found else ""
            click.echo(
                f"prunebench: warning: {copy} {what}; the shipped claims are used{more}.", err=True
            )
    return read_claims()


def print_json(judged: Sequence[tuple[Judgement, str]]) -> None:
    """Print judgements for machines."""
    from prunebench.claims.document import to_document

    documents = [to_document(judgement, declared) for judgement, declared in judged]
    click.echo(json.dumps(documents, indent=2, ensure_ascii=False, allow_nan=False))


def print_judgements(judged: Sequence[tuple[Judgement, str]], *, cells: bool) -> None:
    """Print all verdicts, then every claim with its tests, then how these were made."""
    from prunebench.report.tables.claim_cells import kinds_text

    if judged:
        headers = ("Claim", "Verdict", "Statement")
        print_table(headers, [(one.claim.id, one.verdict, one.claim.title) for one, _ in judged])
    for judgement, declared in judged:
        print_claim(judgement, declared, cells=cells)
    kinds = kinds_text(finding for judgement, _ in judged for finding in judgement.findings)
    if kinds:
        click.echo(f"\np: {kinds}. Holm counts the superiority tests that decide one claim.")


def print_claim(judgement: Judgement, declared: str, *, cells: bool) -> None:
    """Print one claim: a line per test, what must be said, and the cells where they are wanted."""
    claim = judgement.claim
    click.echo(f"\n{one_line(claim.id)}  {judgement.verdict}  {one_line(claim.title)}")
    for text in (claim.papers, expectation(judgement), claim.about, *judgement.remarks, declared):
        if text:
            click.echo(f"  {one_line(text)}")
    if judgement.findings:
        print_tests(judgement)
    if cells:
        for place, finding in enumerate(judgement.findings, start=1):
            print_cells(f"{claim.id}.{place}", finding)


def print_tests(judgement: Judgement) -> None:
    """Print one line per test, and below what must be said with some of them."""
    from prunebench.report.tables.claim_cells import short_cells

    notes = dict.fromkeys(note for finding in judgement.findings for note in told(finding))
    marks = {note: f"[{number}]" for number, note in enumerate(notes, start=1)}
    lines = []
    for place, finding in enumerate(judgement.findings, start=1):
        title, *rest = short_cells(finding)
        marked = " ".join([title, *(marks[note] for note in told(finding))])
        lines.append([f"{judgement.claim.id}.{place}", marked, *rest])
    print_table(TESTS, lines)
    for note, mark in marks.items():
        click.echo(f"  {mark} {one_line(note)}")


def told(finding: Finding) -> list[str]:
    """Give what must be said with a test."""
    return [*finding.notes, *([] if finding.decides else ["decides nothing"])]


def print_cells(name: str, finding: Finding) -> None:
    """Print the cells of a test, each with what was measured there; the p of the cross-check."""
    from prunebench.report.tables.claim_cells import behind_lines, check_text, finds_text

    click.echo(f"  {one_line(name)}  {one_line(finding.title)}")
    more = "; ".join(filter(None, (check_text(finding), finds_text(finding))))
    for line in filter(None, (*behind_lines(finding), more)):
        click.echo(f"    {one_line(line)}")


def expectation(judgement: Judgement) -> str:
    """Say what was expected of printed numbers."""
    from prunebench.claims.claim import PUBLISHED
    from prunebench.claims.published import is_as_expected

    expected = judgement.claim.expected
    if not expected or judgement.entry != PUBLISHED:
        return ""
    return f"expected: {expected}{'' if is_as_expected(judgement) else ', which this is not'}"
