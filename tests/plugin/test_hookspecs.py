"""The hooks and the table of contracts agree."""

from prunebench.plugin import hookspecs
from prunebench.plugin.contract import CONTRACTS


def test_every_collected_hook_has_a_contract():
    """Each hook but the observer's collects one kind, and each is documented."""
    hooks = {name: f for name, f in vars(hookspecs).items() if name.startswith("prunebench_")}

    assert set(hooks) - {"prunebench_stage_event"} == {c.hook for c in CONTRACTS.values()}
    assert all("Returns\n" in hooks[c.hook].__doc__ for c in CONTRACTS.values())
