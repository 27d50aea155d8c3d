"""The bundles of a site."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.inputs.notes import Notes
from prunebench.leaderboard.inputs.submitted import Submitted
from prunebench.leaderboard.listed import Rerun, Source, Submission, Trial
from prunebench.leaderboard.merging.reruns import reproduced


@dataclass(frozen=True)
class Register:
    """What is known of bundles.

    Parameters
    ----------
    trials
        That the site shows.
    notes
        A maintainer's.
    reruns
        By address.
    """

    trials: Iterable[Trial]
    notes: Notes
    reruns: Mapping[str, Sequence[Rerun]]

    def submissions(self, bundles: Iterable[Submitted]) -> tuple[Submission, ...]:
        """Describe bundles, in their order."""
        shown = Counter(trial.bundle for trial in self.trials)
        return tuple(self.submission(one, shown[one.address]) for one in bundles)

    def submission(self, one: Submitted, shown: int) -> Submission:
        """Describe a bundle."""
        manifest = one.manifest
        by = [note.by for note in self.notes.superseded if note.bundle == one.address]
        return Submission(
            address=one.address,
            created=one.created,
            submitter=manifest.submitter.name,
            url=manifest.submitter.url,
            command=manifest.command,
            trials=len(one.entries),
            shown=shown,
            methods=tuple(sorted({entry.row.method for entry in one.entries} - {"dense"})),
            environments=manifest.environments,
            plugins=plugins(one),
            reruns=tuple(self.reruns.get(one.address, ())),
            superseded_by=by[0] if by else "",
            badges=tuple(self.badges(one)),
        )

    def badges(self, one: Submitted) -> Iterable[Badge]:
        """Say in words what is known of a bundle."""
        yield Badge("reported")
        yield from [Badge("re-scored")] if one.classes else []
        yield from reproduced(self.reruns.get(one.address, ()))
        for dispute in self.notes.disputed:
            if dispute.bundle == one.address and not dispute.trial:
                yield Badge("disputed", reason=dispute.reason, link=dispute.link)
        for note in self.notes.superseded:
            if note.bundle == one.address:
                yield Badge("superseded", reason=note.by)


def plugins(one: Submitted) -> tuple[Source, ...]:
    """Give the plugins that took part, each state of a distribution's code by itself."""
    found = {Source(p.distribution, p.version, p.source_digest) for p in one.manifest.plugins}
    return tuple(sorted(found, key=lambda s: (s.distribution, s.version, s.digest)))
