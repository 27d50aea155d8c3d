"""A run or a plan as it was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import data_folder, read_experiment

if TYPE_CHECKING:
    from prunebench.experiment.experiment import Experiment
    from prunebench.run.run import Places

PLACES = ("store", "data_dir", "out", "workers", "as_json", "tier")


@dataclass(frozen=True)
class Request:
    """What, where and how.

    Parameters
    ----------
    experiment
        The grid.
    places
        Folders.
    workers
        Worker processes; None for one per core, 0 for this process.
    as_json
        Whether stdout gets JSON.
    """

    experiment: Experiment
    places: Places
    workers: int | None
    as_json: bool


def read_request(source: str | None, given: dict[str, Any], *, retry: bool = False) -> Request:
    """Read a command's argument and options.

    Parameters
    ----------
    source
        Path of a TOML or name of a shipped benchmark.
    given
        Values of the options by name.
    retry
        Whether to repeat the latest run instead.
    """
    from prunebench.run.run import Places

    asked = {name: value for name, value in given.items() if name not in PLACES}
    places = Places(given["store"], data_folder(given["data_dir"]), given.get("out"))
    tier = given.get("tier")
    experiment = latest(places, source, asked) if retry else read_experiment(source, asked, tier)
    return Request(experiment, places, given["workers"], given["as_json"])


def latest(places: Places, source: str | None, asked: dict[str, Any]) -> Experiment:
    """Read the experiment of the run in ``--out`` if there is one, else of the store's latest.

    Raises
    ------
    UsageError
        If another experiment is asked for too.
    """
    from prunebench.experiment.schema import validate
    from prunebench.results.folder import RECORD, latest_run, read_record

    if source or any(value not in (None, ()) for value in asked.values()):
        msg = "--retry failed repeats the latest run of the store; leave the experiment out."
        raise click.UsageError(msg)
    here = places.out is not None and (places.out / RECORD).is_file()
    folder = places.out if places.out and here else latest_run(places.store)
    return validate(read_record(folder).experiment, str(folder))
