"""What the tests of the checks share."""

import pytest

from prunebench.errors import PrunebenchError
from prunebench.testing import checks_for


@pytest.fixture
def failure(tmp_path):
    """Give a function that runs one check of an item, which must fail, and gives its message."""

    def run(item, name):
        [check] = [check for check in checks_for(item, tmp_path) if check.name == name]
        with pytest.raises(PrunebenchError) as raised:
            check()
        return str(raised.value)

    return run
