"""Leases from outside: a held one is left alone."""

from filelock import FileLock

from prunebench.store.leases import is_held, leases, let_go


def test_only_a_held_lease_is_held(small):
    """The file stays where a stage was computed; whoever is dead holds nothing."""
    with small.lease("a" * 32):
        pass
    [path] = leases(small.root)

    assert not is_held(path)
    with small.lease("a" * 32):
        assert is_held(path)
        let_go(path)
        assert path.exists()
    let_go(path)
    assert not path.exists()


def test_a_lease_can_be_taken_again_after_it_was_let_go(small):
    """A new file, with the same exclusion."""
    with small.lease("a" * 32):
        pass
    [path] = leases(small.root)
    let_go(path)

    with FileLock(path, timeout=0):
        assert is_held(path)


def test_links_and_strangers_are_no_leases(small, tmp_path):
    """Nothing outside is opened, nothing else deleted."""
    (tmp_path / "target").write_text("mine")
    (small.root / "leases" / "b.lock").symlink_to(tmp_path / "target")
    (small.root / "leases" / "notes.txt").write_text("mine")

    assert list(leases(small.root)) == []
