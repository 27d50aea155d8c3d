"""What a report template must be before it gets a name."""

import re

import pytest

from prunebench.api import ReportTemplate
from prunebench.errors import ContractError
from prunebench.plugin.contract import check_offer


def template(**changes):
    """Make a template with something changed."""
    said = {"name": "m", "paper": "Nobody 2020", "about": "Says x.", "texts": {"md": "x"}}
    return ReportTemplate(**said | changes)


def test_a_usable_template():
    """Name, paper, a line and one page are enough."""
    assert check_offer("template", template()) == "m"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "report"}, "it cannot be called 'report', as the report's own pages are."),
        ({"name": "../m"}, "name must be lower-case letters and digits"),
        ({"about": " "}, "ReportTemplate 'm': about must be a non-empty text, got ' '."),
        ({"paper": ""}, "paper must be a non-empty text, got ''."),
        ({"texts": {}}, "give either texts, or the package and folder"),
        ({"package": "json"}, "give either texts, or the package and folder"),
        ({"texts": {"md": 3}}, "texts must map formats to templates, both texts."),
        ({"texts": {"pdf": "x"}}, "formats must be some of md, html, tex, got ('pdf',)."),
        ({"texts": {}, "package": "json"}, "formats must be some of md, html, tex, got ()."),
        ({"formats": ("md", "tex")}, "ReportTemplate 'm': there is no m.tex.j2."),
        ({"formats": ["md"]}, "formats must be some of md, html, tex, got ['md']."),
        ({"texts": {}, "package": "json", "formats": ("md",)}, "cannot read the folder 'pages'"),
    ],
)
def test_unusable_templates(changes, message):
    """Whatever could not be written is refused when the plugin is loaded."""
    with pytest.raises(ContractError, match=re.escape(message)):
        check_offer("template", template(**changes))


def test_it_must_be_a_template():
    """A class, or anything else, is none."""
    with pytest.raises(ContractError, match="must give ReportTemplate instances, got <class"):
        check_offer("template", ReportTemplate)
