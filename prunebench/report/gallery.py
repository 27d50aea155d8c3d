"""The figures of a report."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from prunebench.report.document import Report, Section
from prunebench.report.figures.accuracy_figure import accuracy_figures
from prunebench.report.figures.cost_figure import cost_figure
from prunebench.report.figures.difference_figure import difference_figures
from prunebench.report.figures.drawing import Drawing, Form
from prunebench.report.figures.early_stop_figure import early_stop_figure
from prunebench.report.figures.layer_figure import layer_figure
from prunebench.report.figures.learning_figure import learning_figure

Figures: TypeAlias = Mapping[str, list[Drawing]]
"""The figures of each section, by its slug."""


def draw_figures(report: Report) -> Figures:
    """Draw the figures of every section."""
    return {section.slug: draw_section(section) for section in report.sections}


def draw_section(section: Section) -> list[Drawing]:
    """Draw what the section's trials have numbers for."""
    drawn = [
        cost_figure(section.grid, section.slug),
        early_stop_figure(section.grid, section.slug),
        learning_figure(section.grid, section.slug),
        layer_figure(section.grid, section.slug),
    ]
    accuracies = accuracy_figures(section.grid, section.slug)
    differences = difference_figures(section.grid, section.slug)
    return [*accuracies, *differences, *(drawing for drawing in drawn if drawing)]


def in_forms(figures: Figures, forms: Iterable[Form]) -> dict[str, bytes]:
    """Give every figure in other forms than SVG, by file name."""
    asked = list(forms)
    return {
        f"figures/{drawing.name}.{form}": drawing.in_form(form)
        for drawn in figures.values()
        for drawing in drawn
        for form in asked
    }
