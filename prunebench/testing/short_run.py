"""A run of seconds: the item under check, planned, trained and tested as any experiment."""

from pathlib import Path
from tempfile import TemporaryDirectory

from prunebench.contracts.method import Method
from prunebench.contracts.protocol import Protocol, Start
from prunebench.core.digest import Json
from prunebench.experiment.schema import validate
from prunebench.plugin.offer import Kind
from prunebench.results.measurement import Measurement
from prunebench.testing.claim import claim, claim_applies
from prunebench.testing.pruning import attempts, by_channel, in_play
from prunebench.testing.stand_ins import PROTOCOLS, Smallest, Thinnest, registry_of

DENSITY = 0.5
ROOM = {"weight": 3 / 450, "channel": 0.25}
"""How far below the density a network may lie: a weight of each layer, a channel of each group."""

RECIPE: dict[str, Json] = {
    "preset": "digits",
    "unit": "iterations",
    "length": 3,
    "batch": 20,
    "finetune": {"length": 2},
}


def check_run_end_to_end(owner: type[Method]) -> None:
    """Check that a short run with the method gives sound rows, at the density that was asked."""
    method = owner()
    has_units = bool(in_play(method)) or not by_channel(owner)
    claim_applies("prunes none of the plain network's groups", holds=has_units)
    claim_applies("takes no density", holds=bool(next(iter(attempts(method)), ())))
    wanted = [p for p in PROTOCOLS if not (owner.scores_at == "init" and p.start is Start.TRAINED)]
    rows = measured("method", owner, [owner.name], [p.name for p in wanted])
    pruned = [row for row in rows if row.method_id != "dense"]
    said = f"{owner.__name__}, short run on tiny images, density {DENSITY:g}"
    claim(
        f"{said}: {len(pruned)} rows, expected {len(wanted)}: {', '.join(p.name for p in wanted)}.",
        holds=len(pruned) == len(wanted),
        mend="Look at what prunebench plan says is skipped.",
    )
    for row in pruned:
        exact = method.search() is None
        claim_sound(f"{said}, protocol {row.protocol}", row, exact=exact)


def check_protocol_runs(protocol: Protocol) -> None:
    """Check that a short run with the protocol gives sound rows, for a mask and for a cut."""
    methods = [Smallest, Thinnest] if protocol.scale == "same" else [Smallest]
    rows = measured("protocol", protocol, [method.name for method in methods], [protocol.name])
    pruned = [row for row in rows if row.method_id != "dense"]
    said = f"protocol {protocol.name!r}, short run on tiny images, density {DENSITY:g}"
    wanted = len(methods) * protocol.draws
    claim(
        f"{said}: {len(pruned)} rows, expected {wanted}, for {len(methods)} methods.",
        holds=len(pruned) == wanted,
        mend="Look at what prunebench plan says is skipped.",
    )
    for row in pruned:
        claim_sound(f"{said}, method {row.method}", row, exact=True)


def claim_sound(said: str, row: Measurement, *, exact: bool) -> None:
    """Claim that a row was measured, and lies where it was asked for."""
    claim(
        f"{said}: status is {row.status!r}, expected 'ok': {row.reason}",
        holds=row.status == "ok" or (row.status == "collapsed" and not exact),
        mend="The reason names the stage; prunebench run --debug shows where.",
    )
    found, room = row.density or 0.0, ROOM[row.granularity]
    claim(
        f"{said}: the tested network has density {found:.4f}, expected {DENSITY:g}, or less by at "
        f"most {room:.4f}.",
        holds=not exact or -room <= found - DENSITY <= ROOM["weight"],
        mend="Let allocate() turn the target into a quota.",
    )
    three = (row.density_after_pruning, row.density_after_training, row.density_evaluated)
    claim(
        f"{said}: densities after pruning, training and testing are {three}, expected one value.",
        holds=len({f"{value:.9f}" for value in three if value is not None}) <= 1,
        mend="Nothing may revive a pruned weight: leave the network alone after scoring.",
    )


def measured(
    kind: Kind, item: type[Method] | Protocol, methods: list[str], protocols: list[str]
) -> tuple[Measurement, ...]:
    """Run an item among the checks' own things, in this process and a store that is thrown away."""
    from prunebench.run.executor import InlineExecutor
    from prunebench.run.planning import make_plan
    from prunebench.run.run import Places, Run
    from prunebench.store.store import Store

    registry = registry_of(kind, item)
    experiment = validate(
        {
            "name": "a short run",
            "dataset": ["tiny-images"],
            "methods": [*methods],
            "protocols": [*protocols],
            "densities": [DENSITY],
            "seeds": 1,
            "recipe": RECIPE,
        },
        "the check",
    )
    with TemporaryDirectory(prefix="prunebench-") as folder:
        places = Places(Path(folder, "store"), Path(folder, "data"))
        plan = make_plan(registry, experiment, places.data, fetch=False)
        run = Run(registry, experiment, plan, places, "prunebench plugin test")
        return run.execute(InlineExecutor(registry, Store(places.store))).rows
