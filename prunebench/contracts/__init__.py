"""What a plugin implements: methods, protocols, models, data sets, observers."""
