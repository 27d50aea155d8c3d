"""Built-in protocols: one file per thing, found through entry points like anyone's."""
