"""The training loop against hand-written ones, and its promises about bits."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from prunebench.errors import ContractError
from prunebench.training.images import Split
from prunebench.training.loop import train
from prunebench.training.recipe import Recipe

MASKED = ("0.weight", "3.weight", "6.weight")


def same(left, right):
    """Say whether two dicts of tensors are equal bit for bit."""
    return left.keys() == right.keys() and all(torch.equal(left[n], right[n]) for n in left)


def half_masks(network):
    """Mask about half of every kernel."""
    source = torch.Generator().manual_seed(9)
    return {
        name: torch.rand(network.get_parameter(name).shape, generator=source) < 0.5
        for name in MASKED
    }


@pytest.fixture(params=["sgd", "adam", "channels-last"])
def recipe(request, short_recipe):
    """Give SGD with everything, Adam, and SGD in the other memory layout."""
    if request.param == "adam":
        return replace(short_recipe, optimiser="adam", lr=0.01)
    return replace(short_recipe, channels_last=request.param == "channels-last")


def mislabelled(split):
    """Give validation images that training can only make worse, so that an early step is best."""
    return Split(split.images, (split.labels + 1) % 3)


def plainly(network, work, steps, before_forward=lambda: None):
    """Train with torch alone, without dropout; `before_forward` may mask."""
    recipe = work.recipe
    sgd = torch.optim.SGD(
        network.parameters(), 1.0, 0.9, nesterov=True, weight_decay=recipe.weight_decay
    )
    adam = torch.optim.Adam(network.parameters(), 1.0, weight_decay=recipe.weight_decay)
    optimiser = adam if recipe.optimiser == "adam" else sgd
    for step in range(steps):
        before_forward()
        inputs, labels = work.batches.batch(step)
        optimiser.zero_grad()
        F.cross_entropy(network(inputs), labels).backward()
        optimiser.param_groups[0]["lr"] = work.table.rate(step)
        optimiser.step()
    before_forward()


def test_the_loop_is_the_textbook_loop(recipe, small_network, make_assignment):
    """Without masks twelve steps give the weights of a plain loop up to rounding."""
    network, twin = small_network(), small_network()
    network[5].p = twin[5].p = 0.0
    work = make_assignment(recipe)
    got = train(network, work)
    plainly(twin, work, 12)

    assert got.selected_step == 12
    for name, tensor in twin.state_dict().items():
        torch.testing.assert_close(got.last[name], tensor, rtol=1e-3, atol=1e-5)


def test_survivors_move_as_if_masked_before_every_forward(recipe, small_network, make_assignment):
    """Twenty steps equal OpenLTH's rule, which masks weights before each forward pass."""
    recipe = replace(recipe, length=20)
    network, twin = small_network(), small_network()
    network[5].p = twin[5].p = 0.0
    masks = half_masks(network)
    work = make_assignment(recipe, masks=masks)

    def mask():
        for name, kept in masks.items():
            twin.get_parameter(name).data.mul_(kept)

    got = train(network, work)
    plainly(twin, work, 20, mask)

    for name, tensor in twin.state_dict().items():
        torch.testing.assert_close(got.last[name], tensor, rtol=1e-3, atol=1e-5)


def test_masked_entries_are_zero_after_every_step(recipe, small_network, make_assignment):
    """Momentum and weight decay never move a pruned weight, not even for one step."""
    masks, counts = half_masks(small_network()), []

    def watch(network, lr):
        counts.append(
            sum(int((network.get_parameter(n) * ~m != 0).sum()) for n, m in masks.items())
        )

    train(small_network(), make_assignment(recipe, masks=masks, after_step=watch))

    assert counts == [0] * 12


def test_old_momentum_does_not_revive(recipe, small_network, make_assignment):
    """Masks on top of the momenta of a dense training keep pruned weights at zero."""
    network = small_network()
    dense = train(network, make_assignment(recipe, stop=6))
    masks = half_masks(network)
    got = train(network, make_assignment(recipe, masks=masks, start=6), resume=dense.optimiser)

    assert all(not got.last[name][~mask].any() for name, mask in masks.items())
    assert all(got.last[name][mask].any() for name, mask in masks.items())


def test_mischief_after_the_step_is_found(short_recipe, small_network, make_assignment):
    """A regularizer that revives pruned weights breaks its contract."""

    def revive(network, lr):
        network[0].weight.fill_(0.5)

    network = small_network()
    work = make_assignment(short_recipe, masks=half_masks(network), after_step=revive)

    with pytest.raises(ContractError, match=r"'0\.weight' .* after step 4"):
        train(network, work)


