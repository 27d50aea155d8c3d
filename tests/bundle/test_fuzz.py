import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prunebench.bundle.archive import read_bundle, write_bundle
from prunebench.bundle.check import all_checks, check_bundle
from prunebench.bundle.finding import BundleError
from prunebench.bundle.forms.encoding import encode
from prunebench.bundle.limits import Limits
from prunebench.bundle.packing.container import pack
from prunebench.bundle.packing.members import read_members
from prunebench.bundle.packing.sums import file_name, sums
from prunebench.core.digest import canonical

FIXTURES = [HealthCheck.function_scoped_fixture]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def is_refused(data, path):
    """Check bytes under the name of the honest file; say whether they are refused.

    Also true of bytes that are read as the very same content: up to seven bits behind the end of
    a compressed member mean nothing.
    """
    with TemporaryDirectory() as folder:
        other = Path(folder) / path.name
        other.write_bytes(data)
        if not check_bundle(other).is_accepted:
            return True
        return len(data) == path.stat().st_size and same_content(other, path)


def same_content(other, path):
    """Say whether two files hold the same members."""
    return read_members(other, Limits()) == read_members(path, Limits())


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=FIXTURES, deadline=None)
def test_no_flipped_byte_is_accepted(path, data):
    """Whichever byte is changed, to whatever, the file is refused, without a traceback."""
    text = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= data.draw(st.integers(1, 255))

    assert is_refused(bytes(text), path)


@given(data=st.data())
@settings(max_examples=100, suppress_health_check=FIXTURES, deadline=None)
def test_no_cut_or_spliced_file_is_accepted(path, data):
    """Whatever is cut out, doubled or put in, the file is refused, without a traceback."""
    text = path.read_bytes()
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    extra = data.draw(st.binary(max_size=40) | st.just(text[begin:end] * 2))
    changed = text[:begin] + extra + text[end:]

    assert is_refused(changed, path)


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=FIXTURES, deadline=None)
def test_members_of_any_content_are_a_finding(honest, data):
    """A member of other bytes, with the sums and the name made to fit, gives no traceback."""
    contents = encode(honest)
    name = data.draw(st.sampled_from(sorted(contents)))
    text = bytearray(contents[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    contents[name] = bytes(text)
    if name != "SHA256SUMS":
        contents["SHA256SUMS"] = sums(contents)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "own.zip"
        with path.open("wb") as file:
            pack(contents, file)
        got = check_bundle(path)

        assert got.findings
        assert all(str(finding) for finding in got.findings)


def places(document, prefix=()):
    """List the places of a document that can be changed."""
    found = [prefix] if prefix else []
    if isinstance(document, dict):
        for key, value in document.items():
            found += places(value, (*prefix, key))
    return found


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=FIXTURES, deadline=None)
def test_rows_that_can_be_read_can_be_checked(honest, data):
    """Whatever stands in a row or the manifest, with sums that fit, gives no traceback."""
    contents = encode(honest)
    name = data.draw(st.sampled_from(["bundle.json", "trials.jsonl"]))
    lines = contents[name].decode().splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    document = json.loads(lines[number])
    place = data.draw(st.sampled_from(places(document)))
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = data.draw(JSON)
    try:
        lines[number] = canonical(document)
    except ValueError:  # NaN has no canonical form
        lines[number] = json.dumps(document)
    contents[name] = ("\n".join(lines) + "\n").encode()
    contents["SHA256SUMS"] = sums(contents)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "own.zip"
        with path.open("wb") as file:
            pack(contents, file)
        got = check_bundle(path)

        assert all(len(str(finding)) < 2000 for finding in got.findings)


def test_the_fuzzed_bundle_is_honest(path, honest):
    """What is changed above is accepted unchanged, so that each refusal is due to the change."""
    contents = encode(honest)

    assert check_bundle(path).is_accepted
    assert contents["SHA256SUMS"] == sums(contents)
    assert list(all_checks(read_bundle(path))) == []
    assert file_name("", check_bundle(path).address) == path.name


@pytest.mark.parametrize("size", [0, 5, 5000])
def test_noise_is_one_sentence(tmp_path, size):
    """A file of any bytes is refused by reading too."""
    path = tmp_path / "noise.zip"
    path.write_bytes(bytes(range(256)) * (size // 256 + 1) if size else b"")
    with pytest.raises(BundleError, match="it is no bundle"):
        read_bundle(path)


def test_writing_what_was_read_changes_nothing(path, tmp_path):
    """A bundle read and written again is the same file."""
    again = write_bundle(read_bundle(path), tmp_path / "again")

    assert again.name == path.name
    assert again.read_bytes() == path.read_bytes()
