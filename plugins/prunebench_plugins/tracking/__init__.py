"""Built-in trackers: one file per thing, found through entry points like anyone's."""
