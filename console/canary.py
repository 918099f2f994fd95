"""`afteraction canary`: values planted where no agent has business; add one, list them with their hits."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from afteraction.audit import Audit
from afteraction.audit.canary_step import canaries, seal
from afteraction.lake import NotPublishedError, query
from afteraction.records.settings import PlantedValue, SettingsError, home, load_settings
from console.settings_file import append
from console.text import plain

app = typer.Typer(help="Values planted where no agent has business.", no_args_is_help=True)

_HITS: Final = """
SELECT evidence->>'canary' AS name, count(DISTINCT action_id) AS actions, max(event_date) AS last
FROM findings WHERE detector = 'canary' GROUP BY 1
"""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What findings call it.", metavar="NAME")],
    *,
    owner: Annotated[str, typer.Option(help="The person who plants it.")],
    read: Annotated[
        bool, typer.Option("--read", help="Read the value from standard input instead of making one.")
    ] = False,
) -> None:
    """Seal a value in keys/ and register it: one made here and shown once, or with --read your own."""
    at = home()
    PlantedValue(name=name, owner=owner)
    if any(one.name == name for one in load_settings(at).canaries):
        raise SettingsError(f"canary {name}: the name is there already; each needs one of its own")
    value = sys.stdin.read().rstrip("\r\n") if read else _made()
    seal(at, name, value)
    changed = append(at, "canaries", {"name": name, "owner": owner})
    Audit(at, changed).record_canaries()
    if not read:
        typer.echo(value)
    typer.echo(
        f"{name} is sealed in keys/canaries; the next audit looks for it in every session that is new or has "
        "grown" + ("" if read else ". The value above is shown this once: plant it"),
        err=True,
    )


@app.command("list")
def list_() -> None:
    """Every canary: its owner, where its value comes from, and in how many actions it turned up."""
    at = home()
    settings = load_settings(at)
    if not settings.canaries:
        typer.echo("no canaries; afteraction canary add NAME --owner PERSON makes one")
        return
    try:
        hits = {name: (count, last) for name, count, last in query(at, _HITS).iter_rows()}
    except NotPublishedError:
        hits = {}
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("canary", "owner", "value from", "actions", "last hit"):
        shown.add_column(column)
    for one in settings.canaries:
        count, last = hits.get(one.name, (0, None))
        shown.add_row(plain(one.name, 64), plain(one.owner, 40), _source(one), f"{count:,}", plain(last, 12))
    Console().print(shown)
    canaries(at, settings.canaries)


def _source(one: PlantedValue) -> str:
    if one.value_env:
        return f"environment {plain(one.value_env, 60)}"
    return f"file {plain(one.value_file, 100)}" if one.value_file else "keys/canaries, sealed"


def _made() -> str:
    """160 random bits that look like a token of some service, and of none that anybody knows."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    return "ntk_" + "".join(secrets.choice(alphabet) for _ in range(28))
