"""Where and with what a run ran."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from prunebench.core.digest import Json, digest
from prunebench.plugin.registry import Registry

LIBRARIES = ("prunebench", "torch", "torchvision", "numpy", "scikit-learn", "scipy", "pandas")


def environment(registry: Registry, device: str) -> dict[str, Json]:
    """Describe versions, hardware, threads and plugins; ``"id"`` is the digest of the rest."""
    facts: dict[str, Json] = {
        **machine(device),
        "commit": commit(),
        "plugins": tuple(sorted(str(plugin.origin) for plugin in registry.inventory.plugins)),
    }
    return {**facts, "id": digest(facts)}


def machine(device: str) -> dict[str, Json]:
    """Describe what decides how fast a network runs: hardware, threads and versions."""
    return {
        "python": platform.python_version(),
        "libraries": {name: installed(name) for name in LIBRARIES},
        "platform": platform.platform(),
        "processor": processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),  # clouds share vague names
        "cores": os.cpu_count(),
        "device": device,
        "gpu": torch.cuda.get_device_name() if device == "cuda" else None,
        "threads_per_worker": 1,
    }


def installed(name: str) -> str | None:
    """Give an installed version, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """Name the processor."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def commit() -> str | None:
    """Give the commit of prunebench's own checkout; None for an installed package."""
    top = Path(__file__).resolve().parents[2]
    if not (top / ".git").exists():
        return None
    asked = subprocess.run(
        ["git", "-C", str(top), "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or None
