"""Loading: real distributions in a temporary folder, each broken in another way."""

from importlib.metadata import EntryPoint

import pytest

from prunebench.errors import UnknownNameError
from prunebench.plugin.loader import load_plugins

OBSERVER = """
from prunebench.api import hookimpl

heard = []

@hookimpl
def prunebench_stage_event(event):
    heard.append(event)
"""


def names(inventory):
    """List the names of all offers."""
    return [offer.name for plugin in inventory.plugins for offer in plugin.offers]


def test_offer_knows_its_origin_and_source(strangers, method_source):
    """A loaded plugin says which distribution, version, module and file it comes from."""
    found = strangers.install(
        "far-away", ["anything = far_away"], {"far_away.py": method_source()}, version="2.1"
    )
    inventory = load_plugins(found=found)
    [plugin] = inventory.plugins
    [offer] = plugin.offers

    assert (offer.kind, offer.name, offer.item.name) == ("method", "halves", "halves")
    assert offer.origin.distribution == "far-away"
    assert offer.origin.version == "2.1"
    assert offer.origin.entry_point == "anything"
    assert offer.source.module == "far_away"
    assert offer.source.file == str(strangers.folder / "far_away.py")
    assert len(offer.source.digest) == 32
    assert (inventory.failures, inventory.blocked) == ((), ())


def test_installed_entry_points_are_found_by_default(strangers, method_source):
    """Without an argument, the entry points of the installed distributions are loaded."""
    strangers.install("far-away", ["far = far_away"], {"far_away.py": method_source("faraway")})

    assert "faraway" in names(load_plugins())


BROKEN = {
    "does not exist": (None, "ModuleNotFoundError: No module named 'broken'"),
    "raises": ("1 / 0", "ZeroDivisionError: division by zero"),
    "syntax": ("def", "SyntaxError: invalid syntax"),
    "exits": ("raise SystemExit(7)", "SystemExit: 7"),
    "cannot say why": (
        "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E",
        "E: <exception str() failed>",
    ),
    "no range": ("prunebench_api = 1.0", "prunebench_api = 1.0 is no range of versions; write"),
    "no hook": ("def prunebench_methods(): return []", "broken has no hook; mark its functions"),
    "misspelt hook": (
        "from prunebench.api import hookimpl\n@hookimpl\ndef prunebench_metods(): return []",
        "there is no hook 'prunebench_metods'; did you mean 'prunebench_methods'?",
    ),
    "surplus argument": (
        "from prunebench.api import hookimpl\n@hookimpl\ndef prunebench_methods(a): return []",
        "are declared in the hookimpl but can not be found in the hookspec",
    ),
    "wrapper": (
        "from prunebench.api import hookimpl\n"
        "@hookimpl(wrapper=True)\ndef prunebench_methods(): return (yield)",
        "prunebench_methods is a wrapper, which prunebench does not call",
    ),
    "raising hook": (
        "from prunebench.api import hookimpl\n@hookimpl\ndef prunebench_methods(): 1 / 0",
        "ZeroDivisionError: division by zero",
    ),
    "no list": (
        "from prunebench.api import hookimpl\n@hookimpl\ndef prunebench_methods(): return None",
        "prunebench_methods must return a list, got None",
    ),
    "no class": (
        "from prunebench.api import hookimpl\n@hookimpl\ndef prunebench_models(): return [3]",
        "prunebench_models must give Model classes, got 3",
    ),
}


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN)
def test_broken_plugin_hides_nobody(strangers, method_source, source, reason):
    """A plugin that breaks in any way is recorded, and its neighbours load."""
    modules = {"alpha.py": method_source("alpha"), "omega.py": method_source("omega")}
    if source is not None:
        modules["broken.py"] = source
    lines = ["a = alpha", "b = broken", "c = omega"]
    inventory = load_plugins(found=strangers.install("mixed", lines, modules))
    [failure] = inventory.failures

    assert names(inventory) == ["alpha", "omega"]
    assert failure.origin.entry_point == "b"
    assert reason in failure.reason
    assert "\n" not in failure.reason
    assert failure.story.startswith("Traceback (most recent call last):")
    assert len(inventory.manager.get_plugins()) == 2


def test_failure_in_second_hook_withdraws_the_first(strangers, method_source):
    """A plugin counts as loaded as a whole or not at all."""
    source = (
        method_source() + "\n@hookimpl\ndef prunebench_models():\n    raise OSError('no disk')\n"
    )
    inventory = load_plugins(found=strangers.install("half", ["half = half"], {"half.py": source}))

    assert inventory.plugins == ()
    assert inventory.failures[0].reason == "OSError: no disk"
    assert inventory.manager.get_plugins() == set()


