"""Trials with all that their pages tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.listed import Account, Conflict, Rerun, Trial
from prunebench.leaderboard.merging.candidate import Candidate
from prunebench.leaderboard.merging.merge import Merged, Role
from prunebench.leaderboard.merging.placed import Placed
from prunebench.leaderboard.merging.reruns import reproduced, reruns_of
from prunebench.leaderboard.ratios import ratio


@dataclass(frozen=True)
class Desk:
    """What pages of trials are made from.

    Parameters
    ----------
    reruns
        By address of the bundle.
    dense
        Keys of the pages of dense networks, by trial.
    slugs
        Of boards, by data set, model and protocol.
    """

    reruns: Mapping[str, Sequence[Rerun]]
    dense: Mapping[str, str]
    slugs: Mapping[tuple[str, str, str], str]

    def badges(self, one: Placed) -> tuple[Badge, ...]:
        """Say in words what is known of a trial."""
        merged, shown = one.merged, one.merged.shown
        scored = shown.row.trial in shown.bundle.classes
        found = [Badge("reported"), *([Badge("re-scored")] if scored else [])]
        found += reproduced(reruns_of(merged, self.reruns))
        found += [Badge("independent", reason=independents(merged))] if merged.independent else []
        found += [Badge("conflict")] if merged.conflict else []
        found += [Badge("disputed", reason=n.reason, link=n.link) for n in merged.disputes]
        return (*found, *([Badge("superseded")] if merged.superseded else []))

    def trial(self, one: Placed) -> Trial:
        """Describe a trial."""
        shown, row = one.merged.shown, one.row
        place = (row.dataset, row.model, row.protocol)
        return Trial(
            key=one.key,
            method=one.label,
            row=replace(row, curve={}) if row.curve else row,
            division="closed" if one.is_closed else "open",
            departures=one.departures,
            board=self.slugs.get(place, "") if one.is_closed else "",
            curve=shown.bundle.curves.get(row.trial),
            layers=shown.bundle.layers.get(row.trial, ()),
            source=shown.source,
            environment=shown.facts,
            bundle=shown.bundle.address,
            dense=self.dense.get(shown.entry.dense, ""),
            ranked=one.counts and not one.control_of,
            badges=self.badges(one),
            reproduce=reproduce(shown),
            reports=accounts(one),
        )


def reproduce(one: Candidate) -> str:
    """Give the command that runs a trial again."""
    return f"prunebench reproduce {one.bundle.file} --trial {one.row.trial}"


def independents(merged: Merged) -> str:
    """Name the parties that have the same outcome."""
    names = {
        one.bundle.manifest.submitter.name or "a submitter without a name"
        for one, role in merged.others
        if role == "independent"
    }
    return f"also by {', '.join(sorted(names))}"


def accounts(one: Placed) -> tuple[Account, ...]:
    """Give what every bundle says of a trial, the one shown first."""
    first: Role = "conflict" if one.merged.conflict else "shown"
    first = "superseded" if one.merged.superseded else first
    return (
        account(one.merged.shown, first, one.key),
        *(
            account(other, role, side_key(one, other) if role == "conflict" else "")
            for other, role in one.merged.others
        ),
    )


def account(one: Candidate, role: Role, key: str) -> Account:
    """Give what one bundle says of a trial."""
    row = one.row
    return Account(
        bundle=one.bundle.address,
        submitter=one.bundle.manifest.submitter.name,
        created=one.bundle.created,
        accuracy=row.test_accuracy_last,
        status=row.status,
        weights=row.weights_digest,
        predictions=row.predictions_digest,
        environment=row.environment,
        source=one.source,
        standing=role,
        key=key,
    )


def side_key(one: Placed, other: Candidate) -> str:
    """Name the page of another side of a conflict."""
    return f"{one.key}-{other.bundle.short}"


def sides(one: Placed) -> list[Placed]:
    """Give the other sides of a conflict as trials of their own."""
    every = [one.merged.shown, *(other for other, _ in one.merged.others)]
    roles = dict(one.merged.others)
    found = []
    for other in one.merged.conflict:
        if other is one.merged.shown:
            continue
        others = tuple((x, roles.get(x, "conflict")) for x in every if x is not other)
        merged = replace(one.merged, shown=other, others=others)
        found.append(replace(one, key=side_key(one, other), merged=merged))
    return found


def conflicts(found: Iterable[Placed]) -> tuple[Conflict, ...]:
    """List the trials of which bundles say what cannot both be right."""
    return tuple(conflict(one) for one in found if one.merged.conflict)


def conflict(one: Placed) -> Conflict:
    """Describe one conflict."""
    row = one.row
    keys = {account.bundle: account for account in accounts(one)}
    return Conflict(
        trial=one.key,
        method=one.label,
        dataset=row.dataset,
        model=row.model,
        protocol=row.protocol,
        ratio=ratio(row.target_density) if row.target_density else "",
        seed=row.seed,
        sides=tuple(keys[side.bundle.address] for side in one.merged.conflict),
        sentence=apart(one.merged.conflict),
    )


def apart(found: Sequence[Candidate]) -> str:
    """Say in what the sides of a conflict differ."""
    sides = [one.evidence for one in found]
    names = ("outcome", "weights", "predicted classes", "sizes")
    differ = [name for place, name in enumerate(names) if len({one[place] for one in sides}) > 1]
    where = "equal" if len({one.machine for one in found}) == 1 else "different"
    return (
        f"{len(found)} bundles have the same trial on {where} software and hardware, and differ in "
        f"{', '.join(differ)}; no side enters means or ranks until notes say which one is disputed."
    )
