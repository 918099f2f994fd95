"""How sensitive what a call returns is, by files, commands, tables, names, settings and history."""

from __future__ import annotations

import json

import pytest

from afteraction.lineage import enrich
from afteraction.records.settings import Destinations, Source


def source(sessions, tool, arguments, sources=(), learned=None):
    actions = sessions([("call", tool, arguments, "ok")]).actions
    return enrich(actions, Destinations(), sources, learned)["source_sensitivity"][0]


@pytest.mark.parametrize(
    ("tool", "arguments", "sensitivity"),
    [
        ("read_file", {"path": "/srv/app/.env"}, "secret"),
        ("read_file", {"path": ".env.production"}, "secret"),
        ("read_file", {"path": ".env.example"}, "internal"),
        ("read_file", {"path": "~/.ssh/id_ed25519"}, "secret"),
        ("read_file", {"path": "~/.ssh/id_ed25519.pub"}, "internal"),
        ("read_file", {"path": "C:\\Users\\ann\\.aws\\credentials"}, "secret"),
        ("read_file", {"path": "deploy/tls/server.key"}, "secret"),
        ("read_file", {"path": "infra/terraform.tfstate"}, "secret"),
        ("read_file", {"path": "docs/environment.md"}, "internal"),
        ("Bash", {"command": "cat ~/.netrc | head"}, "secret"),
        ("Bash", {"command": "printenv"}, "secret"),
        ("Bash", {"command": "env FOO=1 make test"}, "none"),
        ("Bash", {"command": "kubectl get secret db -o yaml"}, "secret"),
        ("Bash", {"command": "aws secretsmanager get-secret-value --secret-id db"}, "secret"),
        ("Bash", {"command": "ls -la src"}, "none"),
        ("fetch", {"url": "http://169.254.169.254/latest/meta-data/iam/"}, "secret"),
        ("fetch", {"url": "https://news.example/today"}, "none"),
        ("get_secret_value", {"id": "db"}, "secret"),
        ("list_contacts", {}, "personal"),
        ("get_patient_record", {"id": 4}, "personal"),
        ("run_query", {"sql": "SELECT name FROM crm.customers WHERE id = 1"}, "personal"),
        ("run_query", {"sql": "SELECT 1"}, "internal"),
        ("read_inbox", {}, "internal"),
        ("get_weather", {"city": "Oslo"}, "none"),
        ("write_file", {"path": ".env", "content": "A=1"}, "none"),
    ],
)
def test_what_a_call_returns_is_classed_by_where_it_comes_from(sessions, tool, arguments, sensitivity):
    assert source(sessions, tool, arguments) == sensitivity


def test_the_owner_has_the_last_word_and_the_first_match_decides(sessions):
    rules = (
        Source(sensitivity="none", tool="get_customer_*", place="demo-*"),
        Source(sensitivity="secret", tool="get_customer_*"),
    )
    assert source(sessions, "get_customer_card", {"id": "demo-1"}, rules) == "none"
    assert source(sessions, "get_customer_card", {"id": "c-1"}, rules) == "secret"
    assert source(sessions, "read_file", {"path": ".env"}, rules) == "secret"


def test_history_raises_and_never_lowers(sessions):
    learned = {("acme", "get_report"): "secret", ("acme", "list_contacts"): "internal", ("b", "x"): "secret"}
    assert source(sessions, "get_report", {"id": 1}, learned=learned) == "secret"
    assert source(sessions, "list_contacts", {}, learned=learned) == "personal"
    assert source(sessions, "x", {}, learned=learned) == "none"


@pytest.mark.parametrize("arguments", [None, "", "{", json.dumps({"path": "\u202e../\n" * 4000}), "[" * 9000])
def test_odd_arguments_do_not_hurt(sessions, arguments):
    assert source(sessions, "read_file", arguments) in {"none", "internal", "secret"}