def test_class_is_refused_with_its_reason(strangers, method_source):
    """An entry point that names a class says what to name instead."""
    source = method_source()
    found = strangers.install("classy", ["classy = classy:Halves"], {"classy.py": source})
    [failure] = load_plugins(found=found).failures

    assert failure.reason == "classy:Halves is a class; give the module or an instance."


def test_instance_is_accepted(strangers, method_source):
    """An object with hook methods is as good as a module."""
    source = method_source(hook="unused").replace("@hookimpl\ndef unused", "def unused") + (
        "\nclass Offers:\n    @hookimpl\n    def prunebench_methods(self):\n"
        "        return [Halves]\n\noffers = Offers()\n"
    )
    found = strangers.install("objects", ["o = objects:offers"], {"objects.py": source})

    assert names(load_plugins(found=found)) == ["halves"]


def test_observer_without_offers_is_loaded(strangers):
    """A plugin that only listens is a plugin."""
    found = strangers.install("ears", ["ears = ears"], {"ears.py": OBSERVER})
    [plugin] = load_plugins(found=found).plugins

    assert plugin.offers == ()


def test_equal_entry_point_names_both_load(strangers, method_source):
    """Two distributions may call their entry points alike."""
    one = strangers.install("one", ["same = one"], {"one.py": method_source("one")})
    two = strangers.install("two", ["same = two"], {"two.py": method_source("two")})

    assert names(load_plugins(found=[*two, *one])) == ["one", "two"]


def test_second_entry_point_to_one_module_is_a_failure(strangers, method_source):
    """A module named twice is loaded once, and the second entry point says so."""
    lines = ["first = twice", "second = twice"]
    inventory = load_plugins(found=strangers.install("twice", lines, {"twice.py": method_source()}))

    assert names(inventory) == ["halves"]
    assert inventory.failures[0].origin.entry_point == "second"
    assert inventory.failures[0].reason == "twice is loaded already, as first of twice 1.0."


def test_one_name_twice_in_one_list_is_a_failure(strangers, method_source):
    """A plugin that offers one name twice breaks its contract."""
    source = method_source(returns="[Halves, Halves]")
    found = strangers.install("echo", ["echo = echo"], {"echo.py": source})
    [failure] = load_plugins(found=found).failures

    assert failure.reason == "prunebench_methods gives one name twice: halves, halves."


def test_order_does_not_depend_on_the_path(strangers, method_source):
    """Plugins come by distribution and entry point, however they are found."""
    one = strangers.install(
        "b-one", ["z = bz", "a = ba"], {"bz.py": method_source("bz"), "ba.py": method_source("ba")}
    )
    two = strangers.install("a-two", ["m = am"], {"am.py": method_source("am")})

    assert names(load_plugins(found=[*one, *two])) == ["am", "ba", "bz"]
    assert names(load_plugins(found=[*two, *reversed(one)])) == ["am", "ba", "bz"]


@pytest.mark.parametrize("name", ["left", "far-away", "Far_Away"])
def test_block_by_entry_point_or_distribution(strangers, method_source, name):
    """A plugin is left out by either name, and not even imported."""
    found = strangers.install("far-away", ["left = far_left"], {"far_left.py": "1 / 0"})
    other = strangers.install("near", ["right = right"], {"right.py": method_source("right")})
    inventory = load_plugins([name], found=[*found, *other])

    assert [origin.entry_point for origin in inventory.blocked] == ["left"]
    assert inventory.failures == ()
    assert names(inventory) == ["right"]


def test_blocking_an_unknown_name_suggests_the_nearest(strangers, method_source):
    """A misspelt name on the command line is an error, not ignored."""
    found = strangers.install("near", ["halves = near"], {"near.py": method_source()})

    with pytest.raises(UnknownNameError, match=r"unknown plugin 'halve'; did you mean 'halves'\?"):
        load_plugins(["halve"], found=found)


def test_entry_point_without_distribution_is_loaded(strangers, method_source):
    """An entry point made by hand loads, with an unknown distribution."""
    strangers.install("near", [], {"near.py": method_source()})
    [plugin] = load_plugins(found=[EntryPoint("hand", "near", "prunebench")]).plugins

    assert (plugin.origin.distribution, plugin.origin.version) == ("unknown", "unknown")


def test_damaged_entry_point_value_is_a_failure():
    """A value that is no module path is recorded like any other failure."""
    inventory = load_plugins(found=[EntryPoint("odd", "not a module!", "prunebench")])

    assert [failure.origin.entry_point for failure in inventory.failures] == ["odd"]
