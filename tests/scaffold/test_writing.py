import pytest

from prunebench.errors import SpecError
from prunebench.scaffold.writing import tree, write_project

FILES = {"a/b.py": "é\n", "c.py": ""}


def test_files_are_written_as_they_are(tmp_path):
    """Folders are made, the text is UTF-8 with plain newlines."""
    write_project(tmp_path / "x" / "p", FILES)

    assert (tmp_path / "x" / "p" / "a" / "b.py").read_bytes() == "é\n".encode()
    assert (tmp_path / "x" / "p" / "c.py").read_bytes() == b""


def test_an_empty_repository_may_be_there(tmp_path):
    """People make a repository first."""
    (tmp_path / ".git").mkdir()
    write_project(tmp_path, FILES)

    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "a", "c.py"]


def test_content_is_never_touched(tmp_path):
    """A folder with anything in it is refused, and stays as it was."""
    (tmp_path / "c.py").write_text("mine")
    with pytest.raises(SpecError, match=r"it has 'c\.py'"):
        write_project(tmp_path, FILES)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"c.py": "mine"}


def test_a_file_is_no_folder(tmp_path):
    """A file in the folder's place is refused."""
    (tmp_path / "p").write_text("mine")
    with pytest.raises(SpecError, match="is a file"):
        write_project(tmp_path / "p", FILES)

    assert (tmp_path / "p").read_text() == "mine"


def test_a_link_to_nothing_is_not_followed(tmp_path):
    """What a stranger's link points at is not made."""
    (tmp_path / "p").symlink_to(tmp_path / "elsewhere")
    with pytest.raises((SpecError, FileExistsError)):
        write_project(tmp_path / "p", FILES)

    assert not (tmp_path / "elsewhere").exists()


def test_the_tree_names_every_file():
    """One line each, below the folder."""
    assert tree("p", FILES) == "p/\n  a/b.py\n  c.py"
