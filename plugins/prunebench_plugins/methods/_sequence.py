"""One channel group after another, each seen as the groups before it were left."""

from prunebench.api import (
    ChannelGroup,
    Granularity,
    Layout,
    Mask,
    PerLayer,
    Round,
    Subject,
    Target,
    allocate,
)


def group_by_group(
    layout: Layout, target: Target, floor: int, *, finetune: bool
) -> tuple[Round, ...]:
    """Give one round to each group that loses channels, from the input to the output.

    Parameters
    ----------
    layout
        With the groups in play.
    target
        A density, spread evenly over the groups, or a plan.
    floor
        Channels of each group that always stay.
    finetune
        Whether the network is fine-tuned between two groups.

    Raises
    ------
    IncompatibleError
        If the target cannot be met.
    """
    keep = allocate(layout, target, Granularity.CHANNEL, "layer", floor)
    assert isinstance(keep, PerLayer)  # what "layer" means
    place = {layer.name: number for number, layer in enumerate(layout.layers)}
    ordered = sorted(layout.groups, key=lambda group: place.get(group.producers[0].module, 0))
    final = {g.name: n for g in ordered if (n := keep.counts.get(g.name, g.size)) < g.size}
    names = list(final)
    cumulative = [{name: final[name] for name in names[:end]} for end in range(1, len(names) + 1)]
    return tuple(
        Round(PerLayer(counts), after="finetune" if finetune else "nothing")
        for counts in cumulative or [{}]
    )


def quota(subject: Subject, name: str) -> int:
    """Count the living channels of a group that this round keeps."""
    living = int(subject.alive[name].sum())
    counts = subject.keep.counts if isinstance(subject.keep, PerLayer) else {}
    return min(counts.get(name, living), living)


def shrinking(subject: Subject, mask: Mask) -> list[ChannelGroup]:
    """List the groups of which the mask drops living channels."""
    return [
        group
        for group in subject.layout.groups
        if bool((subject.alive[group.name] & ~mask[group.name]).any())
    ]
