"""How much every pruning method must keep: exactly what is asked for, and never what is gone."""

from collections.abc import Mapping
from itertools import pairwise

from prunebench.contracts.method import Method
from prunebench.contracts.settings import configure, describe_settings
from prunebench.core.allocation import costing, unit_sizes
from prunebench.core.granularity import Granularity
from prunebench.core.layout import Layout
from prunebench.core.quota import Positive
from prunebench.core.target import Density
from prunebench.testing.claim import claim, claim_applies
from prunebench.testing.networks import PLAIN
from prunebench.testing.pruning import (
    GRID,
    Pruned,
    attempts,
    by_channel,
    grows,
    layout_for,
    pruned,
    some_pruned,
    unrolled,
)

STAY = 2
"""Units of each layer that always stay, where a check sets `min_keep`."""


def check_rounds_never_grow(owner: type[Method]) -> None:
    """Check that no round keeps more than the round before."""
    method = owner()
    for rounds in attempts(method):
        claim(
            f"{owner.__name__}.schedule gives no round.",
            holds=bool(rounds),
            mend="Return at least one Round.",
        )
        grown = [k for k, (a, b) in enumerate(pairwise(rounds), 1) if grows(a.keep, b.keep)]
        claim(
            f"{owner.__name__}.schedule keeps more again in rounds {grown} (plain network).",
            holds=not grown,
            mend="Round.keep is cumulative: what is left of the original network.",
        )


def check_quotas_are_met(owner: type[Method]) -> None:
    """Check that selecting by the scores keeps exactly what the rounds say."""
    method = owner()
    tried = [pruned(method, density) for density in GRID]
    found = [each for each in (*tried, some_pruned(method, PLAIN)) if each is not None]
    claim_applies("takes neither a density nor its own choice", holds=bool(found))
    for each in found:
        claim(
            f"{owner.__name__}, plain network, {each.target.label}: misses its last quota by "
            f"{each.selection.shortfall} units ({each.rounds[-1].keep}).",
            holds=each.selection.shortfall == 0,
            mend="Do not ask for less than the floor: min_keep, and one channel of each group.",
        )


def check_counts_are_exact(owner: type[Method]) -> None:
    """Check that each density of a grid is reached: to a weight, or to a channel of each group."""
    method = owner()
    layout = layout_for(method)
    found = reached(method)
    claim_applies("finds its size itself", holds=bool(found))
    for density, each in found.items():
        counts = each.mask.counts
        said = f"{owner.__name__}, plain network, density {density:g}"
        (claim_channels if by_channel(method) else claim_weights)(said, layout, counts, density)
        claim_floor(said, method, each)


def reached(method: Method) -> dict[float, Pruned]:
    """Prune the plain network to each density of the grid that a method takes."""
    found = {density: pruned(method, density) for density in GRID}
    return {
        density: each
        for density, each in found.items()
        if each is not None and not isinstance(each.rounds[-1].keep, Positive)
    }


def claim_weights(said: str, layout: Layout, counts: Mapping[str, int], density: float) -> None:
    """Claim that weights are kept to within one of each layer."""
    kept, wanted = sum(counts.values()), density * layout.prunable_size
    claim(
        f"{said}: keeps {kept} of {layout.prunable_size} weights, expected {wanted:g} to within "
        f"one weight of each of {len(counts)} layers.",
        holds=abs(kept - wanted) <= len(counts),
        mend="Let allocate() turn the target into a quota.",
    )


def claim_channels(said: str, layout: Layout, counts: Mapping[str, int], density: float) -> None:
    """Claim that no more parameters are kept than asked, and one channel of each group more is."""
    cost = costing(layout, Granularity.CHANNEL)
    sizes = unit_sizes(layout, Granularity.CHANNEL)
    allowed = density * layout.prunable_size
    kept = cost(counts).prunable
    more = cost({name: min(n + 1, sizes[name]) for name, n in counts.items()}).prunable
    claim(
        f"{said}: keeps {kept} of {layout.prunable_size} prunable parameters in {dict(counts)}, "
        f"expected at most {allowed:g}.",
        holds=kept <= allowed + 1e-6,
        mend="Let allocate() turn the target into a quota.",
    )
    claim(
        f"{said}: keeps {kept} of {layout.prunable_size} prunable parameters in {dict(counts)}; "
        f"{allowed:g} are asked for, and one channel more of each group would be {more}.",
        holds=more > allowed or dict(counts) == dict(sizes),
        mend="Let allocate() turn the target into a quota.",
    )


def claim_floor(said: str, method: Method, each: Pruned) -> None:
    """Claim that no layer or group falls below `min_keep`, and no group below one channel."""
    for name, kept in each.mask.counts.items():
        least = min(max(method.min_keep, int(by_channel(method))), each.mask[name].numel())
        claim(
            f"{said}: {name!r} keeps {kept} units, expected at least {least}.",
            holds=kept >= least,
            mend="Pass self.floor to allocate().",
        )


def check_floor(owner: type[Method]) -> None:
    """Check that with `min_keep` raised no layer falls below it at the smallest density."""
    claim_applies(
        "has no setting min_keep", holds="min_keep" in {s.name for s in describe_settings(owner)}
    )
    method = configure(owner, "method", owner.name, {"min_keep": STAY})
    layout = layout_for(method)
    tried = [density for density in GRID if unrolled(method, layout, Density(density))]
    claim_applies("takes no density", holds=bool(tried))
    smallest = pruned(method, min(tried))
    assert smallest is not None  # it gave rounds
    said = f"{owner.__name__}[min_keep={STAY}], plain network, density {min(tried):g}"
    claim_floor(said, method, smallest)


def check_densities_nest(owner: type[Method]) -> None:
    """Check that a one-shot method keeps at a larger density what it keeps at a smaller one."""
    method = owner()
    found = {d: each for d, each in reached(method).items() if len(each.rounds) == 1}
    claim_applies(
        "selects in several rounds, each scored on what is left, or finds its size itself",
        holds=len(found) > 1,
    )
    for (high, large), (low, small) in pairwise(sorted(found.items(), reverse=True)):
        revived = {
            name: int((kept & ~large.mask[name]).sum())
            for name, kept in small.mask.items()
            if bool((kept & ~large.mask[name]).any())
        }
        claim(
            f"{owner.__name__}, plain network: density {low:g} keeps units that density {high:g} "
            f"removes; found {revived}, expected none.",
            holds=not revived,
            mend="Do not score by subject.keep; if the paper does, say so in expected_to_fail.",
        )


CHECKS = (
    check_rounds_never_grow,
    check_quotas_are_met,
    check_counts_are_exact,
    check_floor,
    check_densities_nest,
)