@pytest.mark.parametrize("cut", [0, 1, 4, 6, 11])
@pytest.mark.parametrize("misleading", [False, True])
def test_resuming_gives_the_same_bits(
    recipe, cut, misleading, small_network, small_split, make_assignment
):
    """A training in two parts, at an evaluation or between two, equals one in a piece."""
    recipe = replace(recipe, lr=0.01)
    held = mislabelled(small_split(20)) if misleading else small_split(20)
    whole_network, network = small_network(), small_network()
    masks = half_masks(network)
    whole = train(whole_network, make_assignment(recipe, validation=held, masks=masks))
    first = train(network, make_assignment(recipe, validation=held, masks=masks, stop=cut))
    fresh = small_network(seed=1)
    fresh.load_state_dict(first.last)
    rest = make_assignment(recipe, validation=held, masks=masks, start=cut)
    second = train(fresh, rest, resume=first.optimiser)

    assert same(second.last, whole.last)
    assert same(second.selected, whole.selected)
    assert same(second.optimiser, whole.optimiser)
    assert second.selected_step == whole.selected_step
    assert (whole.selected_step == 4) == misleading
    assert second.curve == whole.curve
    assert first.images_seen + second.images_seen == whole.images_seen


def test_a_part_does_not_depend_on_what_follows(short_recipe, small_network, make_assignment):
    """The first 6 steps of 12 are those of a training that was planned for 6."""
    part = train(small_network(), make_assignment(short_recipe, stop=6))
    short = replace(short_recipe, length=6, milestones=())
    alone = train(small_network(), make_assignment(short))

    assert same(part.last, alone.last)
    assert part.curve == alone.curve


def test_seeds_decide_bits(short_recipe, small_network, make_assignment):
    """Seed 0 repeats itself bit for bit and differs from seed 1."""
    zero, again, one = (
        train(small_network(), make_assignment(short_recipe, seed=seed)).last for seed in (0, 0, 1)
    )

    assert same(zero, again)
    assert not same(zero, one)


def test_dropout_belongs_to_seed_and_step(short_recipe, small_network, make_assignment):
    """The caller's random state neither matters nor changes, and dropout follows the seed."""
    network = small_network()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    zero = train(network, make_assignment(short_recipe)).last
    after = torch.get_rng_state()
    torch.manual_seed(2)
    again = train(small_network(), make_assignment(short_recipe)).last
    other = train(small_network(), replace(make_assignment(short_recipe), seed=7)).last

    assert torch.equal(before, after)
    assert same(zero, again)
    assert not same(zero, other)


def test_the_curve_holds_means_between_evaluations(short_recipe, small_network, make_assignment):
    """With rate 0 and no augmentation, an epoch's mean loss is the mean over its batches."""
    recipe = replace(short_recipe, lr=0.0, augmentation="none", length=6, milestones=())
    recipe = replace(recipe, evaluate_every=3)
    network = small_network()
    network[5].p = 0.0
    work = make_assignment(recipe)
    with torch.no_grad():
        losses = [
            F.cross_entropy(network(inputs), labels).item()
            for inputs, labels in map(work.batches.batch, range(3))
        ]
    got = train(network, work)

    assert got.curve.step == (3, 6)
    assert got.curve.train_loss[0] == pytest.approx(sum(losses) / 3)
    assert got.curve.validation_loss == ()
    assert got.images_seen == 80


def test_the_best_validation_loss_is_selected(
    short_recipe, small_network, small_split, make_assignment
):
    """The selected state is the one of the smallest validation loss on the curve."""
    recipe = replace(short_recipe, lr=0.01, evaluate_every=2)
    work = make_assignment(recipe, validation=mislabelled(small_split()))
    got = train(small_network(), work)
    short = train(small_network(), replace(work, stop=2))

    assert got.curve.step == (2, 4, 6, 8, 10, 12)
    assert got.curve.validation_loss[0] == min(got.curve.validation_loss)
    assert got.selected_step == 2
    assert same(got.selected, short.last)
    assert not same(got.selected, got.last)


