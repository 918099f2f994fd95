"""The command line: one command per file, errors as one sentence, exit code 2 for what could not be done."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from afteraction.casebook import CasebookError
from afteraction.ingest import SourceError
from afteraction.lake import LakeError, NotPublishedError, VaultError
from afteraction.ledger import LedgerError
from afteraction.policy import PolicyError
from afteraction.records.settings import SettingsError
from console import baselines, bundle, canary, detectors, evidence, suppressions, tickets
from console.audit import audit
from console.evaluate import evaluate
from console.explain import explain
from console.notify import notify
from console.serve import serve
from console.sql import sql
from console.verify import verify

#: What a user can cause and mend; anything else is a fault of ours and keeps its traceback.
_EXPECTED = (
    CasebookError,
    LakeError,
    LedgerError,
    NotPublishedError,
    PolicyError,
    SettingsError,
    SourceError,
    VaultError,
)

app = typer.Typer(
    help="Audit what AI agents did: leaks, lineage, risk, approvals and proof, from their logs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (audit, serve, sql, explain, verify, evaluate, notify):
    app.command()(command)
app.add_typer(tickets.app, name="tickets")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(canary.app, name="canary")
app.add_typer(detectors.app, name="detectors")
app.add_typer(bundle.app, name="bundle")
app.add_typer(baselines.app, name="baselines")
app.add_typer(evidence.app, name="evidence")


def _version(asked: bool) -> None:  # noqa: FBT001 - the signature that Typer calls
    if asked:
        typer.echo(f"afteraction {version('afteraction')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The `afteraction` program."""
    try:
        app()
    except _EXPECTED as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
