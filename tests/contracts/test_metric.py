"""What a metric is given, and what it may give."""

import numpy as np
import pytest

from prunebench.api import Metric, Outputs, Tested, setting
from prunebench.contracts.metric import measure
from prunebench.contracts.settings import configure, describe_settings
from prunebench.errors import ContractError, SpecError


class Given(Metric):
    """Gives what it is told."""

    name = "given"
    paper = "Nobody 2020"
    bounds = (-1.0, 1.0)
    told: object = None
    share: float = setting(0.5, "a number")

    def compute(self, tested):
        """Give it."""
        return self.told


@pytest.fixture
def tested():
    """Four images of three classes."""
    return Tested(
        labels=[0, 1, 2, 1],
        classes=np.array([0, 1, 1, 1], np.int16),
        confidence=np.array([0.5, 0.75, 0.25, 1.0], np.float32),
        class_count=3,
        reference=Outputs([0, 2, 2, 1], [1.0, 1.0, 0.5, 0.5]),
    )


def test_arrays_are_wide_and_locked(tested):
    """Whatever the store holds, authors get int64 and float64 that cannot be written to."""
    arrays = (tested.labels, tested.classes, tested.confidence, tested.dense.classes)

    assert [str(one.dtype) for one in arrays] == ["int64", "int64", "float64", "int64"]
    for one in arrays:
        with pytest.raises(ValueError, match="read-only"):
            one[0] = 1


def test_what_was_given_is_copied():
    """Later changes of the source change nothing."""
    classes = np.array([0, 1])
    tested = Tested(labels=[0, 1], classes=classes, confidence=[1, 1], class_count=2)
    classes[0] = 1

    assert tested.classes.tolist() == [0, 1]
    classes[1] = 0  # the source itself stays writable
    assert classes.tolist() == [1, 0]


def test_dense_outputs_must_be_declared():
    """Where they were not asked for, reading them says what to write."""
    alone = Tested(labels=[0], classes=[0], confidence=[1.0], class_count=2)

    with pytest.raises(ContractError, match=r'needs = frozenset\({"dense"}\)'):
        alone.dense.classes  # noqa: B018 - reading is what is refused


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": [0, 1]},
        {"confidence": [0.5]},
        {"reference": Outputs([0], [1.0])},
        {"labels": [[0], [1], [2], [1]]},
    ],
)
def test_one_entry_for_each_image(tested, wrong):
    """Arrays of different lengths belong to different images."""
    given = {
        "labels": tested.labels,
        "classes": tested.classes,
        "confidence": tested.confidence,
        "class_count": 3,
    }

    with pytest.raises(ContractError, match="must be of one length, got"):
        Tested(**{**given, **wrong})


@pytest.mark.parametrize("value", [0, 1, -1.0, 0.25, np.float32(0.5), np.int64(1)])
def test_numbers_within_the_bounds_are_values(tested, value):
    """Python's and NumPy's numbers become a float, the bounds included."""
    found = measure(Given(told=value), tested)

    assert (type(found), found) == (float, float(value))


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("-inf"), None, True, np.bool_(True), "1", 1j, np.ones(1), [1.0], 1.5, -2],
)
def test_anything_else_is_refused(tested, value):
    """With the metric's name, what it gave, and what it must give."""
    wanted = "^metric 'given' gave .*; compute must give one finite number from -1 to 1.$"

    with pytest.raises(ContractError, match=wanted):
        measure(Given(told=value), tested)


def test_long_values_are_cut_short(tested):
    """A message stays a sentence."""
    with pytest.raises(ContractError) as caught:
        measure(Given(told="x" * 10_000), tested)

    assert len(str(caught.value)) < 160


def test_settings_are_those_of_any_plugin():
    """Subclassing makes a frozen dataclass; values are checked as they are read."""
    assert [one.name for one in describe_settings(Given)] == ["told", "share"]
    assert configure(Given, "metric", "given", {"share": 1}).share == 1.0
    with pytest.raises(SpecError, match="metric 'given' has no setting 'bins'"):
        configure(Given, "metric", "given", {"bins": 3})
    with pytest.raises(ContractError, match="every setting needs a default"):

        class Bare(Metric):
            bins: int

            def compute(self, tested): ...
