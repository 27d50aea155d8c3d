"""Reading files whose checksum is known."""

import pytest

from prunebench.errors import DataError
from prunebench_plugins.datasets._reading import readable, verified

MD5_OF_ABC = "900150983cd24fb0d6963f7d28e17f72"  # RFC 1321, appendix A.5


def test_sound_file_is_read(tmp_path):
    """A file with the expected MD5 comes back whole."""
    (tmp_path / "file").write_bytes(b"abc")

    assert verified(tmp_path / "file", MD5_OF_ABC) == b"abc"


def test_other_file_is_damaged(tmp_path):
    """Any other content is refused, naming file and remedy."""
    (tmp_path / "file").write_bytes(b"abd")

    with pytest.raises(DataError, match=rf"{tmp_path}/file is damaged .* delete it"):
        verified(tmp_path / "file", MD5_OF_ABC)


def test_unreadable_file_is_one_sentence(tmp_path):
    """What the system says becomes part of the message."""
    with pytest.raises(DataError, match=r"cannot be read \(Is a directory\)"):
        verified(tmp_path, MD5_OF_ABC)


def test_other_errors_pass():
    """Only the system's errors are about the file."""
    with pytest.raises(ZeroDivisionError), readable("file"):
        _ = 1 / 0
