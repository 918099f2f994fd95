"""Signed bundles: the hook takes what a trusted key signed, keeps the last good one else, and says so."""

import json
import os

import pytest
from afteraction_hook.bundle import BundleError, load
from afteraction_hook.config import Config, ConfigError, read_config
from afteraction_hook.ed25519 import verify
from afteraction_hook.signature import key_text, signature_text, signed_text
from afteraction_hook.store import LastGood
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from afteraction.ledger import PublicKey
from afteraction.policy import (
    build,
    choose,
    current,
    list_bundles,
    next_key,
    public_keys,
    publish,
    switch_key,
)


@pytest.fixture
def bundles(tmp_path):
    return tmp_path / "bundles"


@pytest.fixture
def make(card, lists):
    return lambda directory, ticket: build(card, choose(card, ticket), (), lists, current(directory))


def test_what_the_library_signs_our_own_arithmetic_verifies():
    for size in (0, 1, 31, 5000):
        key, message = Ed25519PrivateKey.generate(), os.urandom(size)
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        assert verify(public, message, signature)
        assert not verify(public, message + b"\0", signature)
        assert not verify(Ed25519PrivateKey.generate().public_key().public_bytes_raw(), message, signature)


def test_the_key_is_made_once_and_for_its_owner_only(bundles, make):
    publish(make(bundles, 20), bundles)
    private = bundles.parent / "keys" / "bundle.ed25519"
    assert private.stat().st_mode & 0o777 == 0o600
    (line,) = public_keys(bundles)
    assert (bundles / "bundle.pub").read_text() == line + "\n"
    assert PublicKey.parse(line).text == line
    assert private.read_text() not in json.dumps(current(bundles).document)


def test_a_signed_bundle_is_taken_and_sealed_once(bundles, make, tmp_path):
    published = publish(make(bundles, 20), bundles)
    (line,) = public_keys(bundles)
    for _ in range(2):
        found, notes = LastGood(str(tmp_path / "state"), line).load(str(bundles))
        assert (found.revision, notes) == (published.revision, ())
    seal = json.loads((tmp_path / "state" / "last-good.seal").read_text())
    assert seal["keys"] == line


CHANGES = {
    "unsigned": lambda document: document.pop("signature"),
    "sequence": lambda document: document.update(sequence=9, revision=f"b9-{document['digest'][:12]}"),
    "previous": lambda document: document.update(previous=None),
    "time": lambda document: document.update(created_at="2020-01-01T00:00:00Z"),
    "note": lambda document: document.update(note="Nothing to see here."),
    "rollout": lambda document: document.update(rollout={"stage": "shadow", "share": 0}),
    "torn signature": lambda document: document.update(signature=document["signature"][:-8]),
    "no signature": lambda document: document.update(signature="afteraction-bundles"),
}


@pytest.mark.parametrize("change", [*CHANGES, "foreign"])
def test_whatever_is_changed_the_last_good_one_stays_and_it_is_said(bundles, make, tmp_path, change):
    good = publish(make(bundles, 20), bundles)
    (line,) = public_keys(bundles)
    LastGood(str(tmp_path / "state"), line).load(str(bundles))
    newer = publish(make(bundles, 25), bundles)
    document = json.loads((bundles / f"{newer.revision}.json").read_bytes())
    if change == "foreign":
        key = Ed25519PrivateKey.generate()
        public, plain = key.public_key().public_bytes_raw(), dict(document)
        document["signature"] = signature_text("afteraction-bundles", public, key.sign(signed_text(plain)))
    else:
        CHANGES[change](document)
    (bundles / f"{document['revision']}.json").write_text(json.dumps(document))
    (bundles / "current").write_text(document["revision"] + "\n")
    for _ in range(2):
        found, notes = LastGood(str(tmp_path / "state"), line).load(str(bundles))
        assert found.revision == good.revision
        assert [note.reason for note in notes] == ["bundle:kept-last-good"]
    assert "trusted" in notes[0].text or "signature" in notes[0].text or "sign" in notes[0].text


def test_a_seal_from_before_the_keys_were_pinned_counts_for_nothing(bundles, make, tmp_path):
    publish(make(bundles, 20), bundles)
    file = bundles / f"{current(bundles).revision}.json"
    document = json.loads(file.read_bytes())
    del document["signature"]
    file.write_text(json.dumps(document))
    assert LastGood(str(tmp_path / "state")).load(str(bundles))[1] == ()
    found, notes = LastGood(str(tmp_path / "state"), public_keys(bundles)[0]).load(str(bundles))
    assert found is None
    assert notes[0].reason == "bundle:bad"


def test_the_key_changes_without_a_gap(bundles, make, tmp_path):
    publish(make(bundles, 20), bundles)
    (old,) = public_keys(bundles)
    fresh = next_key(bundles)
    assert next_key(bundles) == fresh
    assert (bundles / "bundle.pub").read_text() == f"{old}\n{fresh}\n"
    both = LastGood(str(tmp_path / "state"), f"{old} {fresh}")
    both.load(str(bundles))
    assert switch_key(bundles) == fresh
    again = publish(make(bundles, 20), bundles)
    assert again.sequence == 2
    assert publish(make(bundles, 20), bundles) == again
    assert both.load(str(bundles))[1] == ()
    assert LastGood(None, fresh).load(str(bundles))[0].revision == again.revision
    assert LastGood(None, old).load(str(bundles))[0] is None
    assert [name.split()[0] for name in list_bundles(bundles)["signed_by"]] == [
        "not",
        "+".join(fresh.split("+")[:2]),
    ]


def test_an_unsigned_bundle_of_an_older_version_is_signed_by_the_next_publication(bundles, make):
    publish(make(bundles, 20), bundles)
    file = bundles / f"{current(bundles).revision}.json"
    document = json.loads(file.read_bytes())
    del document["signature"]
    file.write_text(json.dumps(document))
    assert publish(make(bundles, 20), bundles).sequence == 2
    load((bundles / f"{current(bundles).revision}.json").read_bytes(), trusted=public_keys(bundles)[0])


def test_keys_in_the_configuration_are_whole_or_an_error(bundles):
    keys = [key_text("a", bytes(range(32))), key_text("b", bytes(range(1, 33)))]
    given = Config(trusted_keys=f" {keys[1]}\n{keys[0]} {keys[1]}")
    assert given.trusted_keys == " ".join(keys)
    assert read_config({"AFTERACTION_HOOK_TRUSTED_KEYS": keys[0]}).trusted_keys == keys[0]
    for wrong in ("a", keys[0][:-1], keys[0].replace("a+", "c+", 1), " \n ", keys[0] + "\u2028x"):
        with pytest.raises(ConfigError, match="trusted_keys"):
            Config(trusted_keys=wrong)


def test_odd_signatures_are_refused_and_never_crash(bundles, make):
    document = publish(make(bundles, 20), bundles).document
    (line,) = public_keys(bundles)
    for signature in (
        "x",
        " ",
        "a b",
        "a =",
        "\u2014 y",
        "a " + "A" * 1900,
        "afteraction-bundles " + "A" * 92,
    ):
        with pytest.raises(BundleError, match="signature"):
            load(json.dumps({**document, "signature": signature}).encode(), trusted=line)
