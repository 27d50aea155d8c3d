"""The plugins that ship with prunebench; they have no privilege a stranger's lacks."""
