"""Small honest bundles, made from first principles: every number follows from the ones before."""

from math import log

import numpy as np

from prunebench.bundle.document import (
    Bundle,
    Curve,
    DatasetFacts,
    Entry,
    LayerCount,
    Manifest,
    PairFacts,
    PluginFacts,
    Predictions,
    Submitter,
)
from prunebench.core.digest import digest
from prunebench.experiment.choice import parse_choice
from prunebench.experiment.experiment import trial_id
from prunebench.results.measurement import Measurement

CLASSES, TEST = 4, 20
LAYERS = {"conv": (40, 4), "fc": (60, 1)}
"""Weights of each kernel, and places where one is used: 220 multiply-adds."""

OTHER = 10
"""Biases: parameters that are never pruned."""

STEPS, EPOCH_STEPS, BATCH, IMAGES = 6, 2, 8, 15
"""Dense training: three epochs of 15 images, in batches of 8 and 7."""

FINETUNE = 2
LABELS = np.arange(TEST, dtype=np.uint16) % CLASSES
IDENTITY = "sha256:toy"
ENVIRONMENT = {"python": "3.11.7", "libraries": {"torch": "2.13.0"}, "device": "cpu"}
HIT, MISS = 0.75, 0.5


def coordinates(seed):
    """Give what decides a dense network of the toy problem."""
    return {
        "dataset": {"name": "toy", "settings": {}, "identity": IDENTITY},
        "model": {"name": "net", "settings": {"width": 4}},
        "training": {
            "steps": STEPS,
            "epoch_steps": EPOCH_STEPS,
            "batch": BATCH,
            "lr": 0.1,
            "selection": "loss",
        },
        "seed": seed,
    }


def scores(hits):
    """Give the scores of so many hits: a miss leaves a quarter to its label."""
    accuracy = hits / TEST
    loss = -(hits * log(HIT) + (TEST - hits) * log(0.25)) / TEST
    found = {f"test_accuracy_{point}": accuracy for point in ("last", "selected", "best")}
    return found | {"test_loss_last": loss, "test_loss_selected": loss}


def predictions(hits, shift=1):
    """Predict so many images rightly, the first of them."""
    right = np.arange(TEST) < hits
    classes = np.where(right, LABELS, (LABELS + shift) % CLASSES).astype(np.int16)
    return Predictions(classes, np.where(right, HIT, MISS).astype(np.float16))


def curve(steps):
    """Give a curve whose validation is best at the end."""
    points = range(EPOCH_STEPS, steps + 1, EPOCH_STEPS)
    down = tuple(1.0 / step for step in points)
    return Curve(tuple(points), down, down, tuple(1 - loss for loss in down))


def trained(steps):
    """Give the columns of a training that ended well."""
    losses = curve(steps)
    return {
        "steps": steps,
        "epochs": steps / EPOCH_STEPS,
        "selected_step": steps,
        "train_loss": losses.train_loss[-1],
        "validation_loss": losses.validation_loss[-1],
        "validation_accuracy": losses.validation_accuracy[-1],
        "seconds": 0.25,
    }


def common(trial, seed, label, protocol):
    """Give what every row says of itself."""
    return {
        "trial": trial,
        "status": "ok",
        "dataset": "toy",
        "model": "net",
        "recipe": "toy",
        "seed": seed,
        "method": label,
        "protocol": protocol,
        "method_id": parse_choice(label).name,
        "protocol_id": protocol,
        "environment": digest(ENVIRONMENT),
        "weights_digest": digest(["weights", trial]),
        "predictions_digest": digest(["predictions", trial]),
    }


def costs(retraining=0.0, macs=0):
    """Give the ledger beside the dense training's."""
    dense = STEPS // EPOCH_STEPS * IMAGES * 220
    return {
        "dense_epochs": 3.0,
        "pruning_epochs": 0.0,
        "total_epochs": 3.0 + retraining,
        "dense_macs": dense,
        "pruning_macs": 0,
        "retraining_macs": macs,
        "total_macs": dense + macs,
        "dense_seconds": 0.25,
        "pruning_seconds": 0.0,
    }


def dense_entry(seed, hits):
    """Give the row of a dense network, which keeps everything."""
    settings = coordinates(seed)
    sizes = {"params_dense": 110, "params_kept": 110}
    sizes |= {"macs_dense": 220, "macs_physical": 220, "macs_sparse": 220}
    ones = ("density", "compression_ratio", "theoretical_speedup", "density_after_pruning")
    row = Measurement(
        **common(trial_id(settings), seed, "dense", "dense"),
        settings=settings,
        **sizes,
        **dict.fromkeys((*ones, "density_after_training", "density_evaluated"), 1.0),
        realised=True,
        shortfall=0,
        lr=0.1,
        **trained(STEPS),
        **scores(hits),
        **costs(),
    )
    return Entry(row)


