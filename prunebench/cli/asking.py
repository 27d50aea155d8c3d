"""The options that say what is asked for; each is a key of the TOML too."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from prunebench.core.digest import Json
    from prunebench.experiment.experiment import Experiment

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_STORE = "prunebench-store"
FOLDER = click.Path(path_type=Path, file_okay=False)

EXPERIMENT_OPTIONS = (
    click.option(
        "--methods", multiple=True, metavar="NAME[key=value],...", help="Pruning methods."
    ),
    click.option("--protocols", multiple=True, metavar="NAME,...", help="Retraining protocols."),
    click.option("--dataset", multiple=True, metavar="NAME,...", help="Data sets."),
    click.option("--model", multiple=True, metavar="NAME,...", help="Models."),
    click.option("--densities", metavar="0.5,0.2,...", help="Kept fractions."),
    click.option("--sparsities", metavar="0.5,0.8,...", help="Removed fractions."),
    click.option(
        "--density-of",
        type=click.Choice(["params", "macs", "units"]),
        help="What densities count: prunable parameters (default), multiply-adds or units.",
    ),
    click.option(
        "--finetune-lrs",
        metavar="0.001,0.01,...",
        help="Rates that fine-tuning chooses from by validation, the same for every method.",
    ),
    click.option("--seeds", type=click.IntRange(1), metavar="N", help="Seeds 0 to N-1."),
    click.option(
        "--weights",
        metavar="FILE|pretrained",
        help="Dense weights to prune instead of training them: safetensors, or published ones.",
    ),
    click.option(
        "--controls/--no-controls",
        default=None,
        help="Hold every method against random and magnitude masks of its own shape.",
    ),
    click.option(
        "--latency/--no-latency",
        default=None,
        help="Time cut networks, and masks of linear-heavy ones as CSR, beside dense ones.",
    ),
    click.option(
        "--metrics",
        multiple=True,
        metavar="NAME[key=value],...",
        help="Also compute these from what networks say of the test images.",
    ),
    click.option(
        "--diagnostics/--no-diagnostics",
        default=None,
        help="Also measure training accuracy, loss around pruning, and how far weights moved.",
    ),
    click.option("--device", type=click.Choice(["cpu", "cuda", "auto"]), help="Where to train."),
)

STUDY_OPTIONS = (
    click.option(
        "--suite",
        metavar="NAME@X.Y",
        help="Run the methods through a suite, for a leaderboard ('prunebench list suites').",
    ),
    click.option(
        "--tier",
        metavar="smoke|t1|t2",
        help="Size of a benchmark: seconds; half an hour on two cores; the paper's own setting.",
    ),
    click.option(
        "--claims",
        metavar="C1,C5,...",
        help="Run what decides these claims, and declare them first ('prunebench claims').",
    ),
    click.option(
        "--claims-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Claims to declare instead of the shipped ones.",
    ),
)

TIME_OPTIONS = (
    click.option(
        "--max-minutes",
        type=click.FloatRange(min=0.0, min_open=True),
        metavar="M",
        help="Begin nothing that would end later; the same command goes on (exit code 4).",
    ),
)

HANDS_OPTIONS = (
    click.option(
        "--max-memory",
        metavar="8G|500M|50%",
        help="What all workers may take together; fewer of them are started, or go on, to keep it.",
    ),
    click.option(
        "--stages-per-gpu",
        type=click.IntRange(1),
        metavar="N",
        help="Workers on each GPU, with --device cuda; 1 by default.",
    ),
    click.option(
        "--cuda-graphs",
        is_flag=True,
        help="Record training steps as CUDA graphs: for small networks, which wait for launches.",
    ),
)

PLACE_OPTIONS = (
    click.option(
        "--workers",
        type=click.IntRange(0),
        metavar="N",
        help="Worker processes; by default one per core or GPU, 0 runs in this process.",
    ),
    click.option(
        "--data-dir",
        type=FOLDER,
        envvar="PRUNEBENCH_DATA",
        help="Folder of the data sets; may be read-only. [env: PRUNEBENCH_DATA]",
    ),
    click.option(
        "--store",
        type=FOLDER,
        envvar="PRUNEBENCH_STORE",
        default=DEFAULT_STORE,
        show_default=True,
        help="Folder of everything computed. [env: PRUNEBENCH_STORE]",
    ),
)


def with_options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Give a command several options, in this order in its help."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def read_experiment(
    source: str | None, given: dict[str, Any], tier: str | None = None
) -> Experiment:
    """Read a TOML, a benchmark's name or nothing, and let flags override it.

    Parameters
    ----------
    source
        Path of a TOML or name of a shipped benchmark.
    given
        Values of `EXPERIMENT_OPTIONS` by name.
    tier
        Which size of a benchmark.

    Raises
    ------
    UsageError
        If a tier is asked of nothing.
    """
    from prunebench.experiment.schema import load, validate

    overrides = read_flags(given)
    if source is not None:
        return load(source, overrides, tier)
    if tier is not None:
        msg = f"--tier {tier} is a size of a benchmark; name one ('prunebench list benchmarks')."
        raise click.UsageError(msg)
    return validate(overrides, "the command line")


def read_flags(given: dict[str, Any]) -> dict[str, Json]:
    """Turn the flags that were given into TOML keys and values."""
    from prunebench.experiment.choice import parse_value, split_outside

    found: dict[str, Json] = {}
    for key, value in given.items():
        if value is None or value == ():
            continue
        if key in ("methods", "protocols", "dataset", "model", "metrics"):
            # An empty flag is a mistake to be told of, not a flag that was left out.
            found[key] = [part for text in value for part in split_outside(text)] or [""]
        elif key in ("densities", "sparsities", "finetune_lrs"):
            found[key] = [parse_value(part) for part in split_outside(value)]
            if not found[key]:
                flag = f"--{key.replace('_', '-')}"
                msg = f"{flag} {value!r} names no number; leave it out, or name some."
                raise click.UsageError(msg)
        else:
            found[key] = value
    for one, other in (("densities", "sparsities"), ("sparsities", "densities")):
        if one in found and other not in found:
            found[other] = None  # a flag replaces the file's other way of saying it
    return found


def data_folder(given: Path | None) -> Path:
    """Choose the folder of the data sets: as given, else the user's cache."""
    if given is not None:
        return given
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "prunebench"
