"""The desk as an ASGI application."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from afteraction.records.settings import load_settings
from console.desk.guard import Guard
from console.desk.identity import Door
from console.desk.views import Views


def app_of(home: Path, host: str = "127.0.0.1", account: str = "") -> Starlette:
    """The desk over one home, to be bound to `host`; `account` decides where no proxy names people.

    Raises `DeskError` where strangers could come in, `SettingsError` on settings that cannot be read.
    """
    settings = load_settings(home).desk
    views = Views(home, Door.of(settings, host, account))
    pages = (
        ("/", views.queue),
        ("/tickets/{ticket_id}", views.ticket),
        ("/tickets/{ticket_id}/flow.svg", views.flow_graph),
        ("/tickets/{ticket_id}/alike", views.alike),
        ("/reviewers", views.reviewers),
        ("/bundles", views.bundles),
    )
    forms = (
        ("decision", views.decision),
        ("decisions", views.decisions),
        ("remedy", views.remedy),
        ("reopening", views.reopening),
        ("glass", views.glass),
    )
    return Starlette(
        routes=[
            *(Route(path, views.inside(view), methods=["GET"]) for path, view in pages),
            *(Route(f"/tickets/{{ticket_id}}/{name}", act, methods=["POST"]) for name, act in forms),
            Route("/static/{name}", views.static, methods=["GET"]),
            Route("/healthy", lambda _: PlainTextResponse("ok"), methods=["GET"]),
        ],
        middleware=[Middleware(Guard, hosts=settings.hosts)],
    )
