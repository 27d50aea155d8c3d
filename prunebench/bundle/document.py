"""What a bundle holds: results of one submitter, with what is needed to check them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from prunebench.core.digest import Json
from prunebench.results.measurement import Measurement
from prunebench.results.record import Skipped

SCHEMA = 1
"""Raised when a bundle changes its meaning; old ones stay readable for ever."""


@dataclass(frozen=True)
class Submitter:
    """Who submits.

    Parameters
    ----------
    name
        As it is to be printed.
    url
        A page about them, http or https; empty without one.
    """

    name: str
    url: str = ""


@dataclass(frozen=True)
class PluginFacts:
    """A plugin that took part.

    Parameters
    ----------
    entry_point, distribution, version
        Where it comes from.
    source_digest
        32 hexadecimal digits over its code without comments, and what it imports of its own.
    offers
        What it offers, such as ``"method obd"``, sorted.
    file_digest
        SHA-256 of its file as it lay there; empty for what has none.
    """

    entry_point: str
    distribution: str
    version: str
    source_digest: str
    offers: tuple[str, ...] = ()
    file_digest: str = ""


@dataclass(frozen=True)
class DatasetFacts:
    """A data set that rows were tested on.

    Parameters
    ----------
    label
        As the rows have it.
    classes, test
        Number of classes, and of test images.
    identity
        Its content's identity: ``settings["dataset"]["identity"]`` of the rows.
    """

    label: str
    classes: int
    test: int
    identity: str


@dataclass(frozen=True)
class PairFacts:
    """A data set with a model; its place in `Manifest.pairs` names the file of its predictions.

    Parameters
    ----------
    dataset, model
        Labels as the rows have them.
    test
        Number of test images.
    """

    dataset: str
    model: str
    test: int


@dataclass(frozen=True)
class Manifest:
    """What ``bundle.json`` holds.

    Parameters
    ----------
    suite
        Label of the suite that was run, such as ``"tiny@1.0"``; empty for an experiment of one's
        own.
    title
        One line.
    created
        Time of the run in UTC, ISO 8601: ``"2025-01-31T12:00:00Z"``.
    submitter
        Who submits.
    command
        The command line as it was typed.
    experiment
        The resolved experiment, as a TOML would say it.
    environments
        Facts by id; each holds its own ``"id"``, the digest of the rest.
    plugins
        Plugins that took part, in order of distribution and entry point.
    datasets
        Sorted by label; the place of one names the file of its labels.
    pairs
        Sorted by data set and model; the place of one names the file of its predictions.
    skipped
        Combinations left out, with reasons.
    papers
        Sources of methods and protocols by kind and id, such as ``"method obd"``.
    weights
        Whether the weights of rows are there too.
    counts
        Number of rows by status, such as ``{"ok": 12}``.
    """

    suite: str
    title: str
    created: str
    submitter: Submitter
    command: str
    experiment: Mapping[str, Json]
    environments: Mapping[str, Mapping[str, Json]]
    plugins: tuple[PluginFacts, ...]
    datasets: tuple[DatasetFacts, ...]
    pairs: tuple[PairFacts, ...]
    skipped: tuple[Skipped, ...] = ()
    papers: Mapping[str, str] = field(default_factory=dict)
    weights: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    schema: int = SCHEMA


@dataclass(frozen=True)
class Entry:
    """One row, and the dense network it was pruned from.

    Parameters
    ----------
    row
        Without its curve, which lies in `Bundle.curves`.
    dense
        Trial of the dense row; empty for a dense row itself and for a row that never got a dense
        network (failed, blocked).
    dense_weights
        That row's ``weights_digest``.
    """

    row: Measurement
    dense: str = ""
    dense_weights: str = ""


@dataclass(frozen=True)
class Curve:
    """Learning curve of a training; the last two are empty without validation.

    Parameters
    ----------
    steps
        Rising.
    train_loss, validation_loss, validation_accuracy
        At each step; None where a value was not finite.
    """

    steps: tuple[int, ...]
    train_loss: tuple[float | None, ...]
    validation_loss: tuple[float | None, ...] = ()
    validation_accuracy: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class LayerCount:
    """A prunable layer's kernel.

    Parameters
    ----------
    layer
        Name of the module.
    size, kept
        Weights of the dense kernel, and those kept.
    """

    layer: str
    size: int
    kept: int


@dataclass(frozen=True)
class Predictions:
    """What a network at its last step said of every test image.

    Parameters
    ----------
    classes
        Predicted class, int16.
    confidence
        Its probability, float16.
    """

    classes: NDArray[np.int16]
    confidence: NDArray[np.float16]


@dataclass(frozen=True)
class Bundle:
    """Results of one submitter.

    Parameters
    ----------
    manifest
        Who, what, where, with what.
    entries
        Rows, sorted by trial.
    curves
        By trial, of the rows that were trained.
    layers
        By trial, of the rows that were pruned, in the order of the network.
    predictions
        By trial, of the rows with a test accuracy.
    labels
        Classes of the test images by data set label, uint16.
    weights
        Safetensors files by trial; empty unless they were asked for.
    """

    manifest: Manifest
    entries: tuple[Entry, ...]
    curves: Mapping[str, Curve]
    layers: Mapping[str, tuple[LayerCount, ...]]
    predictions: Mapping[str, Predictions]
    labels: Mapping[str, NDArray[np.uint16]]
    weights: Mapping[str, bytes] = field(default_factory=dict)
