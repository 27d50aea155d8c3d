import io
import stat
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest

from prunebench.bundle.check import check_bundle
from prunebench.bundle.limits import Limits
from prunebench.bundle.packing.container import DEFLATED, STORED


def only(path, limits=None):
    """Give the single finding."""
    findings = check_bundle(path, limits).findings

    assert len(findings) == 1
    return findings[0]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil", "leads out of the archive"),
        ("labels/../../evil", "leads out of the archive"),
        ("..\\evil", "leads out of the archive"),
        ("/etc/passwd", "is an absolute path"),
        ("C:/evil", "is an absolute path"),
        ("labels\\0.npz", "has a backslash"),
        ("nested.zip", "is an archive in the archive"),
        ("labels/00.npz", "is no member of a bundle"),
        ("labels/0.npz\n", "is no member of a bundle"),
        ("evil.py", "is no member of a bundle"),
        ("BUNDLE.JSON", "is no member of a bundle"),
        ("weights/x.safetensors", "is no member of a bundle"),
    ],
)
def test_only_declared_names(zipped, contents_of, honest, name, why):
    """A member of any other name is refused before it is decompressed, by its name."""
    got = only(zipped({**contents_of(honest), name: b"x"}))

    assert got.field == "members"
    assert why in got.message
    assert ascii(name) in got.message


def test_a_nested_bomb_is_refused_by_name(foreign):
    """An archive of archives, as the 42 kB bomb is, is refused for what its members are."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.dll", bytes(10**6))
    path = foreign([(f"lib {i}.zip", inner.getvalue()) for i in range(4)])
    got = [f.message for f in check_bundle(path).findings if "archive in the archive" in f.message]

    assert len(got) == 4


def zeros(length):
    """Deflate so many zero bytes without ever holding them."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(2**20)
    packed = [stream.compress(block) for _ in range(length // 2**20)]
    return b"".join([*packed, stream.flush()])


def test_a_bomb_is_refused_by_what_it_announces(raw):
    """Gigabytes of zeros in a small file are refused, and named, without decompressing."""
    packed = zeros(2**26)
    path = raw([("trials.jsonl", DEFLATED, packed, 4 * 10**9, 0)])
    got = {finding.field: finding.message for finding in check_bundle(path).findings}

    assert got.keys() == {"size", "ratio"}
    assert "4000000000 bytes" in got["size"]
    assert "zip bomb" in got["ratio"]


def test_a_bomb_that_lies_is_stopped(raw):
    """A member that is larger than it announces is cut off one byte later."""
    path = raw([("trials.jsonl", DEFLATED, zeros(2**26), 1000, zlib.crc32(bytes(1000)))])
    got = only(path)

    assert got.file == "trials.jsonl"
    assert "elsewhere than after the 1000 bytes" in got.message


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (Limits(archive=100), "size"),
        (Limits(total=1000), "size"),
        (Limits(member=100), "size"),
        (Limits(manifest=100), "size"),
        (Limits(members=3), "archive"),
    ],
)
def test_limits_hold(path, limits, field):
    """Every limit is enforced, and told with what was found."""
    got = check_bundle(path, limits).findings

    assert {finding.field for finding in got} == {field}


def test_duplicates_are_refused(raw):
    """Two members of one name are refused: two readers would see two bundles."""
    member = ("curves.csv", STORED, b"x", 1, zlib.crc32(b"x"))
    got = only(raw([member, member]))

    assert (got.field, got.found) == ("members", "2 times")


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (stat.S_IFLNK | 0o777, "a symbolic link"),
        (stat.S_IFDIR | 0o755, "a folder"),
        (stat.S_IFIFO | 0o644, "marked as something else"),
        (stat.S_IFREG | 0o4755, "marked as something else"),
    ],
)
def test_only_plain_files(foreign, mode, kind):
    """Links, folders and special files are refused."""
    info = zipfile.ZipInfo("curves.csv")
    info.external_attr = mode << 16
    got = only(foreign([(info, b"/etc/passwd")]))

    assert kind in got.message


def test_encrypted_members_are_refused(path):
    """A member that is marked as encrypted is refused."""
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)

    assert "is encrypted" in only(path).message


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(foreign, method):
    """Only stored and deflated members are read."""
    info = zipfile.ZipInfo("curves.csv")
    info.compress_type = method
    info.external_attr = 0o100644 << 16
    got = check_bundle(foreign([(info, b"trial")])).findings

    assert any("packed by method" in f.message or "says more" in f.message for f in got)


def test_a_method_of_its_own_is_refused(raw):
    """A member packed by a method that nobody knows is named."""
    assert "packed by method 99" in only(raw([("curves.csv", 99, b"x", 1, 0)])).message


