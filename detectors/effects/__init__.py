"""Detectors of what calls do to systems: destroy, give rights, open to everybody, switch off what watches."""
