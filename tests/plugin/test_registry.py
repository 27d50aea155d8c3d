"""Look-ups, collisions and observers."""

import logging
from importlib.metadata import version

import pytest

from prunebench.api import StageEvent, hookimpl
from prunebench.errors import PluginLoadError, UnknownNameError
from prunebench.plugin.registry import load_registry

EVENT = StageEvent("started", "train", "abc", "train a net")

PROTOCOL = """
from prunebench.api import Budget, Protocol, Start, hookimpl

@hookimpl
def prunebench_protocols():
    return [Protocol("again", Start.REWIND, Budget.SAME_EPOCHS, "Nobody 2020")]
"""

DEAF = """
from prunebench.api import hookimpl

calls = []

@hookimpl
def prunebench_stage_event():
    calls.append(1)
    raise OSError("no ears")
"""


@pytest.fixture
def three(strangers, method_source):
    """Install three methods and a protocol."""
    modules = {f"{name}.py": method_source(name) for name in ("magnitude", "obd", "thinet")}
    modules["again.py"] = PROTOCOL
    return strangers.install("three", [f"{m[:-3]} = {m[:-3]}" for m in modules], modules)


def test_lookup_by_kind(three):
    """A name is found under its kind alone."""
    registry = load_registry(found=three)

    assert registry.names("method") == ("magnitude", "obd", "thinet")
    assert registry.method("obd").item().name == "obd"
    assert registry.protocol("again").item.name == "again"
    with pytest.raises(UnknownNameError):
        registry.model("obd")


def test_unknown_name_suggests_the_nearest(three):
    """The message names the mistake, the nearest name, the command and how many there are."""
    with pytest.raises(UnknownNameError) as caught:
        load_registry(found=three).method("magnitud")

    assert str(caught.value) == (
        "unknown method 'magnitud'; did you mean 'magnitude'? "
        "Run 'prunebench list methods' to see all 3."
    )
    assert caught.value.exit_code == 2


def test_unknown_name_without_a_near_one(three):
    """Nothing is suggested where nothing is near; a failed plugin is mentioned."""
    registry = load_registry(found=[*three, *three])  # the second time, each is loaded already
    with pytest.raises(UnknownNameError) as caught:
        registry.dataset("zzz")

    assert str(caught.value) == (
        "unknown dataset 'zzz'. Run 'prunebench list datasets' to see all 0. "
        "4 plugins could not be loaded (run 'prunebench plugins')."
    )


def test_name_of_a_failed_plugin_gives_its_reason(strangers):
    """Needing a plugin that could not be loaded is a plugin error with the reason."""
    found = strangers.install("broken", ["slimming = slim"], {"slim.py": "import not_there"})
    with pytest.raises(PluginLoadError) as caught:
        load_registry(found=found).method("slimming")

    assert str(caught.value) == (
        "plugin slimming of broken 1.0 failed: ModuleNotFoundError: No module named 'not_there'"
    )
    assert caught.value.exit_code == 3


def test_collision_gives_the_name_to_nobody(strangers, three, method_source):
    """Using a name that two plugins offer lists both; what else they offer stays usable."""
    modules = {"mine.py": method_source("magnitude") + PROTOCOL.replace("again", "mine")}
    mine = strangers.install("mine", ["mine = mine"], modules)
    registry = load_registry(found=[*three, *mine])
    with pytest.raises(PluginLoadError) as caught:
        registry.method("magnitude")

    assert str(caught.value) == (
        "method 'magnitude' is offered by mine of mine 1.0 and by magnitude of three 1.0; "
        "leave one out with --no-plugin NAME."
    )
    assert registry.names("method") == ("obd", "thinet")
    assert registry.names("protocol") == ("again", "mine")
    assert [(c.kind, c.name) for c in registry.collisions] == [("method", "magnitude")]


def test_blocking_resolves_a_collision(strangers, three, method_source):
    """With one of two plugins left out, the other has the name."""
    mine = strangers.install("mine", ["mine = mine"], {"mine.py": method_source("magnitude")})
    registry = load_registry(["three"], found=[*three, *mine])

    assert registry.method("magnitude").origin.distribution == "mine"
    assert registry.collisions == ()


def test_prunebenchs_own_names_cannot_be_taken(strangers, method_source):
    """A stranger's second magnitude is told, and the one of the published tables has the name."""
    strangers.install("mine", ["mine = mine"], {"mine.py": method_source("magnitude")})
    registry = load_registry()
    [collision] = registry.collisions

    assert registry.method("magnitude").origin.distribution == "prunebench"
    assert str(collision) == (
        f"method 'magnitude' is offered by mine of mine 1.0 and by magnitude of prunebench "
        f"{version('prunebench')}; it stays prunebench's own, unless that is left out with "
        f"--no-plugin magnitude."
    )
    left_out = load_registry(["magnitude"])
    assert left_out.method("magnitude").origin.distribution == "mine"


def test_a_name_that_was_left_out_says_so(three):
    """Whoever leaves a plugin out and asks for it is reminded."""
    with pytest.raises(UnknownNameError, match=r"--no-plugin leaves out obd of three 1.0\.$"):
        load_registry(["obd"], found=three).method("obd")


def test_one_name_in_two_kinds_is_no_collision(strangers, method_source):
    """A method and a protocol may be called alike."""
    source = method_source("again") + PROTOCOL
    registry = load_registry(found=strangers.install("s", ["s = s_both"], {"s_both.py": source}))

    assert registry.method("again").kind == "method"
    assert registry.protocol("again").kind == "protocol"


def test_failing_observer_is_reported_once(strangers, three, caplog):
    """An observer that raises is warned of once, hears no more, and breaks nothing."""
    deaf = strangers.install("deaf", ["deaf = deaf"], {"deaf.py": DEAF})
    registry = load_registry(found=[*deaf, *three])
    heard = []

    class Ears:
        @hookimpl
        def prunebench_stage_event(self, event):
            heard.append(event)

    registry.observe(Ears())
    with caplog.at_level(logging.WARNING):
        registry.emit(EVENT)
        registry.emit(EVENT)

    assert heard == [EVENT, EVENT]
    assert [record.getMessage() for record in caplog.records] == [
        "observer deaf of deaf 1.0 failed and hears no more: OSError: no ears (plugin deaf of deaf "
        "1.0; the same command without it: prunebench --no-plugin deaf ...)"
    ]
    assert "OSError: no ears" in caplog.text


def test_interrupt_passes_through_an_observer(three):
    """An interrupt that arrives during an observer is not swallowed."""
    registry = load_registry(found=three)

    class Interrupted:
        @hookimpl
        def prunebench_stage_event(self, event):
            raise KeyboardInterrupt

    registry.observe(Interrupted())
    with pytest.raises(KeyboardInterrupt):
        registry.emit(EVENT)