def kept_layers(density):
    """Keep the same fraction of every layer."""
    return tuple(
        LayerCount(name, size, round(size * density)) for name, (size, _) in LAYERS.items()
    )


def pruned_entry(dense, label, density, hits):
    """Give the row of a network that was pruned to a density and fine-tuned."""
    seed, choice = dense.row.seed, parse_choice(label)
    settings = coordinates(seed) | {
        "prunable": ["kernels", []],
        "method": {"name": choice.name, "settings": {"scope": "layer", **choice.settings}},
        "target": {"density": density, "of": "params"},
        "between": {},
        "protocol": {
            "name": "finetune",
            "start": "trained",
            "budget": "finetune",
            "steps": FINETUNE,
            "lr": 0.01,
        },
        "draw": 0,
    }
    row = Measurement(
        **common(trial_id(settings), seed, label, "finetune"),
        settings=settings,
        granularity="weight",
        scope="layer",
        target=f"{density:g}",
        target_density=density,
        lr=0.01,
        mask_digest=digest(["mask", label, density, seed]),
        **sizes(density),
        **trained(FINETUNE),
        **scores(hits),
        **costs(1.0, IMAGES * round(220 * density)),
    )
    return Entry(row, dense.row.trial, dense.row.weights_digest)


def sizes(density):
    """Count what a density keeps, with masks."""
    layers = kept_layers(density)
    kept = sum(layer.kept for layer in layers)
    macs = sum(layer.kept * LAYERS[layer.layer][1] for layer in layers)
    densities = ("density", "density_after_pruning", "density_after_training", "density_evaluated")
    return {
        "params_dense": 110,
        "params_kept": OTHER + kept,
        "prunable_dense": 100,
        "prunable_kept": kept,
        "macs_dense": 220,
        "macs_physical": 220,
        "macs_sparse": macs,
        "compression_ratio": 110 / (OTHER + kept),
        "theoretical_speedup": 220 / macs,
        "realised": False,
        "shortfall": 0,
        "layer_densities": {layer.layer: layer.kept / layer.size for layer in layers},
        **dict.fromkeys(densities, kept / 100),
    }


def plugins(labels):
    """List the plugins that the rows of some methods need."""
    methods = sorted({f"method {parse_choice(label).name}" for label in labels})
    offers = ("dataset toy", *methods, "model net", "protocol finetune")
    return (PluginFacts("toys", "toy-methods", "1.0", "0" * 32, offers),)


def manifest(labels, rows, suite):
    """Give the manifest of the toy problem."""
    return Manifest(
        suite=suite,
        title="Toys",
        created="2025-01-31T12:00:00Z",
        submitter=Submitter("Nobody", "https://example.org/nobody"),
        command="prunebench run toys",
        experiment={"name": "Toys"},
        environments={digest(ENVIRONMENT): {**ENVIRONMENT, "id": digest(ENVIRONMENT)}},
        plugins=plugins(labels),
        datasets=(DatasetFacts("toy", CLASSES, TEST, IDENTITY),),
        pairs=(PairFacts("toy", "net", TEST),),
        counts={"ok": rows},
    )


def make_bundle(methods=("magnitude",), *, seeds=2, densities=(0.5, 0.2), suite=""):
    """Give an honest bundle of methods, seeds, densities, and a suite's label."""
    entries, found, layers, curves = [], {}, {}, {}
    for seed in range(seeds):
        dense = dense_entry(seed, 18 - seed)
        entries.append(dense)
        found[dense.row.trial] = predictions(18 - seed)
        curves[dense.row.trial] = curve(STEPS)
        for number, (label, density) in enumerate(
            (label, density) for label in methods for density in densities
        ):
            hits = 17 - seed - number
            entry = pruned_entry(dense, label, density, hits)
            entries.append(entry)
            found[entry.row.trial] = predictions(hits, shift=1 + number % 3)
            layers[entry.row.trial] = kept_layers(density)
            curves[entry.row.trial] = curve(FINETUNE)
    entries.sort(key=lambda entry: entry.row.trial)
    facts = manifest(methods, len(entries), suite)
    return Bundle(facts, tuple(entries), curves, layers, found, {"toy": LABELS})
