"""The marker that plugin authors put on their hooks."""

import pluggy

PROJECT = "prunebench"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
