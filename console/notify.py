"""`afteraction notify`: tell the channels what happened to tickets, once or for as long as it runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from afteraction.records.settings import home, load_settings
from console.channels.deliver import deliver, undelivered
from console.text import plain


def notify(
    *,
    every: Annotated[
        int | None, typer.Option(help="Go on, with so many seconds between passes.", min=1, max=3600)
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Send nothing; show what no channel took yet, and why.")
    ] = False,
) -> None:
    """Send what the channels of the settings have not been told yet."""
    settings = load_settings(home())
    if failed:
        _show(undelivered(home(), settings))
        return
    if not settings.channels:
        raise typer.BadParameter("there are no [[channels]] in afteraction.toml (docs/channels.md)")
    while True:
        done = deliver(home(), settings)
        if every is None or done.sent or done.failed or done.given_up:
            typer.echo(f"{done.sent} sent, {done.failed} to be tried again, {done.given_up} given up")
        if every is None:
            return
        time.sleep(every)
        settings = load_settings(home())


def _show(found: Sequence[tuple[str, str, int, str | None, bool]]) -> None:
    if not found:
        typer.echo("every channel took everything")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("channel", "ticket", "tries", "state", "what it said"):
        table.add_column(name, overflow="fold")
    for channel, ticket, attempts, error, dead in found:
        state = "given up" if dead else "waits"
        table.add_row(plain(channel), plain(ticket), str(attempts), state, plain(error or "-", 200))
    Console().print(table)
