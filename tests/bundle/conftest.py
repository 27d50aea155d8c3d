"""Honest bundles and their files, whole and spoilt."""

import io
import zipfile
from dataclasses import replace

import honest_bundles
import pytest

from prunebench.bundle.archive import write_bundle
from prunebench.bundle.forms.encoding import encode
from prunebench.bundle.packing.container import Member, closing, pack


@pytest.fixture
def make_bundle():
    """Give a factory of honest bundles."""
    return honest_bundles.make_bundle


@pytest.fixture
def honest(make_bundle):
    """Give an honest bundle of two seeds, two densities, one method."""
    return make_bundle()


@pytest.fixture
def path(honest, tmp_path):
    """Give the file of the honest bundle."""
    return write_bundle(honest, tmp_path)


@pytest.fixture
def changed():
    """Give a function that changes columns of the first pruned row, or of the first dense one."""

    def change(bundle, *, dense=False, link=None, **columns):
        entries = list(bundle.entries)
        at = next(i for i, e in enumerate(entries) if (e.row.method_id == "dense") == dense)
        row = replace(entries[at].row, **columns)
        entries[at] = replace(entries[at], row=row, **(link or {}))
        return replace(bundle, entries=tuple(entries))

    return change


@pytest.fixture
def contents_of():
    """Give the contents of a bundle's members, to be changed."""
    return lambda bundle: dict(encode(bundle))


@pytest.fixture
def zipped(tmp_path):
    """Give a function that packs contents under a name, as `pack` does, sums as they are."""

    def write(contents, name="own-0000000000000000.zip"):
        file = tmp_path / name
        with file.open("wb") as stream:
            pack(contents, stream)
        return file

    return write


@pytest.fixture
def foreign(tmp_path):
    """Give a function that packs pairs of (name or ZipInfo, content) as other tools do."""

    def write(members, **options):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", **options) as archive:
            for name, content in members:
                archive.writestr(name, content)
        path = tmp_path / "foreign.zip"
        path.write_bytes(file.getvalue())
        return path

    return write


@pytest.fixture
def raw(tmp_path):
    """Give a function that writes members with whatever their headers are to say."""

    def write(members):
        text, directory = b"", b""
        for name, method, packed, size, checksum in members:
            member = Member(name, method, checksum, len(packed), size, len(text))
            text += member.local_header + packed
            directory += member.central_header
        path = tmp_path / "raw.zip"
        path.write_bytes(text + directory + closing(len(members), len(directory), len(text)))
        return path

    return write
