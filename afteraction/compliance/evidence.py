"""Cuts evidence packs: per control its query, population and exceptions, under one manifest of digests."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from afteraction.compliance.control import Control
from afteraction.compliance.frameworks import FRAMEWORKS, Framework
from afteraction.compliance.registry import all_controls
from afteraction.compliance.runner import Evaluation, Overrides, Period, Query, evaluate, opaque, within

MANIFEST: Final = "manifest.json"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_COUNTS: Final = ("actions", "quarantine", "tickets", "decisions")


class _File(msgspec.Struct, frozen=True):
    sha256: str
    bytes: int


class _Manifest(msgspec.Struct, frozen=True):
    files: dict[str, _File]


def cut(
    query: Query,
    framework: str,
    *,
    period: Period,
    runs: Sequence[Mapping[str, Any]],
    created_at: datetime,
    parameters: Overrides | None = None,
) -> dict[str, bytes]:
    """The files of a pack, `manifest.json` with everybody's SHA-256 among them.

    `runs` are the ledger's entries about audit runs (read, accepted, quarantined). Ids only, no value
    from a log, are in the pack; every CSV cell is safe to open in a spreadsheet.
    """
    chosen = FRAMEWORKS[framework]
    controls = [control for control in all_controls() if chosen.criteria(control)]
    found = [(control, evaluate(control, query, parameters, period=period, cap=None)) for control in controls]
    files = {
        "README.md": _readme(chosen, period, created_at).encode(),
        "summary.csv": _csv(_SUMMARY, (_summary(chosen, *one) for one in found)),
        "manual.csv": _csv(
            ("criterion", "subject", "outcome"), ((*one, "manual evidence required") for one in chosen.manual)
        ),
        "counts.json": _json({"rows": _counts(query), "runs": list(runs)}),
    }
    for control, result in found:
        folder = f"controls/{control.id}"
        values = (parameters or {}).get(control.id)
        looked_at = within(control, control.render(control.population_sql, values), period)
        files[f"{folder}/control.json"] = _json(_described(control, result, values))
        files[f"{folder}/exceptions.sql"] = f"{result.query}\n".encode()
        files[f"{folder}/population.sql"] = f"{looked_at}\n".encode()
        files[f"{folder}/exceptions.csv"] = _csv(("id",), ((one,) for one in result.ids))
        if result.outcome != "error":
            ids = opaque(
                query(f"SELECT DISTINCT CAST(id AS VARCHAR) AS id FROM (\n{looked_at}\n) ORDER BY id", None)[
                    "id"
                ]
            )
            files[f"{folder}/population.csv"] = _csv(("id",), ((one,) for one in ids))
    head = {"format": 1, "framework": framework, "created_at": _stamp(created_at), "period": _bounds(period)}
    listed = {name: {"sha256": _sha256(data), "bytes": len(data)} for name, data in sorted(files.items())}
    return {**files, MANIFEST: _json({**head, "files": listed})}


def check_files(pack: Path, apart: Iterable[str]) -> tuple[str, ...]:
    """What differs between a pack and its manifest; `apart` are files that prove themselves otherwise."""
    try:
        listed = msgspec.json.decode((pack / MANIFEST).read_bytes(), type=_Manifest).files
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        return (f"{MANIFEST} is not readable: {type(error).__name__}",)
    if outside := [name for name in listed if not _is_inside(name)]:
        return (f"{MANIFEST} names {len(outside)} files outside the pack",)
    problems = [problem for name, file in listed.items() if (problem := _difference(pack, name, file))]
    here = {
        one.relative_to(pack).as_posix() for one in pack.rglob("*") if one.is_symlink() or not one.is_dir()
    }
    extra = here - set(listed) - set(apart) - {MANIFEST}
    return tuple(problems + [f"{name!r} is not in the manifest" for name in sorted(extra)])


def safe_cell(value: object) -> str:
    """A CSV cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


_SUMMARY: Final = (
    "control",
    "criteria",
    "title",
    "outcome",
    "severity",
    "population",
    "exceptions",
    "detail",
)


def _summary(framework: Framework, control: Control, found: Evaluation) -> tuple[object, ...]:
    criteria = " ".join(framework.criteria(control))
    counts = (found.population, found.exceptions)
    return control.id, criteria, control.title, found.outcome, control.severity, *counts, found.detail


def _described(control: Control, found: Evaluation, values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "id": control.id,
        "title": control.title,
        "statement": control.render(control.statement, values),
        "severity": control.severity,
        "frameworks": control.frameworks,
        "parameters": {**control.parameters, **(values or {})},
        "outcome": found.outcome,
        "population": found.population,
        "exceptions": found.exceptions,
        "detail": found.detail,
        "query_sha256": _sha256(found.query.encode()),
        "cannot_show": control.cannot_show,
    }


def _counts(query: Query) -> dict[str, int]:
    return {name: int(query(f'SELECT count(*) AS n FROM "{name}"', None)["n"][0]) for name in _COUNTS}


def _readme(framework: Framework, period: Period, created_at: datetime) -> str:
    bounds = _bounds(period)
    span = f"{bounds['from'] or 'the first record'} to {bounds['to'] or 'now'}"
    return f"""# Evidence for {framework.title}

Cut on {_stamp(created_at)} for the period from {span} (UTC, end not included).

- `summary.csv`: every control with its criteria and outcome. `not_applicable` means that there was nothing
  to look at and `error` that the control could not be evaluated; neither is a pass.
- `controls/ID/`: the control's statement and what it cannot show (`control.json`), the queries as they ran,
  everything they looked at (`population.csv`) and every exception (`exceptions.csv`), by id.
- `manual.csv`: what no log can show; it needs evidence from a person.
- `counts.json`: rows held now (`quarantine`: refused records), and what audit runs recorded of themselves.
- `manifest.json`: the SHA-256 of each file above. Its own SHA-256 is the `key` of an entry in the ledger.
- `ledger/`: the signed checkpoint, the entries about runs, data and this pack, and their inclusion proofs.

Check it with `afteraction evidence verify DIR --key KEY`, where KEY is the ledger's public key as you got it
from somebody you trust; the copy in `ledger/public_key` comes from the same hands as the pack.

The outcomes describe the logs that were read. They do not show that every system sent its logs, and this pack
is no OSCAL document.
"""


def _bounds(period: Period) -> dict[str, str | None]:
    return {
        "from": None if period.start is None else _stamp(period.start),
        "to": None if period.end is None else _stamp(period.end),
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


def _difference(pack: Path, name: str, file: _File) -> str | None:
    place = pack / name
    if any(part.is_symlink() for part in (place, *place.parents) if part != pack and pack in part.parents):
        return f"{name} is a link, expected a file"
    try:
        data = place.read_bytes()
    except OSError as error:
        return f"{name} is not readable: {type(error).__name__}"
    return None if (_sha256(data), len(data)) == (file.sha256, file.bytes) else f"{name} was changed"
