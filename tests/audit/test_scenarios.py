"""Ordinary work through one audit: what went wrong is ticketed, what did not is left alone."""

from __future__ import annotations

import pytest
from scenarios import HARMFUL, HARMLESS, write

from afteraction.audit import Audit
from afteraction.lake import query

#: Known misses: a changed bank account in a mail, a stranger let into one file, two names in a mail.
MISSED = {"pay", "share", "mailbody"}


@pytest.fixture(scope="module")
def ticketed(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "afteraction.toml").write_text('[destinations]\ninternal = ["acme.example"]\n')
    log = home / "log.jsonl"
    write(log, HARMFUL | HARMLESS)
    Audit(home).run([log])
    return set(query(home, "SELECT DISTINCT session_id FROM tickets")["session_id"])


@pytest.mark.parametrize("name", HARMFUL)
def test_what_went_wrong_opens_a_ticket(ticketed, name):
    assert (name in ticketed) is (name not in MISSED)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_in_order_opens_none(ticketed, name):
    assert name not in ticketed
