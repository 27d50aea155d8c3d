"""A browser to open sites with, spoken to as its own developer tools do."""

import json
import os
import shutil
import subprocess
import sys
from select import select

import pytest

from prunebench.leaderboard.folder import write_site
from prunebench.leaderboard.site import Extras, site_files

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)


PLUG = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Puts the pipes where the browser looks for them, as its third and fourth file."""


class Browser:
    """A browser of its own, spoken to through two pipes in the language of its developer tools.

    Keys and clicks are the browser's own events, not calls of the page's functions.
    """

    def __init__(self, home):
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        ends = (str(theirs_in), str(theirs_out))
        own = [BROWSER, *FLAGS, f"--user-data-dir={home}/profile"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PLUG, *ends, *own],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(home)},
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.out, self.into = os.fdopen(ours_out, "wb", 0), os.fdopen(ours_in, "rb", 0)
        self.number, self.text, self.events, self.session = 0, b"", [], None

    def begin(self):
        """Open a page of its own, and listen to it."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        opened = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = opened["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        self.ask("Page.setLifecycleEventsEnabled", enabled=True)

    def hear(self):
        """Wait for a message, half a minute at most."""
        while b"\0" not in self.text:
            ready, _, _ = select([self.into], [], [], 30)
            part = self.into.read(65536) if ready else b""
            assert part, "the browser is gone, or says nothing"
            self.text += part
        message, _, self.text = self.text.partition(b"\0")
        return json.loads(message)

    def ask(self, method, **params):
        """Send a command and wait for its answer; events on the way are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.out.write(json.dumps(message).encode() + b"\0")
        while (heard := self.hear()).get("id") != self.number:
            self.events.append(heard)
        assert "error" not in heard, heard
        return heard["result"]

    def open(self, path, width=1200, scripts=True):
        """Open a page in a window of some width."""
        self.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        self.go("about:blank")
        self.events.clear()
        self.go(path)

    def go(self, path):
        """Navigate, and wait until all is loaded."""
        self.await_load(self.ask("Page.navigate", url=path)["loaderId"])

    def await_load(self, loader=None):
        """Wait until a page is loaded; the next one by default."""
        known = len(self.events) if loader is None else 0
        while not any(is_load(event, loader) for event in self.events[known:]):
            self.events.append(self.hear())

    def see(self, code):
        """Give what a page's script would."""
        found = self.ask("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, *keys):
        """Press keys one after another: a name such as Tab, or a letter."""
        codes = {"Tab": 9, "Enter": 13, " ": 32}
        for key in keys:
            text = {"Enter": "\r", "Tab": ""}.get(key, key)
            about = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
            self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def tab_to(self, text):
        """Press Tab until what has the focus says something."""
        for _ in range(80):
            self.press("Tab")
            if self.see("document.activeElement.textContent.trim()") == text:
                return
        pytest.fail(f"no Tab reaches {text!r}")

    def messages(self):
        """List what the page, or the browser about it, wrote on the console."""
        kinds = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        return [event["params"] for event in self.events if event["method"] in kinds]

    def requests(self):
        """List the addresses that were asked for."""
        asked = [e["params"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [params["request"]["url"] for params in asked]

    def close(self):
        """End it: without its pipes it goes by itself."""
        self.out.close()
        self.into.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


def is_load(event, loader):
    """Say whether an event tells that a page is loaded; any page, or one."""
    about = event["params"]
    named = event["method"] == "Page.lifecycleEvent" and about["name"] == "load"
    return named and loader in (None, about["loaderId"])


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """Give a browser."""
    if BROWSER is None:
        pytest.skip(f"no browser here; install one of {', '.join(NAMES)}")
    found = Browser(tmp_path_factory.mktemp("browser"))
    try:
        found.begin()
        yield found
    finally:
        found.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory, storied):
    """Write a site with everything that happens, and give a function that names its pages."""
    folder = tmp_path_factory.mktemp("site") / "a site"
    write_site(site_files(storied, Extras()), folder)

    def page(path, hash_=""):
        return (folder / path).as_uri() + hash_

    page.folder = folder
    page.paths = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.html"))
    return page


@pytest.fixture
def visit(chromium, site):
    """Give a function that opens a page of the site."""

    def open_page(path="boards/digits-mlp-finetune.html", hash_="", **given):
        chromium.open(site(path, hash_), **given)
        return chromium

    return open_page
