"""The contract of a metric: one number from what a network says of the test images."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import inf, isfinite
from numbers import Real
from typing import Any, ClassVar, Literal, dataclass_transform

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from prunebench.contracts.settings import freeze, setting
from prunebench.errors import ContractError


@dataclass(frozen=True, eq=False)
class Outputs:
    """What a network says of every test image; arrays that cannot be written to.

    Parameters
    ----------
    classes
        int64, (images,): the class with the largest output.
    confidence
        float64, (images,): the probability of that class.
    """

    classes: NDArray[np.int64]
    confidence: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", locked(self.classes, np.int64))
        object.__setattr__(self, "confidence", locked(self.confidence, np.float64))


@dataclass(frozen=True, eq=False)
class Tested(Outputs):
    """A network's test: its outputs, the truth, and the dense network beside it.

    Parameters
    ----------
    classes, confidence
        Of the network: see `Outputs`.
    labels
        int64, (images,): the true classes.
    class_count
        Number of classes; labels are 0 to one less.
    reference
        The dense network's outputs for the same images; read as `dense`.

    Raises
    ------
    ContractError
        If the arrays do not have one entry for each image.
    """

    __test__: ClassVar[bool] = False  # pytest would take an author's import for a class of tests

    labels: NDArray[np.int64]
    class_count: int
    reference: Outputs | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "labels", locked(self.labels, np.int64))
        said: list[Outputs] = [self] if self.reference is None else [self, self.reference]
        given = [self.labels, *(array for one in said for array in (one.classes, one.confidence))]
        shapes = {array.shape for array in given}
        if len(shapes) > 1 or self.labels.ndim != 1:
            msg = f"labels, classes and confidence must be of one length, got {sorted(shapes)}."
            raise ContractError(msg)

    @property
    def dense(self) -> Outputs:
        """The dense network of the same seed, for the same images in the same order.

        Raises
        ------
        ContractError
            If the metric does not declare that it needs it.
        """
        if self.reference is None:
            msg = (
                "a metric that reads tested.dense must say so: write "
                'needs = frozenset({"dense"}) in its class.'
            )
            raise ContractError(msg)
        return self.reference


def locked(values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """Copy values into an array that cannot be written to."""
    array = np.array(values, dtype)
    array.setflags(write=False)
    return array


@dataclass_transform(frozen_default=True, field_specifiers=(setting,))
class Metric(ABC):
    """A metric: a number that a network's outputs for the test images give.

    Subclasses become frozen dataclasses of their settings, written as ``name[key=value]``. Only
    `name`, `paper` and `compute` are needed. Tables give the mean over seeds of ``scale * value``.

    Attributes
    ----------
    name, paper
        Public id and source.
    unit
        What a table prints behind the name: ``"%"``, ``"points"``, or empty.
    scale
        What a table multiplies values by, such as 100 for a fraction that is shown in percent.
    decimals
        Digits behind the point in a table, 0 to 9.
    direction
        Which values are better: ``"higher"`` or ``"lower"``.
    bounds
        Smallest and largest value that `compute` can give.
    needs
        ``"dense"`` for the outputs of the dense network of the same seed, the one that was pruned
        (for methods that prune before training: the shared one). Such a metric has no value for
        dense networks.
    version
        Raise it when the same outputs give another value.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    unit: ClassVar[str] = ""
    scale: ClassVar[float] = 1.0
    decimals: ClassVar[int] = 2
    direction: ClassVar[Literal["higher", "lower"]] = "higher"
    bounds: ClassVar[tuple[float, float]] = (-inf, inf)
    needs: ClassVar[frozenset[str]] = frozenset()
    version: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        freeze(cls)

    @abstractmethod
    def compute(self, tested: Tested) -> float:
        """Give the value for one network, the same whenever it is asked.

        Parameters
        ----------
        tested
            Outputs at the last step for all test images. Their order means nothing.
        """


def measure(metric: Metric, tested: Tested) -> float:
    """Compute a metric and check what it gave.

    Raises
    ------
    ContractError
        If that is not one finite number within the metric's bounds.
    """
    found: Any = metric.compute(tested)  # whatever a stranger returns
    low, high = metric.bounds
    is_number = isinstance(found, Real) and not isinstance(found, bool)
    if not (is_number and isfinite(found) and low <= found <= high):
        within = "" if (low, high) == (-inf, inf) else f" from {low:g} to {high:g}"
        shown = repr(found)[:60]
        msg = f"metric {metric.name!r} gave {shown}; compute must give one finite number{within}."
        raise ContractError(msg)
    return float(found)
