"""The pluggy host: hook specifications, guarded loader, registry."""
