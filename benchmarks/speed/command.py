"""The command line: ``python -m benchmarks.speed``."""

import cProfile
import json
import pstats
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import click

from benchmarks.speed.case import Case, Size, Surroundings
from benchmarks.speed.cases import chosen, find_device
from benchmarks.speed.outcome import GROSS, REPEATS, Outcome, outcome_of
from benchmarks.speed.page import README, markdown, read_record, renewed
from benchmarks.speed.peers import peer_case, read_peer
from benchmarks.speed.record import as_json, record_of
from benchmarks.speed.table import HEADERS, number, rows
from prunebench.cli.text import print_table
from prunebench.errors import PrunebenchError, SpecError
from prunebench.run.numerics import settled

PROFILED = 25
"""Functions that a profile lists."""

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(epilog="Example: python -m benchmarks.speed --only 'lenet*' --repeats 15")
@click.option("--only", multiple=True, metavar="NAME,...", help="Cases; * stands for anything.")
@click.option("--repeats", type=click.IntRange(1), metavar="N", help="Rounds; 9, when short 3.")
@click.option("--short", "size", flag_value="short", help="For CI: a minute and a half.")
@click.option("--tiny", "size", flag_value="tiny", help="A few steps; the numbers mean nothing.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--peer",
    "peers",
    multiple=True,
    metavar="NAME@CASE=COMMAND",
    help="Time a command of yours beside a case; its last line of JSON has it_per_s.",
)
@click.option("--json", "json_file", metavar="FILE|-", help="Write samples and versions as JSON.")
@click.option("--list", "listed", is_flag=True, help="List the cases.")
@click.option("--profile", metavar="CASE", help="Profile a turn of ours instead.")
@click.option("--markdown", "pages", multiple=True, type=FILE, help="Print a --json as Markdown.")
@click.option("--readme", is_flag=True, help="Write the README's tables from their results.")
def speed(size: Size | None, device: str, **asked: Any) -> None:
    """Measure how fast prunebench is, in pairs; exit code 1 if a training loop is grossly slow."""
    if asked["pages"]:
        click.echo(markdown([(path.stem, read_record(path)) for path in asked["pages"]]))
    elif asked["readme"]:
        README.write_text(renewed(README.read_text("utf-8"), README.parent), "utf-8")
    else:
        with TemporaryDirectory() as folder, settled():
            where = Surroundings(size or "full", find_device(device), Path(folder))
            carry_out(where, **asked)


def carry_out(where: Surroundings, **asked: Any) -> None:
    """List, profile or measure the chosen cases."""
    patterns = [name for text in asked["only"] for name in text.split(",") if name]
    cases = chosen([*patterns, asked["profile"]] if asked["profile"] else patterns, where)
    if asked["listed"]:
        print_table(("case", "compared"), [[case.name, case.about] for case in cases])
    elif asked["profile"]:
        profile(chosen([asked["profile"]], where)[0], where)
    else:
        refuse_unwritable(asked["json_file"])
        peers = [read_peer(text, cases) for text in asked["peers"]]
        by_name = {case.name: case for case in cases}
        beside = [peer_case(peer, by_name[peer.case]) for peer in peers]
        repeats = asked["repeats"] or REPEATS[where.size]
        conclude(where, repeats, measured([*cases, *beside], where, repeats), asked["json_file"])


def refuse_unwritable(json_file: str | None) -> None:
    """Refuse a file whose folder is missing, before half an hour is spent.

    Raises
    ------
    SpecError
        If there is no such folder.
    """
    if json_file is not None and not Path(json_file).absolute().parent.is_dir():
        msg = f"cannot write {json_file}: its folder does not exist; make it first."
        raise SpecError(msg)


def measured(cases: Sequence[Case], where: Surroundings, repeats: int) -> list[Outcome]:
    """Measure one case after another; says on stderr how far it is."""
    outcomes = []
    for case in cases:
        began = perf_counter()
        outcome = outcome_of(case, where, repeats)
        outcomes.append(outcome)
        value = number(outcome.spread.median, outcome.kind)
        click.echo(f"{case.name}: {value} ({perf_counter() - began:.0f} s)", err=True)
    return outcomes


def conclude(
    where: Surroundings, repeats: int, outcomes: Sequence[Outcome], json_file: str | None
) -> None:
    """Print the table, write the JSON, and fail on gross loss."""
    if json_file is not None:
        text = json.dumps(as_json(record_of(where, repeats, outcomes)), indent=1)
        if json_file == "-":
            click.echo(text)
        else:
            Path(json_file).write_text(text + "\n", "utf-8")
    if json_file != "-":
        print_table(HEADERS, rows(outcomes))
    gross = [outcome.case for outcome in outcomes if outcome.is_gross]
    if gross:
        click.echo(f"below {GROSS} of the tight loop: {', '.join(gross)}", err=True)
        sys.exit(1)


def profile(case: Case, where: Surroundings) -> None:
    """Print where a turn of ours spends its time."""
    contest = case.prepare(where, case.amount.of(where))
    contest.warm()
    profiler = cProfile.Profile()
    profiler.runcall(contest.turns[0])
    pstats.Stats(profiler, stream=sys.stdout).sort_stats("tottime").print_stats(PROFILED)


def main() -> None:
    """Run the command; an expected error is one sentence and its exit code."""
    try:
        speed(prog_name="python -m benchmarks.speed")
    except PrunebenchError as error:
        click.echo(f"benchmarks.speed: {error}", err=True)
        sys.exit(error.exit_code)
