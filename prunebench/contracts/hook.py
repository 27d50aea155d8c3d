"""The marker that plugin authors put on their hooks, and the version of what they may use."""

import pluggy

PROJECT = "prunebench"

API_VERSION = "1.0"
"""Of hooks, contracts and `prunebench.api`: additions count the minor up, removals the major."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook whose name it has."""
