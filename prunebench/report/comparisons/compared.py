"""All comparisons of a run as tables, in the order in which they are read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from prunebench.core.digest import Json
from prunebench.report.comparisons.comparison import Contrasts
from prunebench.report.comparisons.comparison_tables import (
    matrix_table,
    protocol_table,
    reference_table,
)
from prunebench.report.comparisons.fronts import area_table, front_tables
from prunebench.report.comparisons.ranks import rank_table, ranking_of, standing
from prunebench.report.grid import brief_titles
from prunebench.report.table import Table
from prunebench.report.tables.sweep import sweep_table


def comparisons(
    contrasts: Sequence[Contrasts], experiment: Mapping[str, Json]
) -> tuple[Table, ...]:
    """Compare methods and protocols on every network, and rank over networks if there are enough.

    Parameters
    ----------
    contrasts
        The trials by data set, model and recipe, with their differences.
    experiment
        The resolved experiment, which says what was swept.
    """
    arranged = [one.grid for one in contrasts]
    ranking = ranking_of(arranged)
    found = [
        replace(table, title=f"{table.title} · {name}") if len(arranged) > 1 else table
        for one, name in zip(contrasts, brief_titles(arranged), strict=True)
        for table in tables_of(one, experiment, standing(ranking))
    ]
    ranks = rank_table(ranking)
    return (*found, *([ranks] if ranks else []))


def tables_of(
    contrasts: Contrasts, experiment: Mapping[str, Json], standing: str
) -> Iterator[Table]:
    """Compare the methods and protocols of one network."""
    grid = contrasts.grid
    tables = (
        matrix_table(grid, standing),
        reference_table(contrasts),
        protocol_table(contrasts),
        area_table(grid),
        *front_tables(grid),
        sweep_table(grid, experiment),
    )
    return (table for table in tables if table)
