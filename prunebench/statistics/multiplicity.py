"""Several tests at once: Holm's adjustment inside a declared family."""

from collections.abc import Sequence

from prunebench.errors import SpecError


def holm(p_values: Sequence[float | None], tests: int | None = None) -> list[float | None]:
    """Adjust the p values of a family so that all can be held against one alpha.

    The i-th smallest of m is multiplied by m - i + 1; none becomes smaller than the one before
    it, or larger than 1.

    Parameters
    ----------
    p_values
        One per test; None for a test that has no p, which stays None and is not counted.
    tests
        Size of the declared family, if larger than the number of p values: tests that could not
        be run then still cost.

    Returns
    -------
    list of float or None
        In the order given; equal p values stay equal.

    Raises
    ------
    SpecError
        If a p value does not lie in [0, 1], or the family is smaller than its tests.

    References
    ----------
    Holm 1979, "A simple sequentially rejective multiple test procedure".

    Examples
    --------
    >>> holm([0.01, None, 0.04, 0.02])
    [0.03, None, 0.04, 0.04]
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    family = len(known) if tests is None else tests
    check(p_values, family)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(known):
        largest = max(largest, min(1.0, p * (family - rank)))
        adjusted[place] = largest
    return adjusted


def check(p_values: Sequence[float | None], family: int) -> None:
    """Refuse what is no family of p values.

    Raises
    ------
    SpecError
        If a p value does not lie in [0, 1], or the family is smaller than its tests.
    """
    known = [p for p in p_values if p is not None]
    wrong = [p for p in known if not 0 <= p <= 1]
    if wrong:
        msg = f"a p value lies between 0 and 1, got {wrong[0]}."
        raise SpecError(msg)
    if family < len(known):
        msg = f"a family of {family} cannot hold {len(known)} tests; declare all of them."
        raise SpecError(msg)
