"""The review desk over HTTP: what it shows, who may decide, and what a form must bring."""

from __future__ import annotations

import pytest
from audited_home import KEY
from desk_server import desk

from afteraction.casebook import Casebook
from afteraction.lake import query
from afteraction.records.settings import Desk
from console.desk.identity import DeskError, Door

SECRET = "between-us-" + "0123456789"
OUTSIDE = '[desk]\nidentity_header = "X-Forwarded-Email"\nhosts = ["desk.example.com"]\n'


@pytest.fixture
def ticket(home) -> str:
    return Casebook.open(home / "casebook.sqlite").search("open")[0].ticket_id


def state(home, ticket: str) -> str:
    return Casebook.open(home / "casebook.sqlite").ticket(ticket).state


def test_the_queue_and_a_ticket_show_masked_evidence_as_text(home, ticket):
    with desk(home, "sofia") as client:
        status, headers, queue = client.get("/")
        assert status == 200
        assert f"/tickets/{ticket}" in queue
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        status, _, page = client.get(f"/tickets/{ticket}")
        assert status == 200
        assert "paste.evil.example" in page
        assert "[AWS_ACCESS_KEY:fp_" in page
        assert "&lt;b&gt;" in page
        assert not [raw for raw in (KEY, "<b>\\", "\u202e", "\x1b") if raw in page]
        status, headers, picture = client.get(f"/tickets/{ticket}/flow.svg")
        assert (status, headers["content-type"].partition(";")[0]) == (200, "image/svg+xml")
        assert KEY not in picture


def test_a_decision_is_written_once_with_its_ledger_entry(home, ticket):
    with desk(home, "sofia@northwind.example") as client:
        fields = client.form(f"/tickets/{ticket}")
        said = {**fields, "verdict": "deny", "reason": "rotate it", "reason_code": "harmful"}
        status, headers, _ = client.post(f"/tickets/{ticket}/decision", said)
        assert (status, headers["location"]) == (303, f"/tickets/{ticket}")
        page = client.get(f"/tickets/{ticket}")[2]
        assert "Denied" in page
        assert "rotate it" in page
        assert "/decision" not in page
        assert "sofia" in client.get("/reviewers")[2]
    kept = query(home, "SELECT verdict, person, channel, reason_code FROM decisions")
    assert kept.rows() == [("denied", "sofia", "desk", "harmful")]


@pytest.mark.parametrize(
    ("change", "headers", "expected"),
    [
        ({"token": "0" * 64}, {}, 403),
        ({}, {"Origin": "https://evil.example"}, 403),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({}, {"Content-Type": "text/plain"}, 403),
        ({"reason": "x" * 70_000}, {}, 403),
        ({"content": "0" * 64}, {}, 409),
        ({"verdict": "maybe"}, {}, 409),
        ({"reason": "  "}, {}, 409),
        ({"reason_code": "harmful"}, {}, 409),
    ],
)
def test_a_form_that_is_not_ours_or_not_whole_decides_nothing(home, ticket, change, headers, expected):
    with desk(home, "sofia") as client:
        fields = client.form(f"/tickets/{ticket}")
        said = {**fields, "verdict": "approve", "reason": "fine", **change}
        assert client.post(f"/tickets/{ticket}/decision", said, **headers)[0] == expected
        client.cookie = ""
        assert client.post(f"/tickets/{ticket}/decision", {**said, **fields})[0] == 403
    assert state(home, ticket) == "open"


def test_nobody_decides_on_their_own_agent_and_no_get_decides(home, ticket):
    with desk(home, "noor") as client:
        fields = client.form("/tickets/" + ticket)
        assert "token" not in fields
        page = client.get(f"/tickets/{ticket}")[2]
        assert "You may not decide" in page
        assert "sofia" in page
        assert client.get(f"/tickets/{ticket}/decision?verdict=approve&reason=x")[0] == 405
    assert state(home, ticket) == "open"


def test_what_cannot_be_shown_cannot_be_approved(home, ticket):
    with desk(home, "sofia") as client:
        fields = client.form(f"/tickets/{ticket}")
        (home / "afteraction.duckdb").unlink()
        status, _, page = client.post(
            f"/tickets/{ticket}/decision", {**fields, "verdict": "approve", "reason": "looks fine"}
        )
        assert status == 409
        assert "nobody can approve here" in page
        assert "looks fine" in page, "the reason is not typed twice"
    assert state(home, ticket) == "open"


def test_a_proxy_names_people_and_proves_itself(home, ticket, monkeypatch):
    monkeypatch.setenv("AFTERACTION_DESK_PROXY_SECRET", SECRET)
    settings = home / "afteraction.toml"
    settings.write_text(settings.read_text() + "\n" + OUTSIDE)
    known = {"X_Forwarded_Email": "sofia@northwind.example", "X_Afteraction_Proxy_Secret": SECRET}
    with desk(home) as client:
        assert client.get("/")[0] == 401
        assert client.get("/", X_Forwarded_Email="sofia@northwind.example")[0] == 401
        assert client.get("/", **{**known, "X_Afteraction_Proxy_Secret": SECRET + "x"})[0] == 401
        assert client.get("/", Host="evil.example", **known)[0] == 421
        status, headers, _ = client.get("/", Host="desk.example.com", **known)
        assert status == 200
        assert "; Secure" in headers["set-cookie"]
        fields = client.form(f"/tickets/{ticket}", **known)
        said = {**fields, "verdict": "deny", "reason": "rotate it"}
        assert client.post(f"/tickets/{ticket}/decision", said)[0] == 401
        other = {**known, "X_Forwarded_Email": "tomas@northwind.example"}
        assert client.post(f"/tickets/{ticket}/decision", said, **other)[0] == 403, "another person's form"
        assert client.post(f"/tickets/{ticket}/decision", said, **known)[0] == 303
    assert state(home, ticket) == "denied"


def test_without_sign_in_the_desk_stays_on_this_machine(home, monkeypatch):
    with pytest.raises(DeskError, match=r"127\.0\.0\.1 only"):
        Door.of(Desk(), "0.0.0.0", "sofia")
    monkeypatch.delenv("AFTERACTION_DESK_PROXY_SECRET", raising=False)
    with pytest.raises(DeskError, match="found no AFTERACTION_DESK_PROXY_SECRET"):
        Door.of(Desk(identity_header="X-Email"), "0.0.0.0", "")
    assert SECRET not in repr(Door(header="x-email", secret=SECRET))


def test_odd_addresses_are_answered_in_plain_words(home):
    with desk(home, "sofia") as client:
        assert client.get("/tickets/T-none")[0] == 404
        assert client.get("/?state=sideways")[0] == 400
        assert client.get("/?page=99999999999999999999&agent=%00%ff")[0] == 200
        assert client.get("/static/app.py")[0] == 404
        assert client.get("/static/..%2fapp.py")[0] == 404
        assert client.get("/healthy")[2] == "ok"
        assert client.get("/", Host="rebound.example")[0] == 421
        assert "bundle" in client.get("/bundles")[2].lower()


def test_before_the_first_audit_the_desk_says_what_to_do(tmp_path):
    with desk(tmp_path, "sofia") as client:
        status, _, page = client.get("/")
        assert status == 503
        assert "afteraction audit" in page


def test_settings_that_cannot_be_read_are_said_in_plain_words(home):
    with desk(home, "sofia") as client:
        (home / "afteraction.toml").write_text("alpha = 'much'")
        status, _, page = client.get("/")
        assert status == 503
        assert "alpha" in page
