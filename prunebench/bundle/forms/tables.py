"""``curves.csv`` and ``layers.csv``: numbers of many trials in one plain table."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from math import isfinite
from typing import TypeVar

from prunebench.bundle.document import Curve, LayerCount
from prunebench.bundle.limits import Limits

CURVE_HEAD = "trial,step,train_loss,validation_loss,validation_accuracy"
LAYER_HEAD = "trial,layer,size,kept"

WHOLE = re.compile("0|[1-9][0-9]{0,17}")
LAYER = re.compile(r"[^\s,\"\\<>&]{1,200}")
"""A module's name; nothing that a table would have to quote."""

T = TypeVar("T")


def write_curves(curves: Mapping[str, Curve]) -> bytes:
    """Write learning curves, sorted by trial."""
    lines = [CURVE_HEAD]
    for trial, curve in sorted(curves.items()):
        columns = (curve.train_loss, curve.validation_loss, curve.validation_accuracy)
        texts = [number_texts(column, len(curve.steps)) for column in columns]
        lines += [
            f"{trial},{step},{train},{loss},{accuracy}"
            for step, train, loss, accuracy in zip(curve.steps, *texts, strict=True)
        ]
    return ("\n".join(lines) + "\n").encode()


def number_texts(column: Sequence[float | None], length: int) -> Sequence[str]:
    """Write a column; an empty one as empty cells."""
    return ["" if v is None else repr(float(v)) for v in column] if column else [""] * length


def read_curves(text: bytes, limits: Limits, trials: Set[str]) -> dict[str, Curve]:
    """Read learning curves of `trials`; a column without any number is empty.

    Raises
    ------
    ValueError
        With the line that is none.
    """
    found: dict[str, Curve] = {}
    for trial, rows in blocks(known_lines(text, CURVE_HEAD, limits, trials), curve_cells):
        steps, *columns = zip(*rows, strict=True)
        train, *validation = columns
        kept = [column if any(v is not None for v in column) else () for column in validation]
        found[trial] = Curve(steps, train, *kept)
    return found


def curve_cells(cells: Sequence[str]) -> tuple[int, float | None, float | None, float | None]:
    """Read the cells of one point."""
    step, train, loss, accuracy = cells
    return whole(step), number(train), number(loss), number(accuracy)


def write_layers(layers: Mapping[str, tuple[LayerCount, ...]]) -> bytes:
    """Write layer sizes, sorted by trial, layers in the network's order."""
    lines = [
        f"{trial},{layer.layer},{layer.size},{layer.kept}"
        for trial, counts in sorted(layers.items())
        for layer in counts
    ]
    return ("\n".join([LAYER_HEAD, *lines]) + "\n").encode()


def read_layers(text: bytes, limits: Limits, trials: Set[str]) -> dict[str, tuple[LayerCount, ...]]:
    """Read layer sizes of `trials`.

    Raises
    ------
    ValueError
        With the line that is none.
    """
    lines = known_lines(text, LAYER_HEAD, limits, trials)
    return {trial: tuple(rows) for trial, rows in blocks(lines, layer_cells)}


def layer_cells(cells: Sequence[str]) -> LayerCount:
    """Read the cells of one layer."""
    layer, size, kept = cells
    if not LAYER.fullmatch(layer):
        msg = f"{layer[:60]!a} is no name of a layer"
        raise ValueError(msg)
    return LayerCount(layer, whole(size), whole(kept))


def known_lines(
    text: bytes, head: str, limits: Limits, trials: Set[str]
) -> Iterator[tuple[int, list[str]]]:
    """Walk over a table's lines, numbered and cut into cells; stops at the first of no trial.

    Raises
    ------
    ValueError
        If its head is another, it has too many lines, or one is none or of another trial.
    """
    most = limits.lines * len(trials)
    if text.count(b"\n") - 1 > most:
        msg = f"it has more than {most} lines, {limits.lines} for each row"
        raise ValueError(msg)
    lines = text.decode("ascii").split("\n")
    if lines[0] != head or lines[-1]:
        msg = f"it must begin with {head!r} and end with a line end"
        raise ValueError(msg)
    width, before = head.count(",") + 1, ""
    for number_, line in enumerate(lines[1:-1], start=2):
        cells = line.split(",") if len(line) <= limits.line else []
        if len(cells) != width or cells[0] < before:
            msg = f"line {number_}: it has other cells than the head, or is out of order"
            raise ValueError(msg)
        before = cells[0]
        if before not in trials:
            msg = f"line {number_}: {before[:60]!a} is no trial of the bundle"
            raise ValueError(msg)
        yield number_, cells


def blocks(
    lines: Iterable[tuple[int, list[str]]], read: Callable[[Sequence[str]], T]
) -> Iterator[tuple[str, list[T]]]:
    """Walk over a table trial by trial.

    Raises
    ------
    ValueError
        If a line cannot be read.
    """
    trial, rows = "", list[T]()
    for number_, cells in lines:
        if cells[0] != trial:
            if rows:
                yield trial, rows
            trial, rows = cells[0], []
        try:
            rows.append(read(cells[1:]))
        except ValueError as error:
            msg = f"line {number_}: {error}"
            raise ValueError(msg) from None
    if rows:
        yield trial, rows


def whole(text: str) -> int:
    """Read a whole number.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not WHOLE.fullmatch(text):
        msg = f"{text[:60]!a} is no whole number"
        raise ValueError(msg)
    return int(text)


def number(text: str) -> float | None:
    """Read a number; None of an empty cell.

    Raises
    ------
    ValueError
        If it is none, or NaN.
    """
    if not text:
        return None
    value = float(text)
    if not isfinite(value):
        msg = f"{text[:60]!a} is no number that was measured; leave the cell empty"
        raise ValueError(msg)
    return value
