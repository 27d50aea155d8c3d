"""What every report template must do: write its pages for any run, escaped, the same twice."""

import re
from collections.abc import Mapping
from functools import cache

from prunebench.contracts.report_template import ReportTemplate
from prunebench.errors import ContractError, SpecError
from prunebench.report.document import Report
from prunebench.report.gallery import Figures, draw_figures
from prunebench.report.own_pages import own_pages
from prunebench.report.template import brought
from prunebench.report.view import make_report
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord
from prunebench.testing.claim import claim

SCRIPT = "<script>alert(1)</script>"
"""What a stranger may call a method."""

RAW: Mapping[str, re.Pattern[str]] = {
    "html": re.compile(re.escape(SCRIPT)),
    "md": re.compile(re.escape(SCRIPT)),
    "tex": re.compile(r"\\input\{/etc/passwd\}"),
}
"""What must not stand in a page of a format as it was given."""

EVIL = rf"{SCRIPT} \input{{/etc/passwd}} | `x`"


def check_pages(template: ReportTemplate) -> None:
    """Check that each page can be written, for a whole run and for one that recorded nothing."""
    for what, report, figures in examples():
        for name, text in written(template, what, report, figures).items():
            claim(
                f"template {template.name!r}, {what}: {name} is empty.",
                holds=bool(text.strip()),
                mend="Print something of the report, such as {{ report.title }}.",
            )


def check_escaped(template: ReportTemplate) -> None:
    """Check that a stranger's text stands in no page as it was given."""
    for what, report, figures in examples():
        for name, text in written(template, what, report, figures).items():
            claim(
                f"template {template.name!r}, {what}: a name that a stranger gave stands in {name} "
                f"as it is, markup and all.",
                holds=not RAW[name.rpartition(".")[2]].search(text),
                mend="Print values as they are: no | safe, and | verbatim only within a fence.",
            )


def check_repeats(template: ReportTemplate) -> None:
    """Check that a page is written with the same bytes again, as report --check expects."""
    for what, report, figures in examples():
        first, again = (written(template, what, report, figures) for _ in range(2))
        odd = [name for name in first if first[name] != again[name]]
        claim(
            f"template {template.name!r}, {what}: {', '.join(odd)} differs when it is written "
            f"again.",
            holds=not odd,
            mend="Draw nothing at random: no | random, no lipsum().",
        )


def written(
    template: ReportTemplate, what: str, report: Report, figures: Figures
) -> Mapping[str, str]:
    """Write the pages of a template, and say for which run that cannot be done."""
    try:
        return own_pages(brought(template, ""), report, figures)
    except (ContractError, SpecError) as error:
        mend = "A run may lack anything; ask before you print it: {% if report.provenance.data %}."
        msg = f"template {template.name!r}, {what}: {error} {mend}"
        raise ContractError(msg) from error


@cache
def examples() -> tuple[tuple[str, Report, Figures], ...]:
    """Give reports with what they are of, and their figures."""
    runs = (
        ("a run of two methods and two seeds", whole_record(), whole_rows()),
        ("a run that recorded nothing but an accuracy", bare_record(), (row(trial="t"),)),
        (
            "a run in which everything failed",
            bare_record(),
            (row(trial="t", status="failed", reason=EVIL, test_accuracy_last=None),),
        ),
    )
    made = ((what, make_report(record, rows)) for what, record, rows in runs)
    return tuple((what, report, draw_figures(report)) for what, report in made)


def whole_record() -> RunRecord:
    """Give the record of a run that says everything."""
    return RunRecord(
        id="20260101-000000-aaaaaa",
        created="2026-01-01T00:00:00+00:00",
        command=f"prunebench run --methods '{EVIL}'",
        experiment={"name": EVIL, "methods": [EVIL, "magnitude"], "protocols": ["finetune"]},
        stages={"train": 6, "evaluate": 6},
        trainings_naive=10,
        trainings_planned=6,
        environment={"id": "e", "processor": EVIL, "libraries": {"torch": "2"}, "commit": "c"},
        papers={f"method {EVIL}": EVIL, "method magnitude": "Han et al. 2015"},
        executed=12,
        seconds=75.0,
    )


def bare_record() -> RunRecord:
    """Give the record of a run that says as little as there can be."""
    return RunRecord("r", "", "", {}, {}, 0, 0)


def whole_rows() -> tuple[Measurement, ...]:
    """Give the rows of two methods at two sizes on two seeds, and of their dense networks."""
    settings = {
        "dataset": {"name": EVIL, "identity": EVIL, "settings": {"size": 8}},
        "model": {"name": "mlp", "settings": {}},
        "training": {"batch": 64, "epoch_steps": 17, "lr": 0.1, "validation": 100},
    }
    dense = [
        row(
            trial=f"d{seed}",
            seed=seed,
            method="dense",
            protocol="dense",
            target="",
            density=1.0,
            settings=settings,
            seconds=2.0,
        )
        for seed in (0, 1)
    ]
    pruned = [
        row(
            trial=f"{method[:1]}{target}{seed}",
            seed=seed,
            method=method,
            target=target,
            density=float(target),
            target_density=float(target),
            settings=settings,
            seconds=1.0,
            curve={"step": [1, 2], "validation_accuracy": [0.5, 0.8]},
        )
        for method in (EVIL, "magnitude")
        for target in ("0.5", "0.2")
        for seed in (0, 1)
    ]
    return (*dense, *pruned)


def row(**given: object) -> Measurement:
    """Make a row; only what matters needs to be said."""
    told = {
        "trial": "t",
        "status": "ok",
        "dataset": EVIL,
        "model": "mlp",
        "method": EVIL,
        "protocol": "finetune",
        "recipe": "digits",
        "seed": 0,
        "target": "0.5",
        "test_accuracy_last": 0.9,
    } | given
    ids = {"method_id": told["method"], "protocol_id": told["protocol"]}
    return Measurement(**(ids | told))  # type: ignore[arg-type] # checked by the dataclass's users


CHECKS = (check_pages, check_escaped, check_repeats)
