"""A run or a plan as it was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import data_folder, read_experiment, read_flags

if TYPE_CHECKING:
    from pathlib import Path

    from prunebench.experiment.experiment import Experiment
    from prunebench.run.hands import Asked, Hands
    from prunebench.run.run import Places

PLACES = (
    "store",
    "data_dir",
    "out",
    "workers",
    "max_memory",
    "stages_per_gpu",
    "cuda_graphs",
    "as_json",
    "suite",
    "tier",
    "claims",
    "claims_file",
)


@dataclass(frozen=True)
class Request:
    """What, where and how.

    Parameters
    ----------
    experiment
        The grid.
    places
        Folders.
    asked
        Of the machine: workers and memory.
    as_json
        Whether stdout gets JSON.
    """

    experiment: Experiment
    places: Places
    asked: Asked
    as_json: bool

    def hands(self) -> Hands:
        """Decide how many workers there are, and what they may take.

        Raises
        ------
        SpecError
            If what is asked for cannot be had.
        """
        from prunebench.plan.problem import chosen_device
        from prunebench.run.hands import choose_hands

        return choose_hands(self.asked, chosen_device(self.experiment.device))


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
    from prunebench.experiment.schema import source_path, validate
    from prunebench.results.folder import own_claims, read_record
    from prunebench.run.hands import Asked
    from prunebench.run.run import Places

    asked = {name: value for name, value in given.items() if name not in PLACES}
    places = Places(
        given["store"],
        data_folder(given["data_dir"]),
        given.get("out"),
        given.get("claims_file"),
        source_path(source) if source is not None and not retry else None,
    )
    tier, claims, suite = given.get("tier"), given.get("claims"), given.get("suite")
    if retry:
        folder = repeated(places, source, {**asked, "tier": tier, "claims": claims, "suite": suite})
        experiment = validate(read_record(folder).experiment, str(folder))
        places = replace(places, claims=places.claims or own_claims(folder))
    elif suite is not None:
        refuse_beside_suite(suite, {"an experiment": source, "--tier": tier, "--claims": claims})
        experiment = of_suite(suite, asked)
    elif claims is not None:
        experiment = of_claims(source, claims, tier, asked, places.claims)
    else:
        experiment = read_experiment(source, asked, tier)
    refuse_strange_claims(experiment, places.claims)
    hands = Asked(
        given["workers"], given["max_memory"], given["stages_per_gpu"], graphs=given["cuda_graphs"]
    )
    return Request(experiment, places, hands, given["as_json"])


def of_suite(label: str, asked: dict[str, Any]) -> Experiment:
    """Ask for some methods' share of a suite; other flags replace what it says.

    Raises
    ------
    UsageError
        If no method is named.
    """
    from prunebench.suite.file import find_suite

    suite, changes = find_suite(label), read_flags(asked)
    methods = changes.pop("methods", None)
    if not isinstance(methods, list):
        msg = f"--suite {label} needs --methods: name those to be measured, such as magnitude."
        raise click.UsageError(msg)
    return suite.experiment([str(method) for method in methods], changes)


def refuse_beside_suite(label: str, others: dict[str, str | None]) -> None:
    """Refuse what a suite says already.

    Raises
    ------
    UsageError
        With what was named besides.
    """
    for what, value in others.items():
        if value is not None:
            msg = f"--suite {label} is a whole experiment; leave {what} {value!r} out."
            raise click.UsageError(msg)


def of_claims(
    source: str | None, claims: str, tier: str | None, asked: dict[str, Any], file: Path | None
) -> Experiment:
    """Ask for what decides some claims.

    Raises
    ------
    UsageError
        If a benchmark is named too, or no tier.
    """
    from prunebench.claims.ask import experiment_of
    from prunebench.claims.file import read_claims

    if source:
        msg = f"--claims names its benchmarks itself; leave {source} out."
        raise click.UsageError(msg)
    if tier is None:
        msg = "--claims needs a --tier: t1 takes minutes on two cores, t2 is the papers' setting."
        raise click.UsageError(msg)
    ids = [part.strip() for part in claims.split(",") if part.strip()]
    if not ids:
        msg = f"--claims {claims!r} names no claim; 'prunebench claims --published' lists them."
        raise click.UsageError(msg)
    return experiment_of(read_claims(file), ids, tier, read_flags(asked))


def refuse_strange_claims(experiment: Experiment, file: Path | None) -> None:
    """Refuse claims that the file does not have, and a file that no claim is looked for in.

    Raises
    ------
    SpecError
        With the claim or the file.
    """
    from prunebench.claims.file import read_claims
    from prunebench.errors import SpecError

    if experiment.study.claims:
        read_claims(file).chosen(experiment.study.claims)
    elif file is not None:
        msg = f"no claim of {file} is asked for; name some with --claims, or as claims = [...]."
        raise SpecError(msg)


def repeated(places: Places, source: str | None, asked: dict[str, Any]) -> Path:
    """Find the run in ``--out`` if there is one, else the store's latest.

    Raises
    ------
    UsageError
        If another experiment is asked for too.
    """
    from prunebench.results.folder import RECORD, latest_run

    if source is not None or any(value not in (None, ()) for value in asked.values()):
        msg = "--retry failed repeats the latest run of the store; leave the experiment out."
        raise click.UsageError(msg)
    here = places.out is not None and (places.out / RECORD).is_file()
    return places.out if places.out and here else latest_run(places.store)
