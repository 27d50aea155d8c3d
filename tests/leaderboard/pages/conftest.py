"""Leaderboards with known numbers, for pages to be written from."""

from dataclasses import replace
from html.parser import HTMLParser
from itertools import product

import pytest

from prunebench.bundle.document import Curve, LayerCount
from prunebench.bundle.reproduced import Reproduced, ReproducedTrial
from prunebench.leaderboard.inputs.notes import Dispute, Notes, Supersession

MODELS, PROTOCOLS, DENSITIES = ("mlp", "conv[width=4]"), ("finetune", "ticket"), (0.5, 0.25, 0.125)
MACHINE = {"processor": "x86_64, 8 cores", "device": "cpu", "libraries": {"torch": "2.11.0"}}
METHODS = {
    "magnitude": (0.96, {"granularity": "weight"}),
    "l1filter": (0.9595, {"granularity": "channel"}),
    "obd[rate=0.1]": (0.93, {"granularity": "weight", "method_id": "obd"}),
    "synflow": (0.90, {"granularity": "weight"}),
    "random-mask": (0.86, {"granularity": "weight", "control_of": "obd[rate=0.1]"}),
}
"""Accuracy at 2x of three seeds on average, and what a row says of it."""

SPREAD = {
    "l1filter": (0.0, -0.002, 0.002),
    "synflow": (0.001, 0.001, -0.002),
    "obd[rate=0.1]": (-0.001, 0.002, -0.001),
}
USUAL = (0.0, 0.002, -0.002)
"""Of the seeds, around their mean: so l1filter is 0.05 points below magnitude, with a deviation of
0.4 points; the differences of synflow and obd vary by less."""

COSTS = {
    "test_loss_last": 0.1,
    "validation_accuracy": 0.9,
    "accuracy_after_pruning": 0.5,
    "dense_epochs": 10.0,
    "pruning_epochs": 0.0,
    "epochs": 10.0,
    "total_epochs": 20.0,
    "dense_macs": 3000,
    "pruning_macs": 0,
    "retraining_macs": 2000,
    "seconds": 90.0,
    "method_seconds": 0.02,
    "method_samples": 100,
}


VOID = {"meta", "link", "img", "br", "input", "hr", "wbr"}
"""Elements that have no end."""


class Page(HTMLParser):
    """What a page is made of, and what is wrong with it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.links, self.faults = [], [], [], []
        self.open, self.attributes, self.levels = [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes += given
        self.ids += [given["id"]] if "id" in given else []
        self.links += [(tag, given[name]) for name in ("href", "src") if name in given]
        self.levels += [int(tag[1])] if tag in ("h1", "h2", "h3") else []
        if len(given) < len(attrs):
            self.faults.append(f"an attribute twice in {tag}")
        if tag == "th" and "scope" not in given:
            self.faults.append("a heading that heads nothing")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Note an element that closes itself, as in drawings."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        """Close an element."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"closed out of order: {tag}")


@pytest.fixture(scope="session")
def read():
    """Give a function that reads the pages of a site."""

    def pages(files):
        return {path: Page(text.decode()) for path, text in files.items() if path.endswith(".html")}

    return pages


@pytest.fixture(scope="session")
def trials_everywhere(trials_of):
    """Give a function that makes a method's trials on all boards; a tenth less per octave."""

    def make(method, accuracy=None, **given):
        usual, columns = METHODS[method]
        for model, protocol, (octave, density) in product(MODELS, PROTOCOLS, enumerate(DENSITIES)):
            values = [
                (accuracy or usual) - 0.01 * octave + part for part in SPREAD.get(method, USUAL)
            ]
            yield trials_of(
                method, values, density, model=model, protocol=protocol,
                given={**COSTS, "params_kept": int(1000 * density), **columns}, **given,
            )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def whole_suite(suite_of):
    """Give a suite of two models, two protocols, three densities and three seeds."""
    return suite_of(MODELS, DENSITIES, PROTOCOLS, 3)


@pytest.fixture(scope="session")
def told():
    """Give a function that gives a bundle learning curves and layers."""
    return with_curves


def with_curves(bundle, start=""):
    """Give a bundle learning curves and layers, whose names begin so."""
    pruned = [entry.row for entry in bundle.entries if entry.row.method_id != "dense"]
    curves, layers = {}, {}
    for row in pruned:
        last = row.test_accuracy_last or 0.0
        curves[row.trial] = Curve(
            steps=tuple(range(0, 600, 60)),
            train_loss=tuple(2 / (place + 1) for place in range(10)),
            validation_accuracy=tuple(last * place / 9 for place in range(10)),
        )
        layers[row.trial] = tuple(
            LayerCount(f"{start}{name}", size, int(size * row.target_density))
            for name, size in (("features.0", 800), ("classifier", 160))
        )
    return replace(bundle, curves=curves, layers=layers)


@pytest.fixture(scope="session")
def first_bundle(submit, trials_everywhere):
    """Give a bundle of all methods on all boards."""
    every = [one for method in METHODS for one in trials_everywhere(method)]
    return with_curves(submit(*every, url="https://example.org/ada", machine=MACHINE))


@pytest.fixture(scope="session")
def make_board(build, whole_suite, first_bundle):
    """Give a function that builds a leaderboard of the first bundle and of others."""

    def make(*more, **given):
        return build(first_bundle, *more, suite=whole_suite, **given)

    return make


@pytest.fixture(scope="session")
def board(make_board):
    """Give a leaderboard of four methods and a control on two pairs under two protocols."""
    return make_board()


@pytest.fixture(scope="session")
def storied(make_board, first_bundle, submit, trials_everywhere, trials_of):
    """Give one with everything that happens: conflict, dispute, failure, open division, history."""
    synflow = list(trials_everywhere("synflow"))
    other = with_curves(
        submit(synflow[0], by="Grace", url="javascript:alert(1)", day=2, machine=MACHINE)
    )
    changed = replace(synflow[1], values=(0.5, None, ("collapsed", 0.1)))
    second = with_curves(submit(changed, by="Edith", day=3, machine=MACHINE))
    opened = replace(synflow[2], settings={"training": {"steps": 100, "lr": 0.5}})
    third = with_curves(submit(opened, by="Mary", day=4, machine=MACHINE))
    late = with_curves(
        submit(replace(synflow[3], values=(0.1,)), by="Joan", day=5, machine=MACHINE)
    )
    trial, doubted = (
        first_trial(first_bundle, "l1filter"),
        first_trial(first_bundle, "obd[rate=0.1]"),
    )
    notes = Notes(
        (Dispute("Tuned on <b>test</b> data.", "https://example.org/issue/1", doubted),),
        (Supersession(late.address, "withdrawn"),),
    )
    again = ReproducedTrial(trial, 0.9595, 0.9595, 0.0, agrees=True, how="exact")
    rerun = Reproduced(first_bundle.address, "2025-03-02T00:00:00Z", "Bob", MACHINE, (again,))
    return make_board(other, second, third, late, notes=notes, reproductions=(rerun,))


def first_trial(bundle, method):
    """Find a method's trial of the first board, at 2x with seed 0."""
    rows = [entry.row for entry in bundle.entries]
    place = ("mlp", "finetune", 0.5, 0, method)
    return next(
        row.trial
        for row in rows
        if (row.model, row.protocol, row.target_density, row.seed, row.method) == place
    )
