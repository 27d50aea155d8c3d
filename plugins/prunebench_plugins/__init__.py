"""The plugins that ship with prunebench; they have no privilege a stranger's lacks."""

prunebench_api = ">=1.0,<2"
