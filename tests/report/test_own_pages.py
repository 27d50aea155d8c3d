"""Pages that a plugin brought: what they can include, and how their mistakes are told."""

import pytest

from prunebench.api import ReportTemplate
from prunebench.errors import ContractError
from prunebench.report.own_pages import own_pages
from prunebench.report.template import brought
from prunebench.report.view import make_report

WHOSE = "(plugin mine of mine 1.0)"


@pytest.fixture
def write(record, make_row):
    """Give a function that writes a plugin's one page over a small run."""
    report = make_report(record, [make_row(method="<b>", test_accuracy_last=0.9)])

    def write(form, text):
        offered = ReportTemplate("mine", "Nobody 2020", "Says x.", texts={form: text})
        return own_pages(brought(offered, WHOSE), report, {})

    return write


def test_a_plugins_page_has_the_report_and_its_pieces(write):
    """Its table, escaped as the format needs it, whatever the template asks for."""
    table = '{% set table = report.sections[0].tables[0] %}{% include "_table.html.j2" %}'
    pages = write("html", "{{ report.title }} {{ '<i>' }} " + table)

    assert list(pages) == ["mine.html"]
    assert "&lt;i&gt;" in pages["mine.html"]
    assert "<b>" not in pages["mine.html"]
    assert "&lt;b&gt;" in pages["mine.html"]
    assert write("tex", "<< '%' >>") == {"mine.tex": "\\%\n"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ report.nothing }}", ": 'prunebench.report.document.Report object' has no attribute"),
        ("{{ nothing }}", ": 'nothing' is undefined"),
        ("\n{% if %}", ", line 2: "),
        ("{{ report.item('none') }}", "cannot be written: the checklist has no item 'none'"),
        ("{{ report.title.__class__.__mro__ }}", "access to attribute '__class__'"),
        ("{% include '/etc/passwd' %}", "its folder has no '/etc/passwd', and neither has a"),
        ("{{ 1 / 0 }}", "cannot be written: division by zero"),
    ],
)
def test_mistakes_are_the_plugins(write, text, said):
    """They are told in one sentence that ends with whose they are."""
    with pytest.raises(ContractError) as caught:
        write("html", text)

    assert str(caught.value).startswith("the template mine.html.j2")
    assert said in str(caught.value)
    assert str(caught.value).endswith(f" {WHOSE}")


def test_an_item_of_the_checklist_can_be_asked_for(write):
    """By the words of the item; it gives the verdict and why."""
    page = write("md", "{{ report.item('The code')[0] }}: {{ report.item('The code')[1] }}")

    assert page == {"mine.md": "not met: neither version nor commit is on record\n"}
