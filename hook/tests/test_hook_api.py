"""The Python interface: one call, never an exception, the same log."""

import json

import pytest
from afteraction_hook import check
from afteraction_hook.config import Config, ConfigError, read_config


@pytest.fixture
def config(put, make_document, tmp_path):
    home = put(make_document())
    return Config(
        bundle=str(home / "bundles"), log=str(tmp_path / "log.jsonl"), state=str(tmp_path / "state")
    )


def test_one_call_judges_and_logs(config, tmp_path):
    verdict = check("drop_all", {"table": "t"}, session_id="s", config=config)
    assert verdict.decision == "deny"
    assert not verdict
    assert check("read_x", {}, config=config)
    first, second = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert (first["decision"], second["decision"]) == ("deny", "allow")


def test_a_new_bundle_is_seen_without_a_restart(config, put, make_document):
    assert check("read_x", {}, config=config).bundle_revision.startswith("b1-")
    put(make_document(sequence=2, rules=[{"id": "all", "decision": "deny", "tool": "*"}]))
    assert check("read_x", {}, config=config).decision == "deny"
    put(make_document(sequence=1))
    verdict = check("read_x", {}, config=config)
    assert verdict.decision == "deny"
    assert verdict.notes[0].reason == "bundle:kept-last-good"


@pytest.mark.parametrize(
    "args", [{"n": float("nan")}, {"n": 2**60}, {"s": "\ud800"}, {1: 2}, object(), {"b": b"x"}]
)
def test_arguments_that_are_no_sound_json_are_denied(config, args):
    verdict = check("read_x", args, config=config)
    assert (verdict.decision, verdict.path) == ("deny", "error")


def test_a_loop_in_the_arguments_is_denied(config):
    loop: list = []
    loop.append(loop)
    assert check("read_x", loop, config=config).decision == "deny"


def test_errors_follow_the_configuration_but_never_allow(config, tmp_path):
    config.on_error = "ask"
    assert check("x", {"n": float("nan")}, config=config).decision == "ask"
    config.log = str(tmp_path)
    assert check("read_x", {}, config=config).decision == "ask"
    for name in ("on_error", "no_bundle"):
        with pytest.raises(ConfigError, match="deny or ask"):
            Config(**{name: "allow"})


def test_without_anything_configured_a_person_is_asked():
    assert check("read_x", {}, config=Config()).path == "no_bundle"


def test_the_environment_goes_before_the_home(tmp_path):
    found = read_config(
        {"AFTERACTION_HOME": str(tmp_path), "AFTERACTION_HOOK_LOG": "/x", "AFTERACTION_HOOK_FSYNC": "1"}
    )
    assert (found.log, found.fsync) == ("/x", True)
    assert found.bundle == str(tmp_path / "bundles" / "current")


def test_a_bundle_that_was_not_readable_for_a_moment_is_taken_up(config, put, make_document):
    """The pointer did not change again, so a bundle that came late was never looked at."""
    first = check("read_x", {}, config=config)
    late = make_document(sequence=2, rules=[])
    home = put(late)
    file = home / "bundles" / f"{late['revision']}.json"
    raw = file.read_bytes()
    file.unlink()
    assert check("read_x", {}, config=config).bundle_revision == first.bundle_revision
    file.write_bytes(raw)
    assert check("read_x", {}, config=config).bundle_revision == late["revision"]
