"""Text from plugins and files, made safe for a terminal; and aligned tables."""

import sys
import unicodedata
from collections.abc import Sequence

import click

GAP = "  "
WHOLE = 24
"""Labels up to this length are never folded."""

UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


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
    """Print a table with rich; cells are text, never markup.

    Notes stand below their numbers, on a narrow terminal deviations and a heading's
    words do likewise; a number is never broken.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console()
    cells = [[cell.replace(" · ", "\n") if is_number(cell) else cell for cell in r] for r in rows]
    if max(map(len, aligned([list(headers), *rows]))) > console.width:
        cells = [[cell.replace(" (±", "\n(±") for cell in row] for row in cells]
        headers = [header.replace(" ", "\n") for header in headers]
    columns = (
        Column(Text(name), overflow="fold", min_width=least_width(name, [r[place] for r in cells]))
        for place, name in enumerate(headers)
    )
    table = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table, crop=False)


def is_number(cell: str) -> bool:
    """Say whether a cell begins with a number, as measurements do."""
    return cell[:1].isdigit()


def least_width(header: str, cells: Sequence[str]) -> int:
    """Give the width below which a number, a short label or a heading's word would break."""
    heading = max(map(len, header.split()), default=0)
    numbers = [len(line) for c in cells if is_number(c) for line in c.split("\n")[:2] if line]
    labels = [min(len(cell), WHOLE) for cell in cells if not is_number(cell)]
    return max([heading, *numbers, *labels])


def roughly(seconds: float) -> str:
    """Write an estimated duration in the largest unit of which there are two.

    >>> roughly(4898351), roughly(5400), roughly(0.3)
    ('57 days', '90 minutes', '1 second')
    """
    for unit, size in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    whole = max(1, round(seconds))
    return "1 second" if whole == 1 else f"{whole} seconds"
