"""``prunebench store``: what a store takes, what of it can go, and whether it is sound."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prunebench.cli.asking import DEFAULT_STORE, FOLDER
from prunebench.cli.group import HelpfulGroup
from prunebench.cli.text import print_table, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prunebench.core.digest import Json
    from prunebench.store.contents import Amount
    from prunebench.store.garbage import Found
    from prunebench.store.usage import Usage

DAMAGED = 1
TOLD = 20
"""Damaged stages that are named one by one; all of them in JSON."""

MEANINGS = {
    "leftovers": "what killed processes left half done",
    "leases": "lock files that nobody holds",
    "damaged": "objects that were set aside",
    "tensors": "tensors of stages that no run names",
    "stages": "stages that no run names",
    "failures": "stories of failed stages that no run names",
}

store_option = click.option(
    "--store",
    "root",
    type=FOLDER,
    envvar="PRUNEBENCH_STORE",
    default=DEFAULT_STORE,
    show_default=True,
    help="Folder of everything computed. [env: PRUNEBENCH_STORE]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
runs_option = click.option(
    "--run",
    "runs",
    type=FOLDER,
    multiple=True,
    help="A run's folder that lies outside the store, as --out made it; may repeat.",
)


@click.group(name="store", cls=HelpfulGroup, epilog="Example: prunebench store du")
def store() -> None:
    """Say what a store takes, clear it up, verify it."""


@store.command(epilog="Example: prunebench store du --store prunebench-store")
@store_option
@runs_option
@json_option
def du(root: Path, runs: tuple[Path, ...], *, as_json: bool) -> None:
    """Say how much room a store takes, by kind of stage and by folder."""
    from prunebench.store.contents import refuse_no_store
    from prunebench.store.references import named
    from prunebench.store.usage import usage

    refuse_no_store(root)
    found = usage(root, named(root, runs))
    if as_json:
        click.echo(json.dumps(usage_facts(root, found), indent=2))
    else:
        print_usage(found)


def usage_facts(root: Path, found: Usage) -> dict[str, Json]:
    """Give what a store takes as JSON; sizes in bytes."""
    kinds: dict[str, Json] = {
        kind: {
            "stages": share.stages,
            "without_tensors": share.dropped,
            "records": share.records.bytes,
            "tensors": share.tensors.bytes,
        }
        for kind, share in sorted(found.kinds.items())
    }
    rooms: dict[str, Json] = {name: amount_facts(one) for name, one in sorted(found.rooms.items())}
    return {
        "store": str(root),
        "kinds": kinds,
        "folders": rooms,
        "total": amount_facts(found.total),
    }


def amount_facts(amount: Amount) -> dict[str, Json]:
    """Give an amount as JSON."""
    return {"files": amount.files, "bytes": amount.bytes, "disk": amount.disk}


def print_usage(found: Usage) -> None:
    """Print two tables, the largest first, and the sum."""
    from prunebench.run.memory import spelled

    shares = sorted(found.kinds.items(), key=lambda pair: -pair[1].tensors.bytes)
    headers = ("kind", "stages", "without tensors", "records", "tensors")
    if shares:
        rows = [
            [
                kind,
                str(one.stages),
                str(one.dropped),
                *map(spelled, (one.records.bytes, one.tensors.bytes)),
            ]
            for kind, one in shares
        ]
        print_table(headers, rows)
        click.echo()
    rooms = sorted(found.rooms.items(), key=lambda pair: -pair[1].bytes)
    total = found.total
    print_table(
        ("folder", "files", "size"),
        [[name, str(one.files), spelled(one.bytes)] for name, one in (*rooms, ("total", total))],
    )
    if total.disk:
        click.echo(f"\n{spelled(total.disk)} on the disk.", err=True)


@store.command(epilog="Example: prunebench store gc --unreferenced --delete")
@store_option
@runs_option
@click.option("--tensors", is_flag=True, help="Also tensors of stages that no run names.")
@click.option("--unreferenced", is_flag=True, help="Also those stages altogether.")
@click.option("--delete", is_flag=True, help="Delete it; otherwise it is only said what would go.")
@json_option
def gc(
    root: Path,
    runs: tuple[Path, ...],
    *,
    tensors: bool,
    unreferenced: bool,
    delete: bool,
    as_json: bool,
) -> None:
    """Say what of a store can go, and delete it with --delete.

    Without further options that is what killed processes left, lock files that nobody holds, and
    damaged objects: nobody can miss it, and it may go while a run computes.

    A run names the stages of its plan.json. Runs are known that lie in the store, and those of
    --run; what others share with none of them counts as unreferenced and would be computed again.
    """
    from prunebench.store.contents import refuse_no_store
    from prunebench.store.garbage import Asked, collect
    from prunebench.store.references import named

    refuse_no_store(root)
    asked = Asked(tensors, unreferenced, delete)
    found = collect(root, asked, lambda: named(root, runs), time.time())
    if as_json:
        click.echo(json.dumps(garbage_facts(root, found, deleted=delete), indent=2))
    else:
        print_garbage(found, deleted=delete)


def garbage_facts(root: Path, found: Found, *, deleted: bool) -> dict[str, Json]:
    """Give what can go, or went, as JSON; sizes in bytes."""
    rubbish: dict[str, Json] = {
        reason: {"number": number, **amount_facts(amount)}
        for reason, (number, amount) in found.rubbish.items()
    }
    held = tuple(sorted(found.held))
    return {"store": str(root), "deleted": deleted, "garbage": rubbish, "held": held}


def print_garbage(found: Found, *, deleted: bool) -> None:
    """Print what can go, or went, and how to go on."""
    from prunebench.run.memory import spelled

    rows = [
        [MEANINGS[reason], str(number), spelled(amount.bytes)]
        for reason, (number, amount) in found.rubbish.items()
    ]
    if rows:
        print_table(("what", "number", "size"), rows)
    if {"tensors", "stages"} & found.rubbish.keys():
        click.echo("Of runs outside the store, those of --run are known.", err=True)
    if found.held:
        click.echo(f"A run computes: {len(found.held)} leases are held and stay.", err=True)
    total = spelled(sum(amount.bytes for _, amount in found.rubbish.values()))
    if not rows:
        click.echo("Nothing can go.", err=True)
    elif deleted:
        click.echo(f"\n{total} deleted.", err=True)
    else:
        click.echo(f"\n{total} can go; nothing was deleted. Run it with --delete.", err=True)


@store.command(epilog="Example: prunebench store verify --repair")
@store_option
@click.option("--repair", is_flag=True, help="Set what is damaged aside, to be computed anew.")
@json_option
def verify(root: Path, *, repair: bool, as_json: bool) -> None:
    """Hold every artifact against its digest; exit code 1 if one is damaged."""
    from prunebench.store.contents import refuse_no_store

    refuse_no_store(root)
    stages, read, damaged = examined(root, repair=repair)
    facts: dict[str, Json] = {
        "store": str(root),
        "stages": stages,
        "bytes": read,
        "repaired": repair,
        "damaged": tuple(damaged),
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        print_damage(stages, read, [str(one["problem"]) for one in damaged])
    if damaged:
        raise click.exceptions.Exit(DAMAGED)


def examined(root: Path, *, repair: bool) -> tuple[int, int, list[dict[str, Json]]]:
    """Count stages and bytes that were read, and tell what is damaged; with a bar on a terminal."""
    from prunebench.store.contents import objects
    from prunebench.store.verification import verify_all

    stages, read = 0, 0
    damaged: list[dict[str, Json]] = []
    count = sum(1 for _ in objects(root))
    with click.progressbar(verify_all(root, repair=repair), length=count, file=sys.stderr) as bar:
        for one in bar:
            stages, read = stages + 1, read + one.bytes
            if one.problem:
                damaged.append({"key": one.key, "path": str(one.path), "problem": one.problem})
    return stages, read, damaged


def print_damage(stages: int, read: int, problems: Sequence[str]) -> None:
    """Say what is damaged, a line each, and how much was read."""
    from prunebench.run.memory import spelled

    for problem in problems[:TOLD]:
        click.echo(printable(problem))
    if len(problems) > TOLD:
        click.echo(f"... and {len(problems) - TOLD} more; --json lists them all.")
    how = f"{len(problems)} damaged" if problems else "all sound"
    click.echo(f"{stages} stages read, {spelled(read)}: {how}.", err=True)
