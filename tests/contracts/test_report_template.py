"""Report templates: where their pages are read from."""

import pytest

from prunebench.api import ReportTemplate
from prunebench.errors import ContractError

SAID = {"name": "mine", "paper": "Nobody 2020", "about": "Says hello."}


def test_texts_say_the_formats():
    """A template that is given as texts needs no list of formats, and no files."""
    template = ReportTemplate(**SAID, texts={"md": "# x", "html": "<p>x"})

    assert template.formats == ("md", "html")
    assert template.read() == {"mine.md.j2": "# x", "mine.html.j2": "<p>x"}


def test_files_are_read_from_a_package(strangers):
    """Templates and style sheets of the folder, and nothing else that lies there."""
    strangers.install(
        "prunebench-paged",
        ["paged = paged"],
        {
            "paged/__init__.py": "",
            "paged/sheets/mine.md.j2": "# ü",
            "paged/sheets/_more.j2": "more",
            "paged/sheets/mine.css": "p {}",
            "paged/sheets/secret.txt": "secret",
        },
    )
    template = ReportTemplate(**SAID, formats=("md",), package="paged", folder="sheets")

    assert template.read() == {"mine.md.j2": "# ü", "_more.j2": "more", "mine.css": "p {}"}


@pytest.mark.parametrize(("package", "folder"), [("nowhere_at_all", "pages"), ("json", "pages")])
def test_what_cannot_be_read_is_told(package, folder):
    """With the folder and the package, in one sentence."""
    template = ReportTemplate(**SAID, formats=("md",), package=package, folder=folder)
    with pytest.raises(ContractError) as caught:
        template.read()

    told = f"template 'mine': cannot read the folder 'pages' of the package {package!r}: "
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
