"""Fixtures of this room."""

from audited_home import audited, home  # noqa: F401 - pytest finds them here
