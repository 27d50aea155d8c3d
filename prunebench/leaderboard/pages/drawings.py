"""What a board's drawings show: accuracy over compression, accuracy against each cost."""

from markupsafe import Markup

from prunebench.leaderboard.board import Board, BoardCell, Standing
from prunebench.leaderboard.front import Front
from prunebench.leaderboard.front import Point as Network
from prunebench.leaderboard.pages.atlas import Atlas
from prunebench.leaderboard.pages.numerals import interval, percent, size
from prunebench.leaderboard.pages.plots import Level, Plot, Point, Series, draw
from prunebench.leaderboard.pages.text import label

ACCURACY = "test accuracy (%)"


def accuracy_drawing(board: Board, atlas: Atlas) -> Markup:
    """Draw the accuracy of every method over compression; nothing where nothing was measured."""
    series = tuple(
        Series(
            atlas.names.get(standing.method, ""),
            atlas.looks.get(standing.method, 0),
            curve_points(standing),
            bool(standing.control_of),
            "" if standing.control_of else label(standing.method),
        )
        for standing in board.standings
    )
    if not any(one.points for one in series):
        return Markup()
    own = sum(not one.muted for one in series)
    return draw(
        Plot(
            title=f"Test accuracy over compression, {own} methods; numbers in the tables",
            x="compression (size of the prunable part, dense over kept)",
            y=ACCURACY,
            series=series,
            x_text=lambda x: f"{x:.3g}x",
            y_text=percent_text,
            level=dense_level(board),
            x_ticks=tuple(1 / density for density in board.densities),
        )
    )


def curve_points(standing: Standing) -> tuple[Point, ...]:
    """Give a method's points from the least to the largest compression."""
    return tuple(
        Point(
            1 / cell.density,
            cell.accuracy.mean,
            told(standing.method, cell),
            bounded(cell.accuracy.low) if standing.rank else None,
            bounded(cell.accuracy.high) if standing.rank else None,
        )
        for cell in standing.cells
        if cell.accuracy.mean is not None
    )


def told(method: str, cell: BoardCell) -> str:
    """Say what a point is."""
    score = cell.accuracy
    text = f"{label(method)} at {cell.ratio}: {percent(score.mean)} %, n = {score.n}"
    return text if score.low is None else f"{text}, {interval(score.low, score.high)}"


def bounded(value: float | None) -> float | None:
    """Keep an end of an interval among the accuracies."""
    return None if value is None else min(max(value, 0.0), 1.0)


def dense_level(board: Board) -> Level | None:
    """Give the line of the dense network."""
    if board.dense is None or board.dense.accuracy.mean is None:
        return None
    return Level(board.dense.accuracy.mean, f"dense {percent(board.dense.accuracy.mean)} %")


def percent_text(value: float) -> str:
    """Write an accuracy beside an axis."""
    return f"{100 * value:.3g}"


def front_drawing(front: Front, board: Board, atlas: Atlas) -> Markup:
    """Draw accuracy against a cost; nothing where fewer than two networks have one."""
    placed = [point for point in front.points if point.cost > 0]
    if len(placed) < 2:
        return Markup()
    controls = {one.method for one in board.standings if one.control_of}
    series = tuple(
        Series(
            atlas.names.get(method, ""),
            atlas.looks.get(method, 0),
            tuple(network_point(p) for p in placed if p.method == method),
            method in controls or method not in atlas.names,
        )
        for method in dict.fromkeys(point.method for point in placed)
    )
    return draw(
        Plot(
            title=f"Test accuracy against {front.title}; numbers in the table below",
            x=f"{front.title} ({front.unit})" if front.unit else front.title,
            y=ACCURACY,
            series=series,
            x_text=size,
            y_text=percent_text,
            joined=False,
            front=tuple((p.cost, p.accuracy) for p in placed if p.on_front),
        )
    )


def network_point(point: Network) -> Point:
    """Give the point of a network; those that others beat are hollow."""
    text = (
        f"{label(point.method)} at {point.ratio}: {percent(point.accuracy)} %, "
        f"{size(point.cost)}; {percent(point.frequency, 0)} % of resamples"
    )
    return Point(point.cost, point.accuracy, text, filled=point.on_front)
