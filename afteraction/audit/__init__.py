"""The order in which the floors do their work; called by the console and by Dagster alike."""
