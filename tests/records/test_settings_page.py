"""docs/settings.md is what the types print, and the sample settings are settings."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from afteraction.records.settings import (
    Agent,
    Destinations,
    Limits,
    Principal,
    Settings,
    SettingsError,
    load_settings,
)
from afteraction.records.settings_page import page, words

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_the_printed_one():
    committed = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert committed == page(), "run `python -m afteraction.records.settings_page > docs/settings.md`"


@pytest.mark.parametrize("kind", [Settings, Destinations, Agent, Principal, Limits])
def test_every_field_is_described(kind):
    assert set(words(kind)) == {field.name for field in msgspec.structs.fields(kind)}


def test_the_least_example_on_the_page_is_valid():
    toml = page().split("```toml")[1].split("```")[0]
    assert msgspec.toml.decode(toml, type=Settings).principals[0].can_approve


def test_the_sample_settings_are_settings():
    settings = load_settings(ROOT / "data")
    assert settings.agents
    assert sum(one.active and one.can_approve for one in settings.principals) >= 2


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("retro_sla_hour = 3", "retro_sla_hour"),
        ("alpha = 'much'", r"\$\.alpha"),
        ("[[principals]]\naccounts = ['a']", "person"),
        ("[[agents]]\nid = 3\nowner = 'x'", r"agents\[0\]\.id|agents\[\.\.\.\]\.id"),
        ("x = [", "docs/settings.md"),
    ],
)
def test_an_error_names_the_field(tmp_path, toml, said):
    (tmp_path / "afteraction.toml").write_text(toml)
    with pytest.raises(SettingsError, match=said):
        load_settings(tmp_path)