def test_the_first_of_equals_is_selected(short_recipe, small_network, small_split, make_assignment):
    """A network that does not change is selected at its first evaluation."""
    recipe = replace(short_recipe, lr=0.0, selection="accuracy")
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3))
    got = train(network, make_assignment(recipe, validation=small_split(30, seed=5)))

    assert got.selected_step == 4


def test_divergence_is_a_result(short_recipe, small_network, make_assignment):
    """A rate of 1e30 ends the training at the next evaluation; the curve stays finite."""
    recipe = replace(short_recipe, lr=1e30, warmup=0)
    network = small_network()
    got = train(network, make_assignment(recipe, masks=half_masks(network)))

    assert got.diverged_at == 4
    assert got.selected_step == 4
    assert got.curve.step == ()


def test_divergence_in_the_last_step_is_found(short_recipe, make_assignment):
    """Weights can leave the numbers after the last loss was computed."""
    recipe = replace(short_recipe, length=1, milestones=(), warmup=0, lr=1e38, weight_decay=1e9)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3))
    got = train(network, make_assignment(recipe))

    assert got.diverged_at == 1


def test_a_sound_training_does_not_diverge(short_recipe, small_network, make_assignment):
    """Training lowers the loss and says nothing of divergence."""
    recipe = replace(short_recipe, length=40, lr=0.005, augmentation="none", evaluate_every=10)
    got = train(small_network(), make_assignment(recipe))

    assert got.diverged_at is None
    assert got.curve.train_loss[-1] < 0.5 * got.curve.train_loss[0]


def test_no_steps_give_the_start(short_recipe, small_network, make_assignment):
    """The state before the first step is a trajectory's step 0."""
    network = small_network()
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    got = train(network, make_assignment(short_recipe, stop=0))

    assert same(got.last, start)
    assert (got.selected_step, got.images_seen, got.curve.step) == (0, 0, ())


def test_late_rewinding_goes_on_at_its_step(short_recipe, small_network, make_assignment):
    """A training that starts at 8 sees batches 8 to 11, at their rates."""
    rates = []
    work = make_assignment(short_recipe, start=8, after_step=lambda _, lr: rates.append(lr))
    got = train(small_network(), work)

    assert rates == pytest.approx([0.005] * 4)
    assert got.curve.step == (12,)
    assert got.images_seen == sum(len(work.batches.batch(step)[1]) for step in range(8, 12))


def test_a_penalty_shrinks(make_assignment):
    """Its gradient, 1 per bias, is added to gradients that sum to 0; the curve leaves it out."""
    recipe = Recipe(unit="iterations", length=1, batch=40, lr=0.1, weight_decay=0.0, milestones=())
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3))
    nn.init.zeros_(network[1].weight)
    nn.init.constant_(network[1].bias, 2.0)
    work = make_assignment(recipe, penalty=lambda net: net[1].bias.sum())
    got = train(network, work)

    assert got.curve.train_loss[0] == pytest.approx(torch.tensor(3.0).log().item())
    assert got.last["1.bias"].sum().item() == pytest.approx(6.0 - 0.1 * 3, abs=1e-5)


def test_a_penalty_may_be_absent(short_recipe, small_network, make_assignment):
    """A penalty of None changes no bit."""
    without = train(small_network(), make_assignment(short_recipe))
    none = train(small_network(), make_assignment(short_recipe, penalty=lambda _: None))

    assert same(without.last, none.last)


def test_old_gradients_do_not_count(short_recipe, small_network, make_assignment):
    """Gradients that somebody left in the network before do not enter the first step."""
    network = small_network()
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    clean = train(small_network(), make_assignment(short_recipe))

    assert same(train(network, make_assignment(short_recipe)).last, clean.last)
    assert all(parameter.grad is None for parameter in network.parameters())


def test_bfloat16_trains(short_recipe, small_network, make_assignment):
    """Autocast keeps weights in float32 and gives other bits."""
    exact = train(small_network(), make_assignment(short_recipe)).last
    recipe = replace(short_recipe, precision="bf16")
    half = train(small_network(), make_assignment(recipe)).last

    assert half["0.weight"].dtype == torch.float32
    assert not same(exact, half)


def test_the_result_stands_alone(short_recipe, small_network, make_assignment):
    """Weights that a training gave do not change when the network trains on."""
    network = small_network()
    first = train(network, make_assignment(short_recipe))
    before = {name: tensor.clone() for name, tensor in first.last.items()}
    train(network, make_assignment(short_recipe))

    assert same(first.last, before)
