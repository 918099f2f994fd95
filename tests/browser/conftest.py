"""Fixtures of this room."""

from browser import chromium, page  # noqa: F401 - pytest finds them here
from served import serve  # noqa: F401 - and this one