@pytest.mark.parametrize("cut", [0, 1, 21, 22, 100, -1, -22, -23])
def test_truncated_files_are_refused(path, cut):
    """A file that is cut off anywhere is one finding."""
    path.write_bytes(path.read_bytes()[:cut])

    assert only(path).field == "archive"


@pytest.mark.parametrize("text", [b"", b"not a zip at all", b"PK\x05\x06", bytes(100)])
def test_other_files_are_refused(tmp_path, text):
    """Anything that is no archive is one finding."""
    path = tmp_path / "any.zip"
    path.write_bytes(text)

    assert only(path).field == "archive"


@pytest.mark.parametrize(
    "surround",
    [
        lambda data: b"#!/bin/sh\n" + data,
        lambda data: data + b"x",
        lambda data: data + data,
        lambda data: data[:-2] + struct.pack("<H", 5) + b"hello",
    ],
)
def test_nothing_stands_before_or_behind(path, surround):
    """Prepended and appended data, a comment among them, are refused."""
    path.write_bytes(surround(path.read_bytes()))

    assert only(path).field == "archive"


def test_overlapping_members_are_refused(path):
    """A member that lies within another one, as in bombs without nesting, is refused."""
    data = bytearray(path.read_bytes())
    last = data.rindex(b"PK\x01\x02")
    data[last + 42 : last + 46] = bytes(4)
    path.write_bytes(data)

    assert "overlaps" in only(path).message


def test_gaps_are_refused(path):
    """Bytes between members that belong to none are refused."""
    data = path.read_bytes()
    directory = data.index(b"PK\x01\x02")
    end = bytearray(data[-22:])
    end[16:20] = struct.pack("<I", directory + 3)
    path.write_bytes(data[:directory] + b"abc" + data[directory:-22] + bytes(end))

    assert not check_bundle(path).is_accepted


def test_headers_must_agree(path):
    """A local header that says something else than the directory is refused."""
    data = bytearray(path.read_bytes())
    data[14] ^= 1  # of the first member's checksum
    path.write_bytes(data)

    assert "contradict" in only(path).message


def test_a_file_of_another_name_is_told(path):
    """A renamed file is found, and told its name."""
    other = path.rename(path.with_name("mine.zip"))
    got = only(other)

    assert (got.field, got.found, got.expected) == ("name", "mine.zip", path.name)


@pytest.mark.parametrize("name", ["bundle.json", "curves.csv", "SHA256SUMS", "labels/0.npz"])
def test_missing_members_are_told(zipped, contents_of, honest, name):
    """A bundle without one of its members is told which."""
    contents = contents_of(honest)
    del contents[name]
    got = check_bundle(zipped(contents)).findings

    assert ("member", name) in {(finding.field, finding.file) for finding in got}


def test_undeclared_members_are_told(zipped, contents_of, honest):
    """A member that the manifest does not declare is refused, whatever its name."""
    extra = f"weights/{'0' * 32}.safetensors"
    contents = contents_of(honest) | {"labels/7.npz": b"x", extra: b"x"}
    got = check_bundle(zipped(contents)).findings

    assert {f.file for f in got if f.field == "member"} == {"labels/7.npz", extra}


def test_sums_are_complete_and_exact(zipped, contents_of, honest):
    """A sum that is wrong, absent or doubled is told, with its member."""
    contents = contents_of(honest)
    lines = contents["SHA256SUMS"].splitlines(keepends=True)
    got = []
    for text in (b"".join(lines[1:]), b"".join(lines[::-1]), b"".join([*lines, lines[0]])):
        found = check_bundle(zipped(contents | {"SHA256SUMS": text})).findings
        got.append([(f.file, f.field) for f in found if f.field != "name"])

    assert got == [
        [("bundle.json", "sha256")],
        [("SHA256SUMS", "lines")],
        [("SHA256SUMS", "lines")],
    ]


def test_a_changed_member_is_told(zipped, contents_of, honest):
    """A member that was edited after the sums were made is named, with both digests."""
    facts = replace(honest, manifest=replace(honest.manifest, title="Other"))
    contents = contents_of(honest) | {"bundle.json": contents_of(facts)["bundle.json"]}
    got = [f for f in check_bundle(zipped(contents)).findings if f.field == "sha256"]

    assert [f.file for f in got] == ["bundle.json"]
    assert got[0].found != got[0].expected


@pytest.mark.parametrize("name", ["trials.jsonl", "curves.csv", "layers.csv"])
def test_tables_have_a_bound_of_their_own(path, name):
    """What takes many times its size once it is read may be less large than arrays are."""
    got = check_bundle(path, Limits(table=100)).findings

    assert name in {finding.file for finding in got}
    assert all("at most 100 are read" in finding.message for finding in got)
