"""The collector of garbage is as it was."""

import gc

import pytest

from prunebench.core.uncollected import uncollected


def test_garbage_is_looked_for_again_afterwards():
    """Also after an error; who had switched it off finds it off."""
    seen = []

    @uncollected()
    def look(what):
        seen.append(gc.isenabled())
        return {}[what]

    with pytest.raises(KeyError, match="nothing"):
        look("nothing")
    seen.append(gc.isenabled())
    gc.disable()
    with uncollected():
        pass
    seen.append(gc.isenabled())
    gc.enable()

    assert seen == [False, True, False]
