"""Check what the README's main command left in the current folder.

Usage: python check_report.py SECONDS
"""

import re
import sys
from pathlib import Path

import prunebench

LIMIT_SECONDS = 90
NETWORK = re.compile(r"""(?:src|href)\s*=\s*["']?https?:|url\(["']?https?:|@import|<script""")


def main(seconds: int) -> None:
    """Check numbers, pages and time."""
    frame = prunebench.load_results("prunebench-store")
    (page,) = Path("prunebench-store").glob("runs/*/report.html")
    text = page.read_text("utf-8")

    assert seconds <= LIMIT_SECONDS, f"took {seconds} s; the limit is {LIMIT_SECONDS} s"
    assert set(frame["status"]) == {"ok"}
    assert set(frame["method"]) == {"dense", "magnitude", "l1filter"}
    assert set(frame["protocol"]) >= {"dense", "ticket", "random"}
    assert frame[frame["method"] == "dense"]["test_accuracy_last"].min() > 0.95
    for needed in ("<svg", "magnitude", "l1filter", "ticket", "random", "prunebench run"):
        assert needed in text, f"{needed!r} is not in {page}"
    assert not NETWORK.search(text), f"the page needs the network: {NETWORK.search(text)}"


main(int(sys.argv[1]))
