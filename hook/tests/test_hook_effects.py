"""What a call does to systems, by the table in the bundle."""

import pytest
from afteraction_hook.bundle import Bundle, BundleError, load
from afteraction_hook.effects import Effects
from afteraction_hook.features import features
from afteraction_hook.shape import ShapeError

LEXICON = {
    "plain": {"read": "read", "bash": "execute", "invite": "grant"},
    "nounlike": {},
    "money": [],
    "rights": ["role"],
    "credentials": [],
    "asked": [],
}
REMOVED = {
    "pattern": r"\brm\s+(?:-\S+\s+)*-[a-zA-Z]*[rR]\S*\s+([^;&|\n]+)",
    "hints": ["rm "],
    "severity": "high",
    "harmless": r"(?:^|/)build(?:/|$)",
    "grave": r"^/",
}
OWNER = {
    "pattern": r'(?i)^invite\w* .*"role":\s*"owner"',
    "hints": ["owner"],
    "severity": "high",
    "tool": True,
}


@pytest.fixture
def row(make_document):
    made = Bundle(make_document(lists={"lexicon": LEXICON, "effects": [REMOVED, OWNER]}))
    return lambda tool, args: features(tool, args, made)["effect"]


@pytest.mark.parametrize(
    ("tool", "args", "severity"),
    [
        ("bash", {"command": "rm -rf /srv/data"}, "high"),
        ("bash", {"command": "rm -rf /srv/data build"}, "high"),
        ("bash", {"command": "rm -rf data"}, "medium"),
        ("bash", {"command": "rm -rf build"}, "low"),
        ("bash", {"command": "rm notes.txt"}, None),
        ("bash", {"steps": {"script": "cd / && rm -r /srv"}}, "high"),
        ("note", {"text": "never type rm -rf /srv"}, None),
        ("invite_member", {"role": "owner", "email": "a@b.example"}, "high"),
        ("invite_member", {"role": "member", "email": "owner@b.example"}, None),
        ("read_role", {"role": "owner"}, None),
        ("bash", {}, None),
    ],
)
def test_the_gravest_deed_counts(row, tool, args, severity):
    assert row(tool, args) == severity


def test_without_a_table_nothing_is_said(make_document):
    assert "effect" not in features("bash", {"command": "rm -rf /srv"}, Bundle(make_document()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"severity": "fatal"}, "severity"),
        ({"hints": "rm"}, "hints"),
        ({"tool": 1}, "tool"),
        ({"pattern": ""}, "pattern"),
        ({"more": 1}, "unknown field"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(change, said):
    with pytest.raises(ShapeError, match=said):
        Effects([REMOVED | change])


def test_a_pattern_that_cannot_be_read_is_refused_when_the_bundle_comes(make_bundle_bytes):
    deeds = [REMOVED | {"pattern": "(("}]
    with pytest.raises(BundleError, match="effects"):
        load(make_bundle_bytes(lists={"lexicon": LEXICON, "effects": deeds}))
