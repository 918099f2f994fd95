"""`afteraction evidence` end to end: cut from a published database, checked with pack and key alone."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
from typer.testing import CliRunner

from afteraction.compliance import all_controls
from afteraction.lake import publish
from console.evidence import app
from console.verify import ledger_of


def invoke(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    at = tmp_path_factory.mktemp("home")
    frames = next(one for one in all_controls() if one.id == "AC-5.1").failing.frames()
    desk = {name: frame for name, frame in frames.items() if name not in {"actions", "action_risk"}}
    publish(at, {**desk, "ticket_actions": frames["tickets"].select("ticket_id", "state", "action_id")})
    ledger_of(at).append_once(
        [
            {"kind": "run", "key": "2026-11-02", "read": 9, "accepted": 7, "duplicate": 1, "quarantined": 1},
            {"kind": "private", "key": "x", "note": "not for packs"},
        ]
    )
    return at


@pytest.fixture(scope="module")
def cut(home, tmp_path_factory):
    pack = tmp_path_factory.mktemp("packs") / "soc2"
    code, said = invoke("--framework", "soc2", "--out", pack, "--home", home)
    assert code == 0, said
    return pack, ledger_of(home).public_key.text


@pytest.fixture
def pack(cut, tmp_path):
    source, key = cut
    shutil.copytree(source, tmp_path / "pack")
    return tmp_path / "pack", key


def test_an_untouched_pack_is_ok_with_the_pack_and_the_key_alone(pack, tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERACTION_HOME", str(tmp_path / "nowhere"))
    folder, key = pack
    code, said = invoke("verify", folder, "--key", key)
    assert code == 0, said
    assert "2 ledger entries proven in a ledger of 3" in said
    (tmp_path / "key.txt").write_text(key + "\n")
    assert invoke("verify", folder, "--key", tmp_path / "key.txt")[0] == 0
    code, said = invoke("verify", folder)
    assert code == 0
    assert "the key inside the pack" in said


def test_a_pack_tells_what_was_read(pack):
    folder, _ = pack
    assert json.loads((folder / "counts.json").read_bytes())["runs"][0]["quarantined"] == 1
    assert b"not for packs" not in b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_changed_file_shows_even_with_a_corrected_manifest(pack):
    folder, key = pack
    file, manifest = folder / "summary.csv", folder / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b"fail", b"pass"))
    assert invoke("verify", folder, "--key", key)[0] == 1
    held = json.loads(manifest.read_bytes())
    raw = file.read_bytes()
    held["files"]["summary.csv"] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    manifest.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n")
    code, said = invoke("verify", folder, "--key", key)
    assert code == 1
    assert "the ledger knows nothing of this manifest.json" in said


def test_a_forged_entry_shows(pack):
    folder, key = pack
    proofs = folder / "ledger/proofs.json"
    proofs.write_bytes(proofs.read_bytes().replace(b'\\"read\\":9', b'\\"read\\":7'))
    code, said = invoke("verify", folder, "--key", key)
    assert code == 1
    assert "entry 0 is not in the ledger" in said


@pytest.mark.parametrize("name", ["checkpoint", "proofs.json"])
@pytest.mark.parametrize("data", [None, b"", b"{}", b"\xff"])
def test_missing_or_broken_proofs_show(pack, name, data):
    folder, key = pack
    if data is None:
        (folder / "ledger" / name).unlink()
    else:
        (folder / "ledger" / name).write_bytes(data)
    code, said = invoke("verify", folder, "--key", key)
    assert code == 1
    assert "NOT as it was cut" in said


def test_another_key_does_not_open_it(pack, tmp_path):
    folder, _ = pack
    other = ledger_of(tmp_path / "other").public_key.text
    assert invoke("verify", folder, "--key", other)[0] == 1
    assert invoke("verify", folder, "--key", "nonsense")[0] == 1
    (folder / "ledger/public_key").write_text(other)
    assert invoke("verify", folder)[0] == 1


def test_it_refuses_what_it_cannot_do(home, tmp_path):
    (tmp_path / "there").mkdir()
    for words in (
        ["--out", tmp_path / "there", "--home", home],
        ["--home", home],
        ["--framework", "iso", "--out", tmp_path / "new", "--home", home],
        ["--out", tmp_path / "new", "--home", tmp_path],
    ):
        code, said = invoke(*words)
        assert code == 1
        assert "afteraction evidence: " in said
    assert not (tmp_path / "new").exists()


def test_a_damaged_ledger_gives_no_pack(home, tmp_path):
    shutil.copytree(home, tmp_path / "home")
    (tmp_path / "home/ledger/checkpoint").write_bytes(b"")
    code, said = invoke("--out", tmp_path / "pack", "--home", tmp_path / "home")
    assert code == 1
    assert "TAMPERED" in said


def test_the_last_day_is_included(home, tmp_path):
    code, _ = invoke("--from", "2026-11-01", "--to", "2026-11-30", "--out", tmp_path / "pack", "--home", home)
    assert code == 0
    period = json.loads((tmp_path / "pack/manifest.json").read_bytes())["period"]
    assert period == {"from": "2026-11-01T00:00:00+00:00", "to": "2026-12-01T00:00:00+00:00"}
