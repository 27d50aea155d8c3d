import pytest

from prunebench.report.papers.stand import Stand, asked, means, stand_of, stands

PART = {
    "dataset": ["cifar10"],
    "model": ["vgg16[variant=lottery]"],
    "methods": ["magnitude[scope=global]"],
    "protocols": ["ticket", "random"],
    "stands_for": {"dataset": "CIFAR-10", "model": "VGG-16"},
}
VGG = Stand(
    datasets=("cifar10",),
    models=("vgg16[variant=lottery]",),
    methods=("magnitude[scope=global]",),
    protocols=("ticket", "random"),
    dataset="CIFAR-10",
    model="VGG-16",
)


def test_parts_stand_for_published_networks():
    """An experiment without parts is its own; who stands for nothing is left out."""
    assert stands({"parts": [PART, {"dataset": ["digits"]}]}) == [VGG]
    assert stands(PART) == [VGG]
    assert stands({"dataset": ["digits"], "stands_for": {"model": "VGG-16"}}) == []


def test_one_name_stands_for_a_list_of_one():
    """A TOML that was not resolved writes names as texts."""
    written = PART | {"dataset": "cifar10", "model": "vgg16[variant=lottery]"}

    assert stands({"parts": [written]}) == [VGG]


def test_parts_with_equal_networks_are_one():
    """Two learning rates of one table: what is asked for is joined."""
    other = PART | {"protocols": ["random", "finetune"], "methods": ["obd"]}
    (found,) = stands({"parts": [PART, other]})

    assert found.methods == ("magnitude[scope=global]", "obd")
    assert found.protocols == ("ticket", "random", "finetune")


def test_a_trial_belongs_to_the_part_that_asked_for_its_network(make_row):
    """Data set and model decide; without models the data set brings its own."""
    anything = Stand(("digits",), (), (), (), "MNIST", "LeNet")
    known = [VGG, anything]

    def found(dataset, model):
        return stand_of(make_row(dataset=dataset, model=model), known)

    assert found("cifar10", "vgg16[variant=lottery]") is VGG
    assert found("cifar10", "vgg16") is None
    assert found("digits", "whatever") is anything


@pytest.mark.parametrize(
    ("written", "label", "resolved", "expected"),
    [
        ("a[x=1]", "a[x=1]", {}, True),
        ("a[x=1]", "a", {"settings": {"x": 1, "y": 2}}, True),  # 1 is the default
        ("a[x=1,y=2]", "a[y=2]", {"settings": {"x": 1, "y": 2}}, True),
        ("a", "a[y=2]", {"settings": {"y": 2}}, True),
        ("a[x=1]", "a", {"settings": {"x": 2}}, False),
        ("a[x=1]", "a", {}, False),
        ("a", "b", {}, False),
        ("a[", "a", {}, False),
        ("a", "no name [", {}, False),
    ],
)
def test_a_choice_means_a_label_whose_settings_it_does_not_contradict(
    written, label, resolved, expected
):
    """Labels leave defaults out, so what they do not say is looked up."""
    assert means(written, label, resolved) == expected


def test_recipes_stand_in_the_order_of_the_parts():
    """With the labels that their trials have; a data set may bring the preset."""
    preset = PART | {"recipe": {"preset": "digits", "finetune": {"length": 1}, "lr": 0.1}}
    found = asked({"parts": [preset, PART | {"recipe": {"milestones": [0.5, 0.75]}}, PART]}, [VGG])

    assert found.stands == (VGG, VGG)
    assert [
        found.place(recipe)
        for recipe in (
            "digits[finetune.length=1, lr=0.1]",
            "mnist[milestones=[0.5,0.75]]",
            "mnist",
            "digits[lr=0.1]",
        )
    ] == [0, 1, 2, 3]


@pytest.mark.parametrize(("tier", "expected"), [("smoke", False), ("t1", False), ("t2", True)])
def test_only_a_reduced_tier_may_be_compared_at_another_rate(tier, expected):
    """It stands in for another training anyway; so does nothing else."""
    assert asked(PART | {"tier": tier}).is_strict is expected
    assert asked(PART).is_strict
