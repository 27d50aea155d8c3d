"""How densities are called: compressions."""


def ratio(density: float) -> str:
    """Write the compression of a kept fraction.

    >>> ratio(0.25), ratio(0.3), ratio(1)
    ('4x', '3.33x', '1x')
    """
    return f"{1 / density:.3g}x" if 1 / density < 999 else f"{1 / density:.0f}x"
