"""Text from plugins and files, made safe for a terminal; and aligned tables."""

import sys
import unicodedata
from collections.abc import Sequence

import click

GAP = "  "
WHOLE = 10
"""Cells up to this length are never folded."""


def printable(text: str) -> str:
    """Drop control and format characters, so that no text can steer the terminal; keep lines.

    >>> printable("a" + chr(27) + "[31mb" + chr(8238))
    'a[31mb'
    """
    return "".join(c for c in text.expandtabs() if c == "\n" or unicodedata.category(c)[0] != "C")


def one_line(text: str) -> str:
    """Make text printable in one cell of a table."""
    return printable(" ".join(text.split()))


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table to stdout: with rules on a terminal, else plain aligned columns.

    Parameters
    ----------
    headers
        One word per column.
    rows
        Cells, as many as headers; made printable here.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        print_ruled(headers, cells)
    else:
        click.echo("\n".join(aligned([list(headers), *cells])))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Pad cells to columns.

    >>> aligned([["name", "size"], ["vgg16", "15"]])
    ['name   size', 'vgg16  15']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def print_ruled(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table with rich; cells are text, never markup."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    # On a narrow terminal only long texts are folded.
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(len(headers))]
    columns = (
        Column(Text(name), overflow="fold", min_width=min(width, WHOLE))
        for name, width in zip(headers, widths, strict=True)
    )
    table = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
