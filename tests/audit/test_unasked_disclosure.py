"""What the project is for: rows handed to a third party that nobody named, at once or bit by bit."""

from __future__ import annotations

import json

import pytest
from leaky_lines import line

from afteraction.audit import Audit
from afteraction.lake import query

ROWS = [
    {"name": "Ada Bell", "email": "ada@customer.example", "iban": "DE89370400440532013000"},
    {"name": "Cem Aydin", "email": "cem@customer.example", "iban": "GB29NWBK60161331926819"},
    {"name": "Ivo Marsh", "email": "ivo@customer.example", "iban": "FR1420041010050500013M02606"},
]
STRANGER, PARTNER = "https://enrich.tidylists.example/v1", "https://in.partner.example/v1"
TIDY = "Please tidy up our customers."
#: What the person asked, where the rows went, and in which pieces.
SESSIONS = {
    "at once": (TIDY, STRANGER, [json.dumps(ROWS)]),
    "bit by bit": (TIDY, STRANGER, [f"{row['email']} {row['iban']}" for row in ROWS]),
    "named": (f"Send our customers to {STRANGER}.", STRANGER, [json.dumps(ROWS)]),
    "partner": (TIDY, PARTNER, [json.dumps(ROWS)]),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "afteraction.toml").write_text('[destinations]\npartner = ["partner.example"]\n')
    lines = []
    for name, (asked, place, bodies) in SESSIONS.items():
        own = {"session_id": name}
        lines.append(json.dumps({**own, "role": "user", "text": asked}))
        lines.append(
            line("q", "query_db", {"sql": "SELECT * FROM customers"}, result=json.dumps(ROWS), **own)
        )
        for number, body in enumerate(bodies):
            args = {"method": "POST", "url": place, "body": body}
            lines.append(line(f"p{number}", "http_request", args, result="202", **own))
    (home / "a.jsonl").write_text("\n".join(lines) + "\n")
    Audit(home).run([home / "a.jsonl"])
    return home


@pytest.mark.parametrize(
    ("session", "found"),
    [("at once", [1]), ("bit by bit", [1, 2, 3]), ("named", []), ("partner", [])],
)
def test_strangers_are_told_from_places_that_were_named(home, session, found):
    rows = query(
        home,
        "SELECT seq FROM findings JOIN action_risk USING (action_id) WHERE detector = 'unasked_disclosure'"
        " AND severity = 'high' AND ticketed AND action_risk.session_id = $session ORDER BY seq",
        {"session": session},
    )
    assert rows["seq"].to_list() == found
