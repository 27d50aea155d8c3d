"""The checks of report templates: a good one passes, and each slip is found."""

import pytest

from prunebench.api import ReportTemplate
from prunebench.errors import ContractError
from prunebench.testing import check_template


def template(**texts):
    """Make a template of these pages."""
    return ReportTemplate("slip", "Nobody 2020", "Says something.", texts=texts)


def test_a_good_template_passes():
    """In all three formats, with what a stranger wrote in it."""
    names = (
        "{% for t in report.appendix %}{% for row in t.rows %}{{ row[0] }}{% endfor %}{% endfor %}"
    )
    page = "{{ report.title }}: " + names

    check_template(template(md=page, html=page, tex="<< report.title >>"))


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            {"md": "{{ report.checklist.titel }}"},
            "has no attribute 'titel'. A run may lack anything;",
        ),
        ({"md": "{{ report.sections[7].title }}"}, "template 'slip', a run of two methods"),
        ({"md": "{{ report.sections[0].facts[0].value }}"}, "a run that recorded nothing but"),
        ({"md": "  "}, "slip.md is empty. Print something of the report"),
        ({"html": "{{ report.title | safe }}"}, "stands in slip.html as it is, markup and all."),
        ({"md": "{{ report.title | verbatim }}"}, "stands in slip.md as it is, markup and all."),
        ({"tex": "<< report.title | verbatim >>"}, "stands in slip.tex as it is"),
        ({"md": "{{ range(10 ** 5) | random }}"}, "slip.md differs when it is written again."),
    ],
)
def test_slips_are_found(texts, said):
    """The message says which template, on which run, and how to mend it."""
    with pytest.raises(ContractError) as caught:
        check_template(template(**texts))

    assert said in str(caught.value)
