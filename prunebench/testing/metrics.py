"""What every metric must do: give one number of the outputs alone, whatever their order."""

from collections.abc import Iterator
from dataclasses import replace
from math import isclose

import numpy as np

from prunebench.contracts.metric import Metric, Outputs, Tested, measure
from prunebench.errors import ContractError
from prunebench.testing.claim import claim

IMAGES, CLASSES = 240, 5
TOLERANCE = 1e-9
"""Relative to the value, or to 1 where it is smaller: sums in another order round differently."""


def make_tested(
    seed: int = 0, images: int = IMAGES, classes: int = CLASSES, *, dense: bool = True
) -> Tested:
    """Make outputs as a half-trained network would give them, and those of a dense one.

    Parameters
    ----------
    seed
        Another gives other outputs.
    images, classes
        How many.
    dense
        Whether there are outputs of a dense network too.
    """
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, classes, images)
    said = [guessed(draw, labels, classes) for _ in range(2)]
    return Tested(
        labels=labels,
        class_count=classes,
        classes=said[0].classes,
        confidence=said[0].confidence,
        reference=said[1] if dense else None,
    )


def guessed(draw: np.random.Generator, labels: np.ndarray, classes: int) -> Outputs:
    """Guess classes, about half of them right, none with less confidence than chance."""
    right = draw.random(len(labels)) < 0.5
    found = np.where(right, labels, draw.integers(0, classes, len(labels)))
    sure = 1 / classes + (1 - 1 / classes) * draw.random(len(labels))
    return Outputs(found, sure.astype(np.float32))


def examples(metric: Metric) -> Iterator[tuple[str, Tested]]:
    """Give outputs of several kinds, each with what they are; dense ones if the metric needs them.

    Half-trained networks, one that is always right, one that is always wrong and sure of it, one
    that gives every image the same class, and a test set of one image.
    """
    dense = "dense" in metric.needs
    for seed in range(3):
        yield f"random outputs {seed}", make_tested(seed, dense=dense)
    yield "outputs for 100 classes", make_tested(3, classes=100, dense=dense)
    one = make_tested(4, dense=dense)
    sure = np.ones(IMAGES)
    yield "outputs that are all right", replace(one, classes=one.labels, confidence=sure)
    wrong = (one.labels + 1) % CLASSES
    yield "outputs that are all wrong", replace(one, classes=wrong, confidence=sure)
    yield "outputs that are all class 0", replace(one, classes=np.zeros(IMAGES, np.int64))
    yield "outputs for one image", make_tested(5, images=1, dense=dense)


def check_value(owner: type[Metric]) -> None:
    """Check that a value is one finite number within the bounds, for outputs of every kind."""
    for what, tested in examples(owner()):
        computed(owner(), what, tested)


def computed(metric: Metric, what: str, tested: Tested) -> float:
    """Compute a metric of some outputs, and say what to do about the two common slips."""
    name = type(metric).__name__
    try:
        return measure(metric, tested)
    except ArithmeticError as error:
        mend = "No image need be right, and no group need have one."
        message = f"{name}, {what}: {error}."
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        mend = "Work on a copy: array.copy()."
        message = f"{name}, {what}: compute writes to the arrays it is given."
    raise ContractError(f"{message} {mend}")  # noqa: EM102 - two sentences made above


def check_repeats(owner: type[Metric]) -> None:
    """Check that equal outputs have one value, whoever computed what before."""
    for what, tested in examples(owner()):
        metric = owner()
        first, again, fresh = (computed(one, what, tested) for one in (metric, metric, owner()))
        claim(
            f"{owner.__name__}, {what}: {first!r} at first, then {again!r}, and {fresh!r} anew.",
            holds=first == again == fresh,
            mend="Draw nothing at random, and keep nothing between calls.",
        )


def check_permutation(owner: type[Metric]) -> None:
    """Check that the order of the images does not matter."""
    for what, tested in examples(owner()):
        value = computed(owner(), what, tested)
        other = computed(owner(), what, permuted(tested))
        claim(
            f"{owner.__name__}, {what}: {value!r}, and {other!r} with the images in another order.",
            holds=isclose(value, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE),
            mend="Which image is the first means nothing; look at all of them alike.",
        )


def permuted(tested: Tested) -> Tested:
    """Give the same outputs for images in another order."""
    order = np.random.default_rng(7).permutation(len(tested.labels))
    dense = tested.reference
    return replace(
        tested,
        labels=tested.labels[order],
        classes=tested.classes[order],
        confidence=tested.confidence[order],
        reference=None if dense is None else Outputs(*(one[order] for one in arrays(dense))),
    )


def check_outputs_untouched(owner: type[Metric]) -> None:
    """Check that the arrays are as they were."""
    for what, tested in examples(owner()):
        dense = () if tested.reference is None else arrays(tested.reference)
        given = (tested.labels, *arrays(tested), *dense)
        before = [one.copy() for one in given]
        computed(owner(), what, tested)
        claim(
            f"{owner.__name__}, {what}: compute writes to the arrays it is given.",
            holds=all(map(np.array_equal, given, before)),
            mend="Work on a copy: array.copy().",
        )


def arrays(outputs: Outputs) -> tuple[np.ndarray, np.ndarray]:
    """Give the arrays of a network's outputs."""
    return outputs.classes, outputs.confidence


CHECKS = (check_value, check_outputs_untouched, check_repeats, check_permutation)
