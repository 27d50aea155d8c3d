import pytest

from prunebench.report.papers.lines import paper_lines
from prunebench.report.papers.stand import Asked, Stand
from prunebench.report.papers.table import Paper, paper_tables
from prunebench.report.papers.trials import places

NETWORKS = {
    "dataset": ["digits"],
    "model": ["mlp"],
    "methods": ["magnitude"],
    "protocols": ["ticket", "random", "random[scale=sparse-he]"],
    "stands_for": {"dataset": "CIFAR-10", "model": "VGG-16"},
}
"""An experiment whose network stands for a published one."""


@pytest.fixture
def asked():
    """Give what an experiment of one network asked for."""
    stand = Stand(
        datasets=("digits",),
        models=("mlp",),
        methods=("magnitude",),
        protocols=("ticket", "random", "random[scale=sparse-he]"),
        dataset="CIFAR-10",
        model="VGG-16",
    )
    return Asked((stand,))


@pytest.fixture
def told(make_layout, asked):
    """Bring published numbers and trials together, and tell each line in short."""

    def tell(published, trials, whose=asked, **layout):
        made = make_layout(**layout)
        lines = paper_lines(made, published, places(made, trials, whose, published))
        return [
            (
                line.block.told,
                line.slot.method if line.slot else "",
                (line.slot.printed or line.slot.target) if line.slot else "",
                {
                    key: ([one.mean for one in pair.theirs], [row.trial for row in pair.ours])
                    for key, pair in line.cells.items()
                },
            )
            for line in lines
        ]

    return tell


@pytest.fixture
def fill(make_layout):
    """Fill one published table with trials."""

    def fill_table(published, trials=(), experiment=NETWORKS, **layout):
        paper = Paper(make_layout(**layout), tuple(published), "Somebody 2019")
        (table,) = paper_tables(experiment, list(trials), [paper])
        return table

    return fill_table


@pytest.fixture
def make_seeds(make_row):
    """Give a factory of one trial per accuracy, seeds from 0."""

    def make(*accuracies, protocol="ticket", target="0.8", **given):
        name = protocol.partition("[")[0]
        common = {"protocol": protocol, "protocol_id": name, "target": target} | given
        return [
            make_row(seed=seed, test_accuracy_last=accuracy, **common)
            for seed, accuracy in enumerate(accuracies)
        ]

    return make


@pytest.fixture
def make_dense_seeds(make_dense):
    """Give a factory of one dense network per accuracy."""
    return lambda *values: [make_dense(seed=s, test_accuracy_last=v) for s, v in enumerate(values)]
