"""docs/hook.md says what the code does: fields, features, lists and reasons."""

import json
import re
from pathlib import Path

import pytest
from afteraction_hook import bundle, config, features
from afteraction_hook.config import Config

PAGE = Path(__file__).parents[2] / "docs" / "hook.md"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text()


def test_every_field_stands_there_with_its_variable_and_default(page):
    default = Config()
    for name in Config.__slots__:
        row = re.search(
            rf"^\| `{name}` \| `{config.PREFIX}{name.upper()}` \| `([^`]*)` \|", page, re.MULTILINE
        )
        assert row, name
        value = getattr(default, name)
        if value is not None:
            assert row.group(1) == (json.dumps(value) if isinstance(value, bool) else str(value))


def test_every_feature_list_and_part_is_named(page):
    for name in (
        *features.LIVE,
        *bundle.LISTS,
        *bundle.CONTENT,
        "lexicon",
        "baseline",
        "effects",
        "signature",
    ):
        assert f"`{name}`" in page, name


def test_every_reason_is_in_the_table(page):
    sources = Path(bundle.__file__).parent.glob("*.py")
    code = "\n".join(file.read_text() for file in sources)
    causes = {f"error:{cause}" for cause in re.findall(r'failed\(\s*(?:self\.)?[\w.]+, "(\w+)"', code)}
    reports = set(re.findall(r'"(bundle:[\w-]+)"', code))
    assert {"error:input", "error:own", "error:log", "error:time", "error:config"} == causes
    for reason in causes | reports:
        assert f"`{reason}`" in page, reason


def test_the_settings_snippet_is_json(page):
    found = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    hook = json.loads(found.group(1))["hooks"]["PreToolUse"][0]["hooks"][0]
    assert hook["timeout"] * 1000 > 2 * Config().deadline_ms
