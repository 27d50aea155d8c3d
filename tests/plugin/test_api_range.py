"""Which API a plugin was written for."""

from importlib.metadata import version

import pytest

from prunebench.api import API_VERSION
from prunebench.errors import PluginLoadError, PluginVersionError
from prunebench.plugin.api_range import admitted, stated_range, stated_ranges, wants_newer
from prunebench.plugin.loader import load_plugins
from prunebench.plugin.offer import FILE, Origin

OURS = version("prunebench")
MINE = Origin("lamp", "prunebench-mine", "1.0", "lamp")
UPGRADE = "run: pip install --upgrade"


@pytest.fixture
def load(strangers, method_source):
    """Give a function that installs a module with some line before its method, and loads it."""

    def load(line, name="ranged"):
        files = {f"{name}.py": f"{line}\n{method_source(name)}"}
        return load_plugins(found=strangers.install(name, [f"{name} = {name}"], files))

    return load


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('prunebench_api = ">=1.0,<2"', ">=1.0,<2"),
        ('"""Doc."""\nimport x\nprunebench_api: str = "~=1.0"', "~=1.0"),
        ("prunebench_api = 1.0", 1.0),
        ('prunebench_api = ">=" + "1.0"', None),
        ('def f():\n    prunebench_api = ">=1.0"', None),
        ('prunebench_api = ">=1.0', None),
        ("# prunebench_api", None),
        ("", None),
    ],
)
def test_ranges_are_read_and_not_run(text, found):
    """A literal at the top level counts; what must be run, or cannot be parsed, says nothing."""
    assert stated_range(text) == found


def test_packages_come_before_their_modules(strangers):
    """A package says it for all of its modules; a module may say more."""
    strangers.install(
        "deep",
        [],
        {
            "deep_one/__init__.py": 'prunebench_api = ">=1.0"',
            "deep_one/inner/__init__.py": "",
            "deep_one/inner/leaf.py": 'prunebench_api = "<2"\nraise RuntimeError',
        },
    )

    assert list(stated_ranges("deep_one.inner.leaf")) == [">=1.0", "<2"]
    assert list(stated_ranges("deep_one.inner")) == [">=1.0"]
    assert list(stated_ranges("nobody_at_all.inner")) == []


@pytest.mark.parametrize("written", [">=1.0,<2", "~=1.0", "==1.*", " >=1 ", "!=1.1"])
def test_ranges_that_hold_this_api(written):
    """What pip would call satisfied is."""
    assert admitted([written], MINE) == written


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        (">=1.1,<2", f"{UPGRADE} prunebench."),
        ("==2.*", f"{UPGRADE} prunebench."),
        (">1.0", f"{UPGRADE} prunebench."),
        (">=0.3,<1", f"{UPGRADE} prunebench-mine."),
        ("<1.0", f"{UPGRADE} prunebench-mine."),
    ],
)
def test_ranges_that_leave_this_api_out(written, remedy):
    """The message holds the range, our version, and what to upgrade: the older of the two."""
    with pytest.raises(PluginVersionError) as caught:
        admitted([">=1.0", written], MINE)

    assert caught.value.api == written
    assert caught.value.exit_code == 3
    assert str(caught.value) == (
        f"prunebench_api = {written!r} leaves out {API_VERSION}, the API of prunebench {OURS}; "
        f"{remedy}"
    )


def test_a_file_is_not_upgraded_by_pip():
    """Who names an old file is told to mend the file."""
    file = Origin("lamp", "lamp.py", FILE, "/somewhere/lamp.py")
    with pytest.raises(PluginVersionError, match=r"bring lamp.py up to date and widen the range"):
        admitted(["<1"], file)

    assert not wants_newer("<1")


@pytest.mark.parametrize("written", ["1.0", 1.0, "", "  ", ">=one", ("1.0",)])
def test_what_is_no_range_is_told_how_to_write(written):
    """A slip is a failure of the plugin, with the right spelling."""
    with pytest.raises(PluginLoadError) as caught:
        admitted([written], MINE)

    assert str(caught.value) == (
        f"prunebench_api = {written!r} is no range of versions; write prunebench_api = '>=1.0,<2'."
    )
    assert not isinstance(caught.value, PluginVersionError)


def test_a_loaded_plugin_knows_its_range(load):
    """Plugin and offers carry what was declared; empty where nothing was."""
    [declared] = load('prunebench_api = ">=1.0,<2"').plugins
    [silent] = load("", "silent").plugins

    assert (declared.api, declared.offers[0].api) == (">=1.0,<2", ">=1.0,<2")
    assert (silent.api, silent.offers[0].api) == ("", "")


def test_an_incompatible_plugin_is_not_run(load):
    """It is noted by its own state, and what it does on import never happens."""
    inventory = load('prunebench_api = ">=7"\nraise SystemExit("ran")')
    [failure] = inventory.failures

    assert inventory.plugins == ()
    assert (failure.state, failure.api, failure.story) == ("incompatible", ">=7", "")
    assert str(failure).startswith("ranged of ranged 1.0 is incompatible: prunebench_api = '>=7'")


def test_a_package_for_another_api_is_not_run(strangers, method_source):
    """A package that wants what this API lacks is left alone, too."""
    files = {
        "future/__init__.py": 'prunebench_api = ">=2"\nfrom prunebench.api import NotYet',
        "future/lamp.py": method_source(),
    }
    [failure] = load_plugins(
        found=strangers.install("future", ["lamp = future.lamp"], files)
    ).failures

    assert failure.state == "incompatible"


def test_an_object_may_declare_it(strangers, method_source):
    """What is asked is the plugin, an instance where the entry point names one."""
    source = method_source(hook="unused").replace("@hookimpl\ndef unused", "def unused") + (
        "\nclass Offers:\n    prunebench_api = '<1'\n\n    @hookimpl\n"
        "    def prunebench_methods(self):\n        return [Halves]\n\noffers = Offers()\n"
    )
    found = strangers.install(
        "objects", ["o = ranged_objects:offers"], {"ranged_objects.py": source}
    )
    [failure] = load_plugins(found=found).failures

    assert (failure.state, failure.api) == ("incompatible", "<1")


def test_prunebenchs_own_plugins_declare_theirs():
    """What is asked of strangers is asked of each of them."""
    plugins = load_plugins().plugins

    assert {plugin.api for plugin in plugins if plugin.origin.is_shipped} == {">=1.0,<2"}
