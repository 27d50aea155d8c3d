import pytest

from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.errors import SpecError
from prunebench.experiment.choice import parse_choice
from prunebench.plan.coordinates import protocol_coordinates
from prunebench.plan.course import Stretch
from prunebench.plan.protocol import (
    cap_of,
    configure_protocol,
    overrides,
    protocol_label,
    retraining,
)
from prunebench.training.recipe import FineTune, Recipe, timetable


@pytest.fixture
def configured(registry):
    """Give a function that configures a protocol as a person writes it."""
    return lambda written: configure_protocol(registry, parse_choice(written))


class Task:
    """What of a problem a protocol looks at: 100 images in batches of 10."""

    recipe = Recipe(length=8, batch=10, finetune=FineTune(3, 0.5), rewind="1ep", scratch_b_cap=3.0)
    train_images = 100
    rewind = 10

    def __init__(self):
        self.table = timetable(self.recipe, self.train_images)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("scratch-b[cap=0.5]", "scratch-b[cap] must be at least 1.0, got 0.5."),
        ("random[draws=0]", "random[draws] must be at least 1, got 0."),
        ("finetune[length=0]", "finetune[length] must be at least 1, got 0."),
        ("finetune[lr=-1]", "finetune[lr] must be at least 0, got -1.0."),
        ("scratch-b[cap=inf]", "scratch-b[cap] = 'inf' cannot be used"),
        ("finetune[lr=nan]", "finetune[lr] = 'nan' cannot be used"),
        ("random[scale=big]", "random[scale] = 'big' cannot be used"),
        ("random[draws=1.5]", "random[draws] = 1.5 cannot be used"),
        ("random[cap=2]", "'random' has no setting 'cap'; its settings are: scale, draws."),
        ("ticket[draws=2]", "its settings are: none."),
        ("random[start=trained]", "no setting 'start'"),
    ],
)
def test_unusable_settings_say_why(configured, written, sentence):
    """Bounds, types and names are checked with the value in the sentence."""
    with pytest.raises(SpecError) as caught:
        configured(written)

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("ticket", "ticket"),
        ("random[draws=1,scale=same]", "random"),
        ("scratch-b[cap=2]", "scratch-b[cap=2]"),
        ("scratch-b[cap=recipe]", "scratch-b"),
        ("finetune[lr=0.001,length=5]", "finetune[length=5,lr=0.001]"),
    ],
)
def test_label_holds_what_is_not_a_default(configured, written, label):
    """Labels are what a person would type, and read back as the same protocol."""
    protocol = configured(written)

    assert protocol_label(protocol) == label
    assert configured(label) == protocol


@pytest.mark.parametrize(
    ("written", "label"),
    [("random[draws=3]", "random"), ("scratch-b[cap=2,draws=3]", "scratch-b[cap=2]")],
)
def test_label_leaves_the_number_of_draws_out(configured, written, label):
    """Several draws are several rows of one protocol."""
    assert protocol_label(configured(written)) == label


@pytest.mark.parametrize(
    ("written", "coordinates"),
    [
        ("none", {"start": "trained", "budget": "none"}),
        ("finetune", {"start": "trained", "budget": "finetune", "steps": 30, "lr": 0.5}),
        (
            "finetune[length=5,lr=0.25]",
            {"start": "trained", "budget": "finetune", "steps": 50, "lr": 0.25},
        ),
        ("ticket", {"start": "rewind", "budget": "same-epochs", "rewind": 10}),
        ("random[draws=3]", {"start": "redraw", "budget": "same-epochs", "scale": "same"}),
        (
            "scratch-b",
            {"start": "narrow", "budget": "same-compute", "cap": 3.0, "extra": 0},
        ),
        (
            "scratch-b+ft[cap=none]",
            {"start": "narrow", "budget": "same-compute", "cap": None, "extra": 30},
        ),
    ],
)
def test_coordinates_hold_what_a_protocol_uses(configured, written, coordinates):
    """In steps of 10 images out of 100, the recipe's numbers filled in, and no others."""
    assert protocol_coordinates(Task(), configured(written)) == coordinates


def test_finetuning_is_short_and_constant(configured):
    """The recipe's length and rate, unless the protocol says otherwise."""
    course = retraining(Task(), configured("finetune"))
    changed = retraining(Task(), configured("finetune[length=5,lr=0.25]"))

    assert (course.start, course.end, course.table.lr, course.table.milestones) == (0, 30, 0.5, ())
    assert (changed.end, changed.table.lr) == (50, 0.25)
    assert overrides(configured("finetune[length=5]")) == "length=5"


@pytest.mark.parametrize("name", ["random", "scratch-e"])
def test_fresh_starts_train_as_long_as_the_dense_net(configured, name):
    """From step 0 to the end of the dense schedule, with its milestones."""
    course = retraining(Task(), configured(name))

    assert (course.start, course.end, course.table.milestones) == (0, 80, (40, 60))
    assert course.stretch is None


def test_tickets_start_at_the_rewind_point(configured):
    """Total length unchanged, schedule advanced (OpenLTH)."""
    course = retraining(Task(), configured("ticket"))

    assert (course.start, course.end) == (10, 80)


@pytest.mark.parametrize(
    ("written", "stretch"),
    [
        ("scratch-b", Stretch(3.0, 0)),
        ("scratch-b[cap=1]", Stretch(1.0, 0)),
        ("scratch-b[cap=none]", Stretch(None, 0)),
        ("scratch-b+ft", Stretch(3.0, 3)),
    ],
)
def test_scratch_b_carries_its_rule(configured, written, stretch):
    """The recipe's cap, one's own or none; ``+ft`` adds the fine-tuning epochs."""
    assert retraining(Task(), configured(written)).stretch == stretch


def test_cap_of_the_recipe_may_be_none(configured):
    """A recipe without cap leaves Scratch-B without one (Liu et al. on CIFAR)."""
    task = Task()
    task.recipe = Recipe(scratch_b_cap=None)

    assert cap_of(task, configured("scratch-b")) is None
    assert cap_of(task, Protocol("x", Start.NARROW, Budget.SAME_COMPUTE, "", cap=4.0)) == 4.0
