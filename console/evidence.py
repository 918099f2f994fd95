"""`afteraction evidence`: cut a pack for an auditor, and check one."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from afteraction.compliance.evidence import MANIFEST, check_files, cut
from afteraction.compliance.frameworks import FRAMEWORKS
from afteraction.compliance.runner import Period, parameters_of
from afteraction.lake import NotPublishedError, query
from afteraction.ledger import LedgerError, PublicKey
from afteraction.ledger.proof import FILES, PUBLIC_KEY, check_proofs, prove
from afteraction.records.settings import home as default_home
from afteraction.records.settings import load_settings
from console.verify import ledger_of

_KINDS: Final = ("run", "partition", "control_result", "bundle", "ticket_event", "evidence")
_DATE: Final = ["%Y-%m-%d"]

app = typer.Typer(help="Cut an evidence pack, or check one.", invoke_without_command=True)


@app.callback()
def evidence(
    context: typer.Context,
    *,
    framework: Annotated[str, typer.Option(help=f"One of: {', '.join(FRAMEWORKS)}.")] = "soc2",
    start: Annotated[datetime | None, typer.Option("--from", formats=_DATE, help="First day, UTC.")] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=_DATE, help="Last day, UTC, included.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A folder that does not exist yet.")] = None,
    home: Annotated[
        Path | None, typer.Option(help="Where data lives; default $AFTERACTION_HOME or data/.")
    ] = None,
) -> None:
    """Cut an evidence pack: queries, populations, exceptions, digests and proofs that verify offline."""
    if context.invoked_subcommand is not None:
        return
    if framework not in FRAMEWORKS:
        _fail(f"found framework {framework!r}, expected one of: {', '.join(FRAMEWORKS)}")
    if out is None or out.exists():
        _fail("--out must name a folder that does not exist yet")
    period = Period(_utc(start), None if end is None else _utc(end + timedelta(days=1)))
    try:
        files = _pack(home or default_home(), framework, period)
    except (LedgerError, NotPublishedError) as error:
        _fail(str(error))
    _write(out, files)
    typer.echo(f"{len(files)} files for {FRAMEWORKS[framework].title} in {out}")
    typer.echo(f"check it anywhere with: afteraction evidence verify {out} --key KEY")
    typer.echo(
        f"give the auditor this public key by another way: {files[f'ledger/{PUBLIC_KEY}'].decode().strip()}"
    )


@app.command()
def verify(
    pack: Annotated[Path, typer.Argument(help="The folder of the pack.", exists=True, file_okay=False)],
    key: Annotated[
        str | None, typer.Option(help="The ledger's public key (name+id+base64), or a file that holds it.")
    ] = None,
) -> None:
    """Check a pack with nothing but its files and the ledger's public key."""
    held = {name: file.read_bytes() for name in FILES if (file := pack / "ledger" / name).is_file()}
    problems = list(check_files(pack, {f"ledger/{name}" for name in FILES}))
    try:
        public = PublicKey.parse(_key_text(key) or held.get(PUBLIC_KEY, b"").decode("utf-8", "replace"))
    except LedgerError as error:
        _fail(str(error))
    proven = check_proofs(held, public)
    problems += proven.problems
    if (pack / MANIFEST).is_file() and not proven.problems:
        digest = hashlib.sha256((pack / MANIFEST).read_bytes()).hexdigest()
        if not any(
            entry.get("kind") == "evidence" and entry.get("key") == digest for entry in proven.entries
        ):
            problems.append(f"the ledger knows nothing of this {MANIFEST}")
    for problem in problems:
        typer.echo(f"  {problem}", err=True)
    if problems:
        _fail("the pack is NOT as it was cut")
    typer.echo(
        f"pack ok: every file is as it was cut, {len(proven.entries):,} ledger entries proven in a ledger of "
        f"{proven.size:,} signed on {proven.signed_at}"
    )
    if key is None:
        typer.echo(
            "checked with the key inside the pack; give --key from somebody you trust to rule out a forgery"
        )


def _pack(home: Path, framework: str, period: Period) -> dict[str, bytes]:
    ledger, now = ledger_of(home), datetime.now(UTC)
    if not (verification := ledger.verify()).ok:
        raise LedgerError(verification.sentence)
    runs = [entry for _, entry in sorted(ledger.latest("run").items())]
    files = cut(
        partial(query, home),
        framework,
        period=period,
        runs=runs,
        created_at=now,
        parameters=parameters_of(load_settings(home)),
    )
    digest = hashlib.sha256(files[MANIFEST]).hexdigest()
    stamp = now.isoformat(timespec="seconds")
    ledger.append_once([{"kind": "evidence", "key": digest, "framework": framework, "created_at": stamp}])
    return {**files, **{f"ledger/{name}": data for name, data in prove(ledger, _KINDS).items()}}


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    """Write beside and rename, so that a pack is there whole or not at all."""
    draft = out.with_name(f".{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    for name, data in files.items():
        file = draft / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    draft.rename(out)


def _key_text(key: str | None) -> str | None:
    if key is None or ("+" in key and not Path(key).is_file()):
        return key
    try:
        return Path(key).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(f"the key file is not readable: {type(error).__name__}") from error


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


def _fail(message: str) -> NoReturn:
    typer.echo(f"afteraction evidence: {message}", err=True)
    raise typer.Exit(1)
