"""Built-in metrics: one file per thing, found through entry points like anyone's."""
