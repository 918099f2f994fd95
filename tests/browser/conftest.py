"""Fixtures of this room."""

from served import serve  # noqa: F401 - pytest finds it here
