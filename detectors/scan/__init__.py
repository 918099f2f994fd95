"""The scan engine: one Hyperscan pass for the patterns of all detectors, then verification."""
