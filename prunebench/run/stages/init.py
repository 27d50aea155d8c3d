"""Draw fresh dense weights."""

from prunebench.core.random import generator
from prunebench.run.bench import Bench
from prunebench.run.network import build, initialise
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped


def init_stage(bench: Bench, task: Task) -> Artifact:
    """Draw a dense network; purpose ``"init"`` and every ``"redraw"`` are streams of their own."""
    spec: dict[str, object] = dict(task.spec)
    model_spec = spec["model"]
    assert isinstance(model_spec, dict)
    model = bench.model(model_spec)
    network, _ = build(model, model_spec)
    seed, draw = int(str(spec["seed"])), int(str(spec["draw"]))
    initialise(model, network, str(spec["scheme"]), generator(seed, str(spec["purpose"]), draw))
    return Artifact({"status": "ok"}, grouped(last=network.state_dict()))
