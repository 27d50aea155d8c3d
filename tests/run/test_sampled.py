"""Which trials are run again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.bundle.document import Entry
from prunebench.core.digest import digest
from prunebench.errors import SpecError
from prunebench.results.measurement import Measurement
from prunebench.run.sampled import named, sampled

ADDRESS = "0123456789abcdef" * 4


def entry(method, seed, model="small", macs=10, control_of="", status="ok"):
    """Make a row of which the rest does not matter."""
    return Entry(
        Measurement(
            trial=digest([method, seed, model]),
            status=status,
            dataset="digits",
            model=model,
            method=method,
            protocol="finetune",
            method_id=method,
            protocol_id="finetune",
            recipe="digits",
            seed=seed,
            control_of=control_of,
            total_macs=macs,
        )
    )


GRID = [
    entry(method, seed, model, macs)
    for method in ("dense", "a", "b", "c")
    for seed in range(4)
    for model, macs in (("large", 1000), ("small", 10))
]


def methods(entries):
    """List the methods of entries."""
    return [e.row.method for e in entries]


def trials(entries):
    """List the trials of entries."""
    return tuple(e.row.trial for e in entries)


@given(st.integers(1, 12), st.integers(0, 5))
def test_methods_take_turns_and_dense_rows_none(count, seed):
    """No method is drawn twice more often than another, and no dense network by itself."""
    found = sampled(GRID, ADDRESS, count, seed)
    drawn = [methods(found).count(method) for method in ("a", "b", "c")]

    assert len({e.row.trial for e in found}) == count == sum(drawn)
    assert max(drawn) - min(drawn) <= 1
    assert {e.row.model for e in found} == {"small"}


def test_the_cheapest_pair_comes_first():
    """The large network is drawn once the small one has no trial left."""
    found = sampled(GRID, ADDRESS, 24)

    assert [e.row.model for e in found] == 12 * ["small"] + 12 * ["large"]
    assert len(sampled(GRID, ADDRESS, 100)) == 24


def test_the_lot_is_drawn_by_the_address():
    """The same bundle gives the same sample, in whatever order its rows come; others do not."""
    usual = sampled(GRID, ADDRESS, 3)

    assert sampled(GRID[::-1], ADDRESS, 3) == usual
    others = {trials(sampled(GRID, f"{n:064x}", 3)) for n in range(10)}
    seeds = {trials(sampled(GRID, ADDRESS, 3, seed)) for seed in range(10)}
    assert (len(others) > 5, len(seeds) > 5) == (True, True)


def test_submitted_methods_come_before_their_controls():
    """A control is drawn once its pair has nothing else."""
    grid = [entry("a", seed) for seed in range(3)]
    grid += [entry("random-mask", seed, control_of="a") for seed in range(3)]

    assert methods(sampled(grid, ADDRESS, 6)) == 3 * ["a"] + 3 * ["random-mask"]


def test_nothing_to_draw_is_refused():
    """Failed rows and dense ones are nothing to reproduce."""
    with pytest.raises(SpecError, match="nothing to reproduce"):
        sampled([entry("dense", 0), entry("a", 0, status="failed")], ADDRESS, 3)


def test_trials_are_named_by_first_digits():
    """As many digits as tell a trial from the others are enough; each is taken once."""
    trial = GRID[0].row.trial

    assert named(GRID, [trial[:12], trial]) == (GRID[0],)


@pytest.mark.parametrize("prefix", ["", "zz", *"0123456789abcdef"])
def test_names_of_none_or_several_trials_are_refused(prefix):
    """The sentence says how many trials begin so."""
    count = sum(e.row.trial.startswith(prefix) for e in GRID) if prefix else 0
    if count == 1:
        assert len(named(GRID, [prefix])) == 1
        return

    with pytest.raises(SpecError, match=f"{count or 'no'} trials? of the bundle"):
        named(GRID, [prefix])


def test_a_failed_trial_cannot_be_named():
    """It has no outcome that could be reproduced."""
    failed = entry("a", 0, status="failed")

    with pytest.raises(SpecError, match="no outcome to reproduce, it failed"):
        named([failed], [failed.row.trial])


def test_a_methods_own_control_is_drawn_like_the_method():
    """What says of itself that it is a control of its own method hides from no lot."""
    own = [entry("a", seed, control_of="a") for seed in range(20)]
    found = sampled([*own, entry("a", 99), entry("b", 0, control_of="a")], ADDRESS, 10)

    assert sum(e.row.control_of == "a" and e.row.method == "a" for e in found) >= 9
