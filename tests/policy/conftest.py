"""Scorecards, words and bundles for the tests of policy."""

import msgspec
import pytest

from afteraction.audit.hook_lists import hook_lists
from afteraction.records.settings import Destinations
from afteraction.scoring.scorecard import DEFAULT

CARD = {
    "features": [
        {
            "name": "leak",
            "kind": "category",
            "points": {"low": 3, "medium": 8, "high": 25, "critical": 35},
            "other": 1,
            "missing": 0,
            "reason": "It carries a leak of {value} severity.",
        },
        {
            "name": "operation",
            "kind": "category",
            "points": {"send": 5, "delete": 6, "": 2, "caf\u00e9": 7},
            "other": 0,
            "missing": 1,
            "reason": "The call is a {value}.",
        },
        {
            "name": "args_chars",
            "kind": "number",
            "edges": [-1.5, 0, 1e-9, 100, 1000.25, 1e15],
            "points": [-3, 0, 1, 2, 4, 6, 9],
            "missing": 2,
            "reason": "The arguments hold {value} characters.",
        },
        {
            "name": "history",
            "kind": "number",
            "edges": [0.1, 0.2, 0.30000000000000004],
            "points": [0, 3, 5, 8],
            "missing": 0,
            "reason": "The agent rarely does this ({value}).",
        },
    ],
    "calibration": {"edges": [8, 14, 26, 40], "risk": [0.001, 0.02, 0.2, 0.6, 0.97]},
}


@pytest.fixture
def card():
    return msgspec.json.decode(msgspec.json.encode(CARD))


@pytest.fixture
def default_card():
    return msgspec.json.decode(DEFAULT.read_bytes())


@pytest.fixture
def lists():
    return hook_lists(Destinations(internal=("corp.example.com",), partner=("partner.example",)))
