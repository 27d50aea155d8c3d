"""What cannot work: skipped with a reason, or refused."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunebench.api import Granularity, Method
from prunebench.core.layout import ChannelGroup, Span
from prunebench.errors import IncompatibleError, SpecError, UnknownNameError
from prunebench.plan.pruning import refuse_overlap


def test_channel_method_without_groups_is_skipped(strange, plan):
    """The dense row stays, and the reason names model and method."""
    skipped = plan(strange, model="plain", methods="l1filter", densities=[0.5], seeds=2)

    assert [trial.facts["method"] for trial in skipped.trials] == ["dense", "dense"]
    assert {s.protocol for s in skipped.skipped} == {"ticket", "random"}
    reason = skipped.skipped[0].reason
    assert reason == "l1filter cuts channels, and plain has no channel groups."


def test_method_that_needs_a_batch_norm_is_skipped_without_one(strange, plan):
    """The reason names the first layer that lacks one."""
    skipped = plan(strange, model="lenet300100", methods="slim", densities=[0.5], seeds=1)

    assert "batch norm" in skipped.skipped[0].reason
    assert "'fc1'" in skipped.skipped[0].reason


@pytest.mark.parametrize("named", ["resnet56-a", "nonsense"])
def test_plan_for_another_model_is_skipped(plan, named):
    """A published plan fits its own network only; one that nobody published lists the others."""
    skipped = plan(methods=f"l1filter[plan={named}]", protocols="ticket", seeds=1)

    assert [s.target for s in skipped.skipped] == [named]
    assert named in skipped.skipped[0].reason


def test_plan_of_a_shorter_network_is_skipped(plan):
    """ResNet-110 has every layer that resnet56-b names, and more of which it says nothing."""
    skipped = plan(model="resnet110", methods="l1filter[plan=resnet56-b]", protocols="ticket")

    assert [trial.facts["method"] for trial in skipped.trials] == ["dense"] * 3
    assert {s.reason for s in skipped.skipped} == {
        "plan 'resnet56-b' says nothing of 'stage1.9.conv1': it is made for another network."
    }


def test_sparse_scale_is_for_masks_alone(plan):
    """Cut channels leave no gaps to scale for; the same request goes on for weight masks."""
    made = plan(
        methods="magnitude,l1filter",
        protocols="random[scale=sparse-he]",
        densities=[0.5],
        seeds=1,
    )

    assert {trial.facts["method"] for trial in made.trials} == {"dense", "magnitude"}
    assert [(s.method, s.protocol) for s in made.skipped] == [
        ("l1filter", "random[scale=sparse-he]")
    ]
    assert "rule for masked weights" in made.skipped[0].reason


def test_density_below_the_smallest_network_is_skipped(plan):
    """One channel per group is the least; the reason says what that keeps."""
    skipped = plan(methods="l1filter", protocols="ticket", densities=[0.5, 0.00001], seeds=1)

    assert [s.target for s in skipped.skipped] == ["1e-05"]
    assert "smallest network" in skipped.skipped[0].reason
    assert len(skipped.trials) == 2


def test_model_that_cannot_take_the_images_is_skipped(plan):
    """Another model of the same experiment goes on; alone it is refused."""
    asked = {"methods": "magnitude", "protocols": "ticket", "densities": [0.5], "seeds": 1}
    both = plan(model="vgg16,smallconv", **asked)

    assert {trial.facts["model"] for trial in both.trials} == {"smallconv"}
    assert [(s.model, s.dataset) for s in both.skipped] == [("vgg16", "digits")]
    assert "8x8" in both.skipped[0].reason
    with pytest.raises(IncompatibleError, match="8x8"):
        plan(model="vgg16", **asked)


@pytest.mark.parametrize("model", ["lenet300100", "resnet20"])
def test_models_for_any_image_take_small_ones(plan, model):
    """Small images are not a reason by themselves."""
    made = plan(model=model, methods="magnitude", protocols="ticket", densities=[0.5], seeds=1)

    assert not made.skipped
    assert made.trainings == 2


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ({"methods": "magnitud"}, "did you mean 'magnitude'"),
        ({"protocols": "tickett"}, "did you mean 'ticket'"),
        ({"dataset": "digitz"}, "did you mean 'digits'"),
        ({"model": "smallcon"}, "did you mean 'smallconv'"),
    ],
)
def test_unknown_names_suggest_the_nearest(plan, asked, near):
    """A typo is an error, not a reason to skip."""
    with pytest.raises(UnknownNameError, match=near):
        plan(**asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"methods": "magnitude[scop=global]"},
        {"methods": "magnitude[scope=everywhere]"},
        {"protocols": "ticket[draws=2]"},
        {"model": "smallconv[width=wide]"},
        {"dataset": "digits[size=3]"},
    ],
)
def test_unusable_settings_are_errors(plan, asked):
    """A setting that does not exist or does not fit is a mistake."""
    with pytest.raises(SpecError):
        plan(**asked)


def test_rewinding_beyond_the_training_is_refused(plan):
    """There is nothing to return to; the sentence gives both steps."""
    with pytest.raises(IncompatibleError, match=r"rewinds to step 170, but .* only 34 steps"):
        plan(recipe={"preset": "digits", "length": 2, "rewind": "10ep"})


def test_training_that_cannot_be_laid_out_is_refused(plan):
    """Zero epochs and milestones beyond the end are found before anything runs."""
    for change in ({"length": 0}, {"milestones": [500]}, {"rewind": "soon"}, {"batch": 0}):
        with pytest.raises(SpecError):
            plan(recipe={"preset": "digits", **change})


def test_cuda_without_a_device_is_refused(plan):
    """The sentence names the flag that mends it."""
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(IncompatibleError, match="--device cpu"):
        plan(device="cuda")


class Cutter(Method):
    """A method that only has a name."""

    name, paper, granularity = "cutter", "Nobody 2020", Granularity.CHANNEL

    def score(self, subject):
        """Score nothing."""
        return {}


SPANS = st.lists(
    st.builds(Span, st.sampled_from("ab"), st.integers(0, 4), st.integers(1, 3)), max_size=3
)
GROUPS = st.lists(
    st.builds(ChannelGroup, st.sampled_from("xyz"), st.integers(1, 4), SPANS.map(tuple)), max_size=4
)


@given(GROUPS)
def test_groups_that_share_a_channel_are_refused(groups):
    """Exactly where some channel of a module has two groups; the sentence names both."""
    owners = {}
    for group in groups:
        for span in group.producers:
            for channel in range(group.size * span.repeat):
                place = span.module, span.offset * span.repeat + channel
                owners.setdefault(place, set()).add(group.name)
    shared = [names for names in owners.values() if len(names) > 1]

    if not shared:
        refuse_overlap(Cutter(), groups)
        return
    with pytest.raises(IncompatibleError, match="choose one of them") as refused:
        refuse_overlap(Cutter(), groups)
    assert any(all(f"'{name}'" in str(refused.value) for name in pair) for pair in pairs(shared))


def pairs(shared):
    """List every two names that share a channel."""
    return [{one, other} for names in shared for one in names for other in names if one != other]
