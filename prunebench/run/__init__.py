"""Execute a plan: order, workers, stage bodies, failures."""
