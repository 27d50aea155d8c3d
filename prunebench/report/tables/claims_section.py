"""Claims in a report: a verdict each, and the tests and cells that it stands on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from prunebench.claims.file import ClaimsFile, parse_claims
from prunebench.claims.finding import Finding, Judgement
from prunebench.claims.source import Source, declared, judge_runs
from prunebench.claims.verdict import FULL
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.tables.claim_cells import (
    cell_texts,
    check_text,
    finds_text,
    kinds_text,
    line_cells,
    p_text,
    seeds_text,
)
from prunebench.report.wording import NOTHING, printable
from prunebench.results.folder import CLAIMS
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

TESTS_CAPTION = (
    "One line per test of a claim; x - y is the mean over seeds of their paired differences with "
    "its 95 % t interval"
)
STEPS = "; steps are geometric means, and x - y is their ratio"
HOLM = (
    "Holm's p counts so many tests as stand beside it, the superiority tests that decide one claim."
)
FINDS = (
    "Where a superiority was not confirmed, the true difference that these seeds find four times "
    "out of five stands below n."
)
MUTED = "Lines set apart are reported and decide nothing."
CELLS_CAPTION = "By what the rows on both sides of every test were selected; a ladder's stand as x."

P, N = 6, 8
"""Places of the p value and of the number of seeds in a test's line."""

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
        return table, tests_table(judgements), cells_table(judgements)
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
        file.sha256: "The claims file was stored with the run before its first training."
        if not source.record.claims.get("done")
        else "The claims file was stored with the run when some retrainings were done already.",
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
        "Verdicts",
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
    lines = tests_of(judgements)
    found = [finding for _, finding in lines]
    marks = numbered(note for finding in found for note in finding.notes)
    table = make_table(
        "Tests",
        tests_caption(found),
        [
            *words("Test", "Comparison", "Result"),
            *numbers("x", "y", "x - y", "95 % interval", "p", "Holm p", "n"),
        ],
        [[name, *marked(finding, marks)] for name, finding in lines],
        muted=[place for place, finding in enumerate(found) if not finding.decides],
    )
    return replace(table, footnotes=tuple(footnotes(marks)))


def tests_caption(findings: Sequence[Finding]) -> str:
    """Say how the lines are to be read, as far as there are such lines."""
    kinds = kinds_text(findings)
    said = {
        f"{TESTS_CAPTION}{STEPS if any(one.unit == 'log' for one in findings) else ''}.": True,
        f"Claims are tested one-sided ({kinds})." if kinds else "Nothing could be tested.": True,
        HOLM: any(one.adjusted is not None for one in findings),
        FINDS: any(map(finds_text, findings)),
        MUTED: not all(one.decides for one in findings),
    }
    return " ".join(text for text, is_there in said.items() if is_there)


def tests_of(judgements: Iterable[Judgement]) -> list[tuple[str, Finding]]:
    """List all tests with their names: the claim and a number."""
    return [
        (f"{judgement.claim.id}.{number}", finding)
        for judgement in judgements
        for number, finding in enumerate(judgement.findings, start=1)
    ]


def marked(finding: Finding, marks: Mapping[str, int]) -> list[Cell | str]:
    """Write a test's line, with the numbers of what must be said with it."""
    cells: list[Cell | str] = [*line_cells(finding)]
    numbers = "".join(f"[{marks[note]}]" for note in finding.notes)
    cells[0] = Cell(finding.title, marks=numbers)
    cells[P] = Cell(p_text(finding.p), check_text(finding))
    cells[N] = Cell(seeds_text(finding), finds_text(finding))
    return cells


def cells_table(judgements: Sequence[Judgement]) -> Table:
    """Say on which rows every test stands."""
    table = make_table(
        "Cells behind the tests",
        CELLS_CAPTION,
        words("Test", "x", "y", "Both"),
        [[name, *cell_texts(finding)] for name, finding in tests_of(judgements)],
    )
    return replace(table, folded=True)


def numbered(notes: Iterable[str]) -> dict[str, int]:
    """Give every different note its number, in order."""
    return {note: number for number, note in enumerate(dict.fromkeys(notes), start=1)}


def footnotes(marks: Mapping[str, int]) -> Iterator[str]:
    """Write the numbered notes."""
    return (printable(f"[{number}] {note}.") for note, number in marks.items())
