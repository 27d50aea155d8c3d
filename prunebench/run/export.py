"""Take one trial's network out of the store: compute again what was dropped, verify, write."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from typing import Any

from safetensors.torch import save

from prunebench.errors import ContractError, SpecError, StoreError
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.schema import validate
from prunebench.plan.narrow import leading_to
from prunebench.plan.plan import Plan, PlannedTrial
from prunebench.plan.stage import Stage
from prunebench.plugin.registry import Registry
from prunebench.results.folder import read_record, write_aside
from prunebench.results.lookup import UNMEASURED, Found
from prunebench.run import exported
from prunebench.run.agenda import missing
from prunebench.run.bench import Bench
from prunebench.run.descriptor import describe_export, to_json
from prunebench.run.digests import tensors_digest
from prunebench.run.executor import Executor
from prunebench.run.network import Survivor, make_survivor
from prunebench.run.onnx_file import write_onnx
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, make_folder
from prunebench.run.scheduler import Emit, Scheduler, Terms
from prunebench.store.store import Store

DESCRIPTOR = "model.json"
WEIGHTS = "model.safetensors"
LOADER = "load.py"
ONNX = "model.onnx"


class Reopened(Store):
    """A store in which one stage counts as not done, so that what it reads is wanted again.

    Parameters
    ----------
    root
        An existing store.
    key
        The stage.
    """

    def __init__(self, root: Path, key: str) -> None:
        super().__init__(root)
        self.key = key

    def has(self, key: str) -> bool:
        """Say whether a stage is done; the reopened one is not."""
        return key != self.key and super().has(key)


@dataclass(frozen=True)
class Export:
    """A trial on its way out of the store.

    Parameters
    ----------
    registry, places
        Who knows the plugins; store and data.
    experiment
        Of the run.
    found
        The row, and its run.
    plan
        The stages that lead to the row, and no others.
    """

    registry: Registry
    places: Places
    experiment: Experiment
    found: Found
    plan: Plan

    @property
    def stage(self) -> Stage:
        """The stage that evaluated the network."""
        return self.plan.stages[self.plan.trials[0].evaluate]

    def lacking(self) -> set[str]:
        """List the stages that must be computed (again) before the network can be made."""
        reopened = Reopened(self.places.store, self.stage.key)
        return missing(self.plan, reopened) - {self.stage.key}

    def restore(self, executor: Executor, emit: Emit) -> None:
        """Compute what is lacking, by the scheduler that runs experiments.

        Raises
        ------
        StoreError
            If a stage fails, such as by giving other numbers than it gave before.
        """
        store = Reopened(self.places.store, self.stage.key)
        scheduler = Scheduler(self.plan, store, executor, emit, terms=Terms(keep_weights=True))
        try:
            outcome = scheduler.run()
        finally:
            executor.close()
        for reason in outcome.failed.values():
            msg = f"cannot compute the weights of trial {self.found.row.trial} again: {reason}"
            raise StoreError(msg)

    def forget(self, keys: set[str]) -> None:
        """Drop the tensors of retrained networks again that were only computed for this."""
        store = Store(self.places.store)
        for key in keys:
            if not self.plan.stages[key].keep:
                store.drop_tensors(key)

    def network(self) -> Survivor:
        """Make the network that was evaluated, in eval mode, on the CPU.

        Raises
        ------
        StoreError
            If its weights are not those that the row names.
        """
        bench = Bench(self.registry, Store(self.places.store))
        spec: Mapping[str, Any] = self.stage.spec
        survivor = make_survivor(bench, spec, trained=spec["trained"])
        row = self.found.row
        if tensors_digest(survivor.network.state_dict()) != row.weights_digest:
            msg = (
                f"the network made again is not the one that trial {row.trial} measured: a plugin, "
                f"a library or the machine has changed; run the experiment again and export that."
            )
            raise StoreError(msg)
        survivor.network.eval()
        return survivor

    def write(self, folder: Path, *, onnx: bool = False) -> None:
        """Write weights, descriptor and loader, and load them once; with `onnx` that too.

        Raises
        ------
        ContractError
            If the loader does not give the same network back.
        """
        survivor = self.network()
        make_folder(folder)
        state = survivor.network.state_dict()  # tied tensors are written twice
        weights = save({name: tensor.contiguous().clone() for name, tensor in state.items()})
        (folder / WEIGHTS).write_bytes(weights)  # safetensors' own file is for its owner alone
        write_aside(folder / DESCRIPTOR, to_json(self.describe(survivor)))
        copyfile(str(exported.__file__), folder / LOADER)
        for file in self.model_files():
            copyfile(file, folder / file.name)
        self.try_loader(folder)
        if onnx:
            shape: Any = self.stage.spec["model"]
            write_onnx(survivor.network, tuple(shape["shape"]), folder / ONNX)

    def try_loader(self, folder: Path) -> None:
        """Load what was written, as its user will."""
        name = self.stage.spec["model"]["name"]  # type: ignore[index,call-overload] # an object
        try:
            again = tensors_digest(exported.load(folder).state_dict())
        except (ImportError, AttributeError) as error:
            msg = f"model {name!r} cannot be imported from where its class says: {error}."
            raise ContractError(msg) from None
        if again != self.found.row.weights_digest:
            msg = f"model {name!r} gave another network when it was built once more."
            raise ContractError(msg)

    def describe(self, survivor: Survivor) -> dict[str, Any]:
        """Say what the network is and where it comes from."""
        spec: Mapping[str, Any] = self.stage.spec
        bench = Bench(self.registry, Store(self.places.store))
        record = read_record(self.found.folder)
        return describe_export(bench, spec, survivor, self.found.row, record)

    def model_files(self) -> tuple[Path, ...]:
        """List the plugin files that the loader must find beside it."""
        spec: Mapping[str, Any] = self.stage.spec
        home = self.registry.model(spec["model"]["name"]).source.file
        return tuple(path for path in self.registry.inventory.files if str(path) == home)


def prepare(registry: Registry, places: Places, found: Found) -> Export:
    """Plan a trial's experiment again and keep what leads to the trial.

    Raises
    ------
    SpecError
        If the trial has no network, or its experiment no longer plans it.
    """
    row, record = found.row, read_record(found.folder)
    if row.status in UNMEASURED:
        msg = f"trial {row.trial} has no network to export, it {row.status}: {row.reason}"
        raise SpecError(msg)
    experiment = validate(record.experiment, str(found.folder))
    plan = make_plan(registry, experiment, places.data, fetch=False)
    for trial in plan.trials:
        if trial.facts["trial"] == row.trial:
            return Export(registry, places, experiment, found, only(plan, trial))
    msg = (
        f"the experiment of {found.folder} no longer plans trial {row.trial}: a default or a data "
        f"set has changed since; run it again and export the new trial."
    )
    raise SpecError(msg)


def only(plan: Plan, trial: PlannedTrial) -> Plan:
    """Keep the stages that one evaluation depends on."""
    wanted = leading_to(plan, [trial.evaluate])
    stages = {key: stage for key, stage in plan.stages.items() if key in wanted}
    alone = replace(trial, after_pruning=None, train=None, dense=None, prunes=(), between=())
    bare = replace(alone, tuned=None, latency=None, diagnoses=(), scores=(), metrics={})
    return Plan(stages, (bare,))


def refuse_folder(folder: Path, trial: str) -> None:
    """Refuse a folder that holds something else than an export of this trial.

    Raises
    ------
    SpecError
        If it does.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    descriptor = folder / DESCRIPTOR
    if not (descriptor.is_file() and f'"{trial}"' in descriptor.read_text("utf-8", "replace")):
        msg = f"{folder} is not empty and holds no export of this trial; name another with -o."
        raise SpecError(msg)
