"""The pages of the desk, and the one form that decides."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from afteraction.approvals.decide import MorePeopleError, NotDecidedError, decide
from afteraction.approvals.states import MEANING
from afteraction.audit import Audit
from afteraction.casebook import Casebook, CasebookError, Ticket, now_us, where
from afteraction.policy import list_bundles
from afteraction.records.reason_code import REASON_CODES
from afteraction.records.remedy import MEANING as REMEDY_MEANING
from afteraction.records.remedy import REMEDIES
from afteraction.records.settings import Settings, SettingsError, load_settings
from console.desk import reading
from console.desk.acts import VERDICTS, Desk, Work, break_open, decide_batch, record_remedy, reopen_ticket
from console.desk.guard import COOKIE, FormError, Forms
from console.desk.identity import PROOF, Door, Sitter
from console.text import visible

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
_STATES: Final = (*MEANING, "all")
_KINDS: Final = {"desk.css": "text/css", "desk.js": "text/javascript", "desk.svg": "image/svg+xml"}
_PICTURE: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
#: Where a pasted line would break a page into pieces that no one reads.
_WIDTH: Final = 400
_SESSION_BYTES: Final = 24

Answer = Callable[[Request], Response]
Act = Callable[[Request, Sitter, Mapping[str, str]], Response]


class Views:
    """The handlers, over one home. Settings are read anew for each request: who may decide is asked anew."""

    def __init__(self, home: Path, door: Door) -> None:
        self._home, self._door, self._forms = home, door, Forms()

    def queue(self, request: Request) -> Response:
        """Tickets that wait, what is due next first."""
        state, agent = request.query_params.get("state", "open"), request.query_params.get("agent", "")
        number = request.query_params.get("page", "1")
        if state not in _STATES:
            return self._said(request, 400, f"There is no state {visible(state, 40)}.")
        settings, book = self._opened()
        found = reading.queue(
            book, state, agent, int(number) if number.isdecimal() and len(number) < 7 else 1
        )
        waiting = book.search("open")
        return self._page(
            request, "queue.html", settings,
            found=found, state=state, agent=agent, states=_STATES, levels=reading.levels(waiting),
            late=sum(one.due_at < now_us() for one in waiting), waiting=len(waiting),
            alike=Counter(map(reading.likeness, waiting)), likeness=reading.likeness,
        )  # fmt: skip

    def ticket(self, request: Request) -> Response:
        """One ticket: what happened, masked, and the form."""
        settings, book = self._opened()
        found = book.ticket(request.path_params["ticket_id"])
        if found is None:
            return self._said(request, 404, "There is no ticket with this id.")
        return self._case(request, settings, book, found)

    def flow_graph(self, request: Request) -> Response:
        """The picture of a ticket's session."""
        _, book = self._opened()
        found = book.ticket(request.path_params["ticket_id"])
        drawn = None if found is None else reading.flow_graph(self._home, found)
        if drawn is None:
            return Response(status_code=404)
        return Response(drawn.encode("utf-8", "replace"), media_type="image/svg+xml", headers=_PICTURE)

    def alike(self, request: Request) -> Response:
        """Tickets like this one, to be decided with one reason."""
        settings, book = self._opened()
        found = book.ticket(request.path_params["ticket_id"])
        if found is None:
            return self._said(request, 404, "There is no ticket with this id.")
        return self._alike(request, settings, book, found)

    async def decision(self, request: Request) -> Response:
        """Decide: the form names the verdict, the reason and the digest of what was on the page."""
        return await self._form(request, self._decide)

    async def decisions(self, request: Request) -> Response:
        """Decide on several tickets that are alike: the form names the digest of each."""
        return await self._form(request, self._decide_alike)

    async def remedy(self, request: Request) -> Response:
        """Record what was done about a denied ticket."""
        return await self._form(request, self._follow(record_remedy))

    async def reopening(self, request: Request) -> Response:
        """Open the next version of a decided ticket."""
        return await self._form(request, self._follow(reopen_ticket))

    async def glass(self, request: Request) -> Response:
        """Break glass on a waiting action."""
        return await self._form(request, self._follow(break_open))

    async def _form(self, request: Request, act: Act) -> Response:
        sitter = self._door.sitter(request)
        if sitter is None:
            return self._outside()
        try:
            fields = await self._forms.read(request, sitter.account)
        except FormError as error:
            return await run_in_threadpool(self._said, request, 403, str(error))
        made = self.inside(lambda asked: act(asked, sitter, fields))
        return await run_in_threadpool(made, request)

    def reviewers(self, request: Request) -> Response:
        """How people decide."""
        settings, book = self._opened()
        return self._page(request, "reviewers.html", settings, reviewers=reading.reviewers(book))

    def bundles(self, request: Request) -> Response:
        """The policy bundles, the newest first."""
        settings, _ = self._opened()
        rows = [
            {**row, "thresholds": msgspec.json.decode(row["thresholds"] or "{}")}
            for row in list_bundles(self._home / "bundles").reverse().iter_rows(named=True)
        ]
        return self._page(request, "bundles.html", settings, bundles=rows)

    def static(self, request: Request) -> Response:
        """The style and the script."""
        name = request.path_params["name"]
        if name not in _KINDS:
            return Response(status_code=404)
        return Response(_static(name), media_type=_KINDS[name], headers={"cache-control": "max-age=300"})

    def inside(self, handler: Answer) -> Answer:
        """The handler for people who came in through the door, and plain words for what is out of reach."""

        def guarded(request: Request) -> Response:
            if self._door.sitter(request) is None:
                return self._outside()
            try:
                return handler(request)
            except (CasebookError, SettingsError) as error:
                return self._said(request, 503, str(error))

        return guarded

    def _decide(self, request: Request, sitter: Sitter, fields: Mapping[str, str]) -> Response:
        settings, book = self._opened()
        found = book.ticket(request.path_params["ticket_id"])
        if found is None:
            return self._said(request, 404, "There is no ticket with this id.")
        try:
            self._settle(settings, book, found, sitter, fields)
        except MorePeopleError:
            pass
        except NotDecidedError as error:
            now = book.ticket(found.ticket_id) or found
            return self._case(request, settings, book, now, wrong=str(error), fields=fields)
        Audit(self._home, settings).record_decisions()
        return RedirectResponse(f"/tickets/{found.ticket_id}", status_code=303)

    def _settle(
        self, settings: Settings, book: Casebook, found: Ticket, sitter: Sitter, fields: Mapping[str, str]
    ) -> None:
        """Decide what the form asks for, if it asks for what was on the page; else `NotDecidedError`."""
        verdict = VERDICTS.get(fields.get("verdict", ""))
        if verdict is None:
            raise NotDecidedError("verdict: found none, expected approve or deny")
        shown = reading.case(self._home, settings, book, found, sitter.account)
        if fields.get("content") != shown.content:
            raise NotDecidedError("the ticket is no longer the one that you read; read it again")
        if verdict == "approved" and shown.unseen is not None:
            raise NotDecidedError(f"nobody can approve here: {shown.unseen}")
        decide(
            book, settings, found.ticket_id, verdict,
            reviewer=sitter.account, reason=fields.get("reason", ""),
            reason_code=fields.get("reason_code") or None, channel="desk",
            plan=tuple(one for one in REMEDIES if fields.get(f"plan-{one}")) if verdict == "denied" else (),
        )  # fmt: skip

    def _follow(self, work: Work) -> Act:
        """What comes after a decision: `work` gives the id of the ticket to show, or `NotDecidedError`."""

        def act(request: Request, sitter: Sitter, fields: Mapping[str, str]) -> Response:
            settings, book = self._opened()
            found = book.ticket(request.path_params["ticket_id"])
            if found is None:
                return self._said(request, 404, "There is no ticket with this id.")
            try:
                shown = work(Desk(self._home, settings, book), found, sitter.account, fields)
            except NotDecidedError as error:
                now = book.ticket(found.ticket_id) or found
                return self._case(request, settings, book, now, wrong=str(error), fields=fields)
            Audit(self._home, settings).record_decisions()
            return RedirectResponse(f"/tickets/{shown}", status_code=303)

        return act

    def _decide_alike(self, request: Request, sitter: Sitter, fields: Mapping[str, str]) -> Response:
        settings, book = self._opened()
        found = book.ticket(request.path_params["ticket_id"])
        if found is None:
            return self._said(request, 404, "There is no ticket with this id.")
        shown = reading.batch(self._home, settings, book, found, sitter.account)
        wrong = decide_batch(settings, book, shown, sitter.account, fields)
        Audit(self._home, settings).record_decisions()
        if not wrong:
            return RedirectResponse("/", status_code=303)
        return self._alike(request, settings, book, found, wrong=wrong, reason=fields.get("reason", ""))

    def _alike(
        self,
        request: Request,
        settings: Settings,
        book: Casebook,
        ticket: Ticket,
        *,
        wrong: Sequence[str] = (),
        reason: str = "",
    ) -> Response:
        shown = reading.batch(self._home, settings, book, ticket, self._sitter(request).account)
        return self._page(
            request, "alike.html", settings, 409 if wrong else 200,
            batch=shown, ticket=ticket, wrong=wrong, codes=REASON_CODES, reason=reason, unread=reading.unread,
        )  # fmt: skip

    def _case(
        self,
        request: Request,
        settings: Settings,
        book: Casebook,
        ticket: Ticket,
        *,
        wrong: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Response:
        shown = reading.case(self._home, settings, book, ticket, self._sitter(request).account)
        said = fields or {}
        return self._page(
            request, "ticket.html", settings, 200 if wrong is None else 409,
            case=shown, ticket=ticket, wrong=wrong, codes=REASON_CODES, remedies=REMEDY_MEANING,
            reason=said.get("reason", ""), reason_code=said.get("reason_code", ""),
        )  # fmt: skip

    def _outside(self) -> Response:
        told = f"it names the account in {self._door.header} and proves itself in {PROOF}"
        return PlainTextResponse(f"Sign in through the proxy: {told}.", 401)

    def _opened(self) -> tuple[Settings, Casebook]:
        settings = load_settings(self._home)
        at = where(self._home, settings)
        if isinstance(at, Path) and not at.exists():
            raise CasebookError("Nothing was audited yet: run `afteraction audit PATH`, then come back.")
        return settings, Casebook.open(at)

    def _sitter(self, request: Request) -> Sitter:
        return self._door.sitter(request) or Sitter("", local=False)

    def _said(self, request: Request, status: int, text: str) -> Response:
        return self._page(request, "said.html", Settings(), status, text=text)

    def _page(
        self, request: Request, name: str, settings: Settings, status: int = 200, **values: object
    ) -> Response:
        sitter = self._sitter(request)
        session = request.cookies.get(COOKIE) or secrets.token_urlsafe(_SESSION_BYTES)
        body = _templates().get_template(name).render(
            sitter=sitter, token=self._forms.token(session, sitter.account), now=now_us(),
            people=bool(settings.principals), path=request.url.path, **values,
        )  # fmt: skip
        answer = HTMLResponse(body.encode("utf-8", "replace"), status)
        answer.set_cookie(COOKIE, session, httponly=True, samesite="strict", secure=not sitter.local)
        return answer


@cache
def _static(name: str) -> bytes:
    return (files("console.desk") / "static" / name).read_bytes()


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("console.desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "seen": lambda text, width=_WIDTH: visible(text, width), "block": _block, "at": _at, "due": _due,
        "span": _span, "reasons": _reasons, "risk": _risk, "details": _details,
    }  # fmt: skip
    return made


def _block(text: str | None) -> str:
    """Masked arguments or an answer as they were, JSON laid out, whatever cannot be seen spelled out."""
    if text is None:
        return "not in the log"
    try:
        told = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        told = text
    return "\n".join(visible(line) if line else "" for line in told.split("\n"))


def _at(moment: int | datetime | None) -> str:
    if moment is None:
        return "-"
    known = datetime.fromtimestamp(moment / 1_000_000, UTC) if isinstance(moment, int) else moment
    return f"{known.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(size: int) -> str:
    """A time in µs in its largest unit."""
    seconds = abs(size) // 1_000_000
    for unit, name in _UNITS:
        if seconds >= unit:
            count = seconds // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"


def _due(ticket: Ticket, now: int) -> str:
    if ticket.state != "open":
        return "-"
    left = ticket.due_at - now
    return f"in {_span(left)}" if left >= 0 else f"{_span(left)} late"


def _risk(risk: float | None) -> str:
    return "unscorable" if risk is None else f"{risk:.2f}"


def _reasons(text: str | None) -> list[dict[str, Any]]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)]


def _details(text: str) -> str:
    """Why something stands in the audit trail."""
    found = json.loads(text)
    said = [*found.get("reasons", []), *([found["reason"]] if found.get("reason") else [])]
    return "; ".join(map(str, said))
