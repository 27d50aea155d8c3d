"""Built-in report templates: one file per thing, found through entry points like anyone's."""
