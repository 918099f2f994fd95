"""`afteraction baselines`: what counts as usual, what drifts, and the sign-off of a new anchor."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from afteraction.audit import Audit
from afteraction.audit.baselines import limits, quantity
from afteraction.records.settings import home
from console.text import plain, visible

app = typer.Typer(help="What counts as usual for agents, and how far it may move.", no_args_is_help=True)
_c = pl.col


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Also those that keep within their limits.")] = False,  # noqa: FBT002
) -> None:
    """Quantities that drift from what was signed off, or that the step limits hold back."""
    found = limits(home()).with_columns(quantity())
    held = _c("alarmed_on").is_not_null() | ((_c("raw") - _c("usual")).abs() > 1e-6 * (_c("raw") + 1))
    rows = found if every else found.filter(held)
    if rows.is_empty():
        typer.echo(
            "nothing drifts and nothing is held back" if found.height else "no baselines yet; audit first"
        )
        return
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("quantity", "usual", "history says", "anchor", "since", "signed by", "drifts since"):
        shown.add_column(name, overflow="fold")
    for row in rows.iter_rows(named=True):
        shown.add_row(*_cells(row))
    Console().print(shown)


def _cells(row: dict[str, Any]) -> list[str]:
    sizes = ["-" if row[name] is None else f"{row[name]:,.0f}" for name in ("usual", "raw", "anchor")]
    since = "-" if row["anchored_on"] is None else str(row["anchored_on"])
    drift = "-" if row["alarmed_on"] is None else f"[yellow]{row['alarmed_on']}[/]"
    return [plain(row["quantity"], 200), *sizes, since, plain(row["signed_by"] or "-", 40), drift]


@app.command("sign-off")
def sign_off(
    names: Annotated[list[str] | None, typer.Argument(help="Quantities as `list` names them.")] = None,
    *,
    drifting: Annotated[bool, typer.Option("--drifting", help="All that drift.")] = False,
    person: Annotated[
        str, typer.Option("--as", help="Who signs: one of your accounts.", envvar="AFTERACTION_REVIEWER")
    ],
    reason: Annotated[str, typer.Option(help="Why what history says is what should be usual.")],
) -> None:
    """Accept what history says as the new anchor; the next audit measures against it."""
    audit = Audit(home())
    _may_sign(audit, person)
    chosen = quantity().is_in(list(names or ()))
    if drifting:
        chosen |= _c("alarmed_on").is_not_null()
    count = audit.sign_off_baselines(chosen, person, reason)
    if not count:
        raise typer.BadParameter("no such quantity; `afteraction baselines list --all` names them")
    typer.echo(
        f"{count} quantities signed off by {visible(person, 80)}; the next audit measures against them"
    )


def _may_sign(audit: Audit, person: str) -> None:
    """Whoever may decide tickets may sign; nobody else."""
    known = {name: one for one in audit.settings.principals for name in (one.person, *one.accounts)}
    if person not in known or not (known[person].active and known[person].can_approve):
        raise typer.BadParameter(f"{visible(person, 80)} is nobody of afteraction.toml who may approve")


@app.command("challenge")
def challenge() -> None:
    """Compare the table of what is usual, a forest and neighbours with the scorecard, and keep the report."""
    found = Audit(home()).challenge()
    if found is None:
        typer.echo("too few actions to compare anything")
        return
    shown = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    shown.title = f"The newest {found.actions:,} actions"
    for name in ("model", "role", "rank correlation", f"of the top {found.top}", "AUROC on verdicts"):
        shown.add_column(name)
    for one in found.rivals:
        judged = "-" if one.verdict_auroc is None else f"{one.verdict_auroc:.3f}"
        shown.add_row(one.model, one.role, f"{one.rank_correlation:.2f}", str(one.both), judged)
    Console().print(shown)
