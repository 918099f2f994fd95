"""Bundles made by hand for the hook's own tests, which use nothing but the hook."""

import json

import pytest
from afteraction_hook.bundle import content_digest, revision

LEXICON = {
    "plain": {"send": "send", "read": "read", "delete": "delete", "create": "write", "bash": "execute"},
    "nounlike": {"email": "send", "transfer": "pay"},
    "money": ["invoice"],
    "rights": ["role"],
    "credentials": ["password"],
    "asked": ["status"],
}


def document(sequence=1, **changes):
    """A bundle document; `changes` replace parts of its content, digest and golden rows follow."""
    content = {
        "format": 1,
        "scorecard": {
            "features": [
                {
                    "name": "operation",
                    "kind": "category",
                    "points": {"send": 6, "delete": 8},
                    "other": 0,
                    "missing": 1,
                    "reason": "The call is a {value}.",
                },
                {
                    "name": "destination_class",
                    "kind": "category",
                    "points": {"unknown": 5, "internal": -2},
                    "other": 0,
                    "missing": 0,
                    "reason": "The destination is {value}.",
                },
                {
                    "name": "args_chars",
                    "kind": "number",
                    "edges": [100, 1000.5],
                    "points": [0, 1, 4],
                    "missing": 2,
                    "reason": "The arguments hold {value} characters.",
                },
                {
                    "name": "history",
                    "kind": "number",
                    "edges": [0],
                    "points": [0, 3],
                    "missing": 0,
                    "reason": "The agent never did this.",
                },
            ],
            "calibration": {"edges": [5, 10], "risk": [0.01, 0.25, 0.9]},
        },
        "thresholds": {
            "ticket": {"points": 9, "certificate": None},
            "ask": {"points": 9},
            "deny": {"points": 14},
        },
        "rules": [
            {"id": "no-drop", "decision": "deny", "tool": "drop_*"},
            {"id": "known-good", "decision": "allow", "tool": "create_note"},
        ],
        "lists": {"internal": ["corp.example.com"], "lexicon": LEXICON, "paste": ["paste.example"]},
        "golden": [
            {
                "row": {"operation": "send", "destination_class": "unknown", "args_chars": 1000.5},
                "points": 15,
            },
            {
                "row": {"operation": None, "destination_class": "x", "args_chars": 99, "history": 1},
                "points": 4,
            },
        ],
        **changes,
    }
    digest = content_digest(content)
    return {
        **content,
        "sequence": sequence,
        "digest": digest,
        "revision": revision(sequence, digest),
        "created_at": "2026-11-23T10:00:00Z",
    }


def encoded(**changes):
    return json.dumps(document(**changes)).encode()


@pytest.fixture
def make_document():
    return document


@pytest.fixture
def make_bundle_bytes():
    return encoded


@pytest.fixture
def put(tmp_path):
    """Publish a bundle document under a home directory as `bundles/<revision>.json` and `bundles/current`."""

    def put_in(found):
        bundles = tmp_path / "home" / "bundles"
        bundles.mkdir(parents=True, exist_ok=True)
        (bundles / f"{found['revision']}.json").write_text(json.dumps(found))
        (bundles / "current").write_text(found["revision"] + "\n")
        return tmp_path / "home"

    return put_in
