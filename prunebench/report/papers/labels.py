"""Labels of a published table's lines and columns."""

from prunebench.experiment.layout import VALUE, Layout
from prunebench.report.papers.columns import DENSE
from prunebench.report.papers.lines import Line
from prunebench.report.table import Cell
from prunebench.report.wording import percent

HEADINGS = {
    "dataset": "Data set",
    "model": "Model",
    "method": "Method",
    "printed": "Pruned",
    "target": "Target",
    "dense": "Unpruned",
    "protocol": "Protocol",
    "lr": "Learning rate",
}
"""Headings of labels for which a layout has none."""

METRICS = {
    "test_accuracy": "Test accuracy",
    "test_error": "Test error",
    "top1_accuracy": "Top-1 accuracy",
    "top5_accuracy": "Top-5 accuracy",
    "top1_change": "Change of top-1 accuracy",
    "top5_change": "Change of top-5 accuracy",
}


def heading(layout: Layout, key: str) -> str:
    """Head a label or a protocol; a further arm of ours has its settings beside the heading."""
    if key in layout.headings:
        return layout.headings[key]
    name, bracket, settings = key.partition("[")
    if bracket:
        return f"{layout.headings.get(name, name)}, {settings.removesuffix(']')}"
    return METRICS[layout.metric] if key == VALUE else HEADINGS.get(key, key)


def label_cell(layout: Layout, name: str, line: Line) -> Cell:
    """Write one label of a line."""
    block, slot = line.block, line.slot
    ours = f"ours: {block.told}" if block.told and name == carrier(layout) else ""
    if name in ("dataset", "model", "lr"):
        return Cell(str(getattr(block, name)), ours)
    if slot is None:
        return Cell("", ours)
    if name == "printed":
        method = further(layout, slot.method)
        return Cell(slot.printed or kept(slot.target), "; ".join(filter(None, (ours, method))))
    if name == "protocol":
        return Cell(heading(layout, slot.protocol), ours)
    return Cell(str(getattr(slot, name)), ours)


def carrier(layout: Layout) -> str:
    """Give the label that says which recipe of ours a line is of: the model, if it is there."""
    return "model" if "model" in layout.rows else next(r for r in layout.rows if r != DENSE)


def kept(target: str) -> str:
    """Say what a target of ours keeps, for the publication has no word for it.

    >>> kept("0.5"), kept("0.125 of units"), kept("vgg16-a"), kept("")
    ('50 % kept', '12.5 % of units kept', 'vgg16-a', '')
    """
    number, of, what = target.partition(" of ")
    try:
        share = percent(float(number)).rstrip("0").rstrip(".")
    except ValueError:
        return target
    return f"{share} %{of}{what} kept"


def further(layout: Layout, method: str) -> str:
    """Name a further method of ours where no column does."""
    return method if "[" in method and "method" not in layout.rows else ""
