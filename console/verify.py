"""`afteraction verify`: the ledger against itself, against pinned checkpoints and against the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from afteraction.lake import LAKE, Lake, LakeError
from afteraction.ledger import Ledger, LedgerError, manifest_problems
from afteraction.records.settings import home as default_home

_SHOWN: Final = 20
_PIN_HINT: Final = (
    "keep a copy of {file} where nobody who runs this machine can change it, "
    "and check later with: afteraction verify --against COPY"
)


def ledger_of(home: Path) -> Ledger:
    """The ledger of a home folder."""
    return Ledger(home / "ledger", home / "keys" / "ledger.ed25519")


def verify(
    against: Annotated[
        Path | None,
        typer.Option(help="A pinned checkpoint, or a folder of them, kept elsewhere.", exists=True),
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Where data lives; default $AFTERACTION_HOME or data/.")
    ] = None,
) -> None:
    """Check that nothing recorded was changed: every entry, tile, signature and partition of the data."""
    at = home or default_home()
    if not (at / "ledger").is_dir():
        _fail(f"there is no ledger in {at}; run afteraction audit first")
    ledger = ledger_of(at)
    try:
        verification = ledger.verify(_pins(against))
        typer.echo(verification.sentence)
        if not verification.ok:
            raise typer.Exit(1)
        problems = _data_problems(ledger, at)
        if problems:
            with Lake(at).lock(lambda: typer.echo("an audit is running; looking again when it is done")):
                problems = _data_problems(ledger, at)
    except (LedgerError, OSError) as error:
        _fail(str(error))
    if problems:
        _list(problems)
        raise typer.Exit(1)
    typer.echo(
        f"data ok: {verification.kinds.get('partition', 0):,} recorded states, each newest one matches"
    )
    if against is None:
        typer.echo(_PIN_HINT.format(file=at / "ledger" / "checkpoint"))


def _pins(against: Path | None) -> list[bytes]:
    if against is None:
        return []
    files = sorted(file for file in against.iterdir() if file.is_file()) if against.is_dir() else [against]
    if not files:
        _fail(f"{against} holds no checkpoint")
    return [file.read_bytes() for file in files]


def _data_problems(ledger: Ledger, home: Path) -> Sequence[str]:
    lake, found, unreadable = Lake(home), dict[str, dict[str, str]](), list[str]()
    for name in LAKE:
        try:
            found[name] = lake.manifest(name, stored=True)
        except LakeError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever the table format raises: the table is not whole)
            unreadable.append(f"{name} cannot be read: {type(error).__name__}")
    return [*unreadable, *manifest_problems(ledger.latest("partition"), found)]


def _list(problems: Sequence[str]) -> None:
    typer.echo(f"data CHANGED or not recorded: {len(problems):,} partitions", err=True)
    for problem in problems[:_SHOWN]:
        typer.echo(f"  {problem}", err=True)
    typer.echo(
        "if an audit was interrupted, run afteraction audit again (it records what it finds "
        "on top and never rewrites what was recorded); otherwise treat this as tampering",
        err=True,
    )


def _fail(message: str) -> None:
    typer.echo(f"afteraction verify: {message}", err=True)
    raise typer.Exit(1)
