"""Digests of source code."""

import pytest

from prunebench.plugin.source import source_digest

PLAIN = '''"""A module."""

LIMIT = 3
"""A documented constant."""


def twice(x):
    """Double."""
    return 2 * x  # simple
'''


@pytest.fixture
def written(strangers):
    """Give a function that writes files and digests a module."""

    def write(files, module="zoo.net"):
        for name, text in files.items():
            path = strangers.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return source_digest([module])

    return write


@pytest.mark.parametrize(
    "edited",
    [
        PLAIN.replace("# simple", "# not so simple"),
        PLAIN.replace("Double.", "Double the argument."),
        PLAIN.replace("A module.", "A very nice module."),
        PLAIN.replace('"""A documented constant."""\n', ""),
        PLAIN.replace("2 * x", "(2*x)"),
        "\n\n" + PLAIN,
        'prunebench_api = ">=1.0,<3"\n' + PLAIN,
        'prunebench_api: str = ">=1.0"\n' + PLAIN,
    ],
)
def test_words_change_nothing(written, edited):
    """Comments, docstrings, spaces and the API range do not enter the digest."""
    assert written({"plain.py": PLAIN}, "plain") == written({"plain.py": edited}, "plain")


@pytest.mark.parametrize(
    "edited",
    [
        PLAIN.replace("2 * x", "x * 2"),
        PLAIN.replace("LIMIT = 3", "LIMIT = 4"),
        PLAIN.replace("LIMIT = 3", 'LIMIT = "3"'),
    ],
)
def test_code_changes_the_digest(written, edited):
    """Any edit of code gives another digest."""
    assert written({"plain.py": PLAIN}, "plain") != written({"plain.py": edited}, "plain")


@pytest.mark.parametrize(
    "imports",
    [
        "import zoo.blocks",
        "from zoo import blocks",
        "from zoo.blocks import WIDTH",
        "from . import blocks",
        "from .blocks import WIDTH as w",
        "def build():\n    from zoo.blocks import WIDTH",
        "from zoo import middle",
    ],
)
def test_imports_of_the_same_package_count(written, imports):
    """A helper module of the package is part of the code, however and wherever it is imported."""
    files = {
        "zoo/__init__.py": "",
        "zoo/blocks.py": "WIDTH = 16",
        "zoo/middle.py": "from .blocks import WIDTH\nimport zoo.net",
        "zoo/net.py": imports,
    }
    before = written(files)

    assert written({"zoo/blocks.py": "WIDTH = 16  # channels"}) == before
    assert written({"zoo/blocks.py": "WIDTH = 32"}) != before


def test_strangers_modules_do_not_count(written):
    """Neither what is not imported nor another package is part of the code."""
    files = {
        "zoo/__init__.py": "",
        "zoo/net.py": "import other.blocks, not_there, zoo.not_there",
        "zoo/unused.py": "X = 1",
        "other/__init__.py": "",
        "other/blocks.py": "X = 1",
    }
    before = written(files)

    assert written({"zoo/unused.py": "X = 2", "other/blocks.py": "X = 2"}) == before


def test_code_of_the_package_itself_counts(written):
    """What a module takes from its package's __init__ is part of its code."""
    before = written({"zoo/__init__.py": "X = 1", "zoo/net.py": "from . import X"})

    assert written({"zoo/__init__.py": "X = 2"}) != before


def test_host_is_not_followed():
    """The host's own rooms are versioned by their stages."""
    assert source_digest(["prunebench.api"]) != source_digest(["prunebench.errors"])
    assert source_digest(["prunebench.api"]) == source_digest(["prunebench.api"])


def test_relative_import_out_of_the_package_is_ignored(written):
    """An import that Python itself refuses does not break the digest."""
    files = {"zoo/__init__.py": "", "zoo/net.py": "from ... import far"}

    assert len(written(files)) == 32


def test_compiled_module_is_hashed_by_its_bytes():
    """A module without source has a digest all the same, and built-ins have one too."""
    compiled = source_digest(["_json"])

    assert len(compiled) == 32
    assert compiled != source_digest(["sys"])
