"""Claims in a report: a verdict each, and the tests and cells that it stands on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from prunebench.claims.file import ClaimsFile, parse_claims
from prunebench.claims.finding import Finding, Judgement
from prunebench.claims.source import Source, declared, judge_runs
from prunebench.claims.verdict import FULL
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.tables.claim_cells import check_text, line_cells, p_text, said
from prunebench.report.wording import NOTHING, printable
from prunebench.results.folder import CLAIMS
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

TESTS_CAPTION = (
    "One line per test of a claim; x - y is the mean over seeds of their paired differences with "
    "its 95 % t interval, and for steps the ratio x / y. Claims are tested one-sided. Holm counts "
    "the superiority tests that decide one claim. Lines set apart are reported and decide nothing."
)

P = 6
"""Place of the p value in a test's line."""

SCALED_REMARK = (
    "This tier is a scaled-down experiment: it can show the direction of a claim and never refutes "
    "a paper."
)


def claims_tables(record: RunRecord, rows: Sequence[Measurement], text: str) -> tuple[Table, ...]:
    """Give the verdicts on a run's claims, and their tests; nothing where it declared none.

    Parameters
    ----------
    record, rows
        The run.
    text
        The claims file: the copy in the run's folder, or else the shipped one.

    Raises
    ------
    SpecError
        If the claims file cannot be used.
    """
    source = Source(record, rows)
    ids = asked(record)
    if not ids or not source.tier:
        return ()
    file = parse_claims(text, CLAIMS)
    known = {claim.id for claim in file.claims}
    claims = file.chosen([one for one in ids if one in known])
    judgements = judge_runs(claims, source.tier, [source])
    table = replace(verdict_table(judgements, [source]), remark=remark(file, source))
    if any(judgement.findings for judgement in judgements):
        return table, tests_table(judgements)
    return (table,)


def asked(record: RunRecord) -> list[str]:
    """List the ids of the claims that a run was to decide."""
    found = record.experiment.get("claims")
    return [str(one) for one in found] if isinstance(found, list | tuple) else []


def remark(file: ClaimsFile, source: Source) -> str:
    """Say below the verdicts what a tier can show, and which claims file was used."""
    stored = source.record.claims.get("file")
    kept = {
        None: "No claims file was stored with this run.",
        file.sha256: "The claims file was stored with the run before its first training.",
    }
    said = kept.get(
        stored if isinstance(stored, str) else None,
        "The claims file is not the one that was stored with the run; every claim says whether its "
        "own tests have changed.",
    )
    return said if source.tier == FULL else f"{SCALED_REMARK} {said}"


def verdict_table(judgements: Sequence[Judgement], sources: Sequence[Source]) -> Table:
    """Give one line per claim."""
    return make_table(
        "Claims",
        "Statements of the papers, and what this run says of them by rules that were written down "
        "beforehand.",
        words("Claim", "Verdict", "Statement", "Stated in", "Declared", "Remarks"),
        [
            [
                one.claim.id,
                one.verdict,
                one.claim.title,
                one.claim.papers,
                declared(one.claim, one.entry, sources) or NOTHING,
                "; ".join(one.remarks) or NOTHING,
            ]
            for one in judgements
        ],
    )


def tests_table(judgements: Sequence[Judgement]) -> Table:
    """Give one line per test, with numbered notes below."""
    lines = [(one, finding) for one in judgements for finding in one.findings]
    marks = numbered(note for _, finding in lines for note in said(finding))
    table = make_table(
        "Tests of the claims",
        TESTS_CAPTION,
        [
            *words("Claim", "Test", "Result"),
            *numbers("x", "y", "x - y", "95 % interval", "p", "Holm p", "n"),
        ],
        [[judgement.claim.id, *marked(finding, marks)] for judgement, finding in lines],
        muted=[place for place, (_, finding) in enumerate(lines) if not finding.decides],
    )
    return replace(table, footnotes=tuple(footnotes(marks)))


def marked(finding: Finding, marks: Mapping[str, int]) -> list[Cell | str]:
    """Write a test's line, with the numbers of what must be said with it."""
    cells: list[Cell | str] = [*line_cells(finding)]
    numbers = "".join(f"[{marks[note]}]" for note in said(finding))
    cells[0] = Cell(finding.title, marks=numbers)
    cells[P] = Cell(p_text(finding.p), check_text(finding))
    return cells


def numbered(notes: Iterable[str]) -> dict[str, int]:
    """Give every different note its number, in order."""
    return {note: number for number, note in enumerate(dict.fromkeys(notes), start=1)}


def footnotes(marks: Mapping[str, int]) -> Iterator[str]:
    """Write the numbered notes."""
    return (printable(f"[{number}] {note}.") for note, number in marks.items())
