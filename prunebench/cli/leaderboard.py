"""``prunebench leaderboard``: bundles become a site of static pages; no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.group import HelpfulGroup
from prunebench.cli.text import one_line, print_table, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prunebench.core.digest import Json
    from prunebench.leaderboard.board import Board, Leaderboard
    from prunebench.leaderboard.inputs.intake import Intake, Refused
    from prunebench.leaderboard.inputs.notes import Notes

PLACE = click.Path(exists=True, path_type=Path)


@click.group(
    name="leaderboard",
    cls=HelpfulGroup,
    epilog="Example: prunebench leaderboard build bundles --suite tiny@1.0 --out site",
)
def leaderboard() -> None:
    """Make a leaderboard of bundles, as a site that opens from disk."""


@leaderboard.command(
    epilog="Example: prunebench leaderboard build bundles --suite tiny@1.0 --out site"
)
@click.argument("bundles", metavar="BUNDLES...", nargs=-1, required=True, type=PLACE)
@click.option(
    "--suite", required=True, metavar="NAME@X.Y", help="What the trials are held against."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the site; an older site there is replaced.",
)
@click.option(
    "--notes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A maintainer's notes, beside those in the folders: what is disputed or superseded.",
)
@click.option(
    "--skip-refused", is_flag=True, help="Go on without bundles that do not pass; list them."
)
@click.option("--no-bundles", is_flag=True, help="Leave the bundles' files out of the site.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def build(bundles: tuple[Path, ...], suite: str, out: Path, **given: Any) -> None:
    """Check bundles, merge them, and write boards as static pages.

    BUNDLES are files, or folders with some; reproductions and notes.toml in the same folders are
    taken in. The same bundles give the same bytes.
    """
    from prunebench.leaderboard.build import build_leaderboard
    from prunebench.leaderboard.folder import refuse_strange, write_site
    from prunebench.leaderboard.inputs.beside import beside
    from prunebench.leaderboard.inputs.intake import take_in
    from prunebench.leaderboard.site import Extras, site_files
    from prunebench.suite.file import find_suite

    asked = find_suite(suite)
    refuse_strange(out.resolve())
    found = take_in(bundles, skip_refused=given["skip_refused"])
    notes = all_notes(found, given["notes"])
    board = build_leaderboard(found.bundles, asked, notes, found.reproductions)
    kept = {} if given["no_bundles"] else found.files
    names = {one.address: one.file for one in found.bundles if one.address in kept}
    files = site_files(board, Extras(names, found.refused))
    if kept:  # the site can be built again from its own bundles
        near = beside(found.reproductions, notes)
        files = {**files, **{f"bundles/{name}": content for name, content in near.items()}}
    write_site(files, out, {f"bundles/{name}": kept[key] for key, name in names.items()})
    for one in found.refused:
        tell_refused(one)
    tell(board, out, as_json=given["as_json"])


def all_notes(found: Intake, path: Path | None) -> Notes:
    """Put the notes of a file beside those that lie with the bundles."""
    from prunebench.leaderboard.inputs.notes import Notes, read_notes, without

    if path is None:
        return found.notes
    more = without(read_notes(path), [one.address for one in found.refused if one.address])
    return Notes(
        tuple(dict.fromkeys((*found.notes.disputed, *more.disputed))),
        tuple(dict.fromkeys((*found.notes.superseded, *more.superseded))),
    )


def tell_refused(one: Refused) -> None:
    """Say on stderr that a bundle is left out, and why."""
    more = f" (and {len(one.reasons) - 1} more)" if len(one.reasons) > 1 else ""
    text = f"prunebench: warning: {one.path} is refused: {one.reasons[0]}{more}"
    click.echo(one_line(text), err=True)


def tell(board: Leaderboard, out: Path, *, as_json: bool) -> None:
    """Say what was built."""
    if as_json:
        click.echo(json.dumps(facts(board, out), indent=2, ensure_ascii=False))
        return
    print_table(("Board", "Methods", "Ranked", "Dense"), [board_line(one) for one in board.boards])
    click.echo(f"\n{one_line(summary(board))}\n{printable(str(out / 'index.html'))}")


def board_line(one: Board) -> tuple[str, str, str, str]:
    """Describe a board in a line."""
    from prunebench.leaderboard.pages.numerals import percent

    own = [standing for standing in one.standings if not standing.control_of]
    ranked = sum(standing.rank is not None for standing in own)
    dense = percent(one.dense.accuracy.mean if one.dense else None)
    name = f"{one.model} on {one.dataset}, {one.protocol}"
    return name, str(len(own)), str(ranked), dense


def summary(board: Leaderboard) -> str:
    """Say in a line what a leaderboard holds."""
    own = sum(not one.control_of for one in board.methods)
    known = (
        ("method", own),
        ("trial", len(board.trials)),
        ("bundle", len(board.bundles)),
        ("conflict", len(board.conflicts)),
    )
    told = ", ".join(f"{number} {noun}{'s' if number != 1 else ''}" for noun, number in known)
    return f"{board.suite}: {told}; as of {board.newest}."


def facts(board: Leaderboard, out: Path) -> Mapping[str, Json]:
    """Give the same to machines."""
    return {
        "suite": board.suite,
        "newest": board.newest,
        "site": str(out),
        "boards": [one.slug for one in board.boards],
        "methods": [one.method for one in board.methods],
        "bundles": [one.address for one in board.bundles],
        "trials": len(board.trials),
        "open": len(board.open),
        "conflicts": len(board.conflicts),
    }
