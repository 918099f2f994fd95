"""Each way to tamper with a ledger, and who sees it: the verifier alone, or with an older pin."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from afteraction.ledger import Ledger, LedgerError
from afteraction.ledger.tiles import pack_entries, tile_path, unpack_entries

SIZE, PIN = 1000, 990


def entry(number: int, note: str = "") -> dict[str, object]:
    return {"kind": "row", "key": f"{number:04d}", "note": note}


def build(folder, numbers, key="key", note=""):
    ledger = Ledger(folder / "ledger", folder / key)
    for start in range(0, len(numbers), 330):
        ledger.append([entry(number, note) for number in numbers[start : start + 330]])
    return ledger


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A ledger of 1,000 entries with the checkpoint that was pinned at 990."""
    folder = tmp_path_factory.mktemp("grown")
    build(folder, list(range(PIN)))
    shutil.copytree(folder / "ledger", folder / "at_pin")
    pin = (folder / "ledger/checkpoint").read_bytes()
    Ledger(folder / "ledger", folder / "key").append([entry(number) for number in range(PIN, SIZE)])
    return folder, pin


@pytest.fixture
def case(grown, tmp_path):
    source, pin = grown
    shutil.copytree(source, tmp_path / "case")
    return tmp_path / "case", pin


def bundles(folder):
    return folder / "ledger/tile/entries"


def edit_bundle(folder, change: Callable[[list[bytes]], list[bytes]], index: int = 1) -> None:
    file = folder / "ledger" / tile_path("entries", index)
    file.write_bytes(pack_entries(change(unpack_entries(file.read_bytes()))))


def rebuild(folder, numbers, key="other", note=""):
    """Rebuild entries and tiles as somebody without the key would, keeping the old checkpoint."""
    head = (folder / "ledger/checkpoint").read_bytes()
    history = folder / "ledger/checkpoints"
    shutil.move(history, folder / "history")
    shutil.rmtree(folder / "ledger")
    build(folder, numbers, key, note)
    if key == "other":
        (folder / "ledger/checkpoint").write_bytes(head)
        shutil.rmtree(history)
        shutil.move(folder / "history", history)


def nothing(folder):
    pass


def edit(folder):
    edit_bundle(folder, lambda found: [found[0].replace(b"0256", b"9256"), *found[1:]])


def delete_keep_tiles(folder):
    edit_bundle(folder, lambda found: found[1:])


def delete_and_rebuild(folder):
    rebuild(folder, [number for number in range(SIZE) if number != 500])


def delete_tail(folder):
    rebuild(folder, list(range(SIZE - 10)))


def reorder(folder):
    rebuild(folder, [1, 0, *range(2, SIZE)])


def insert(folder):
    rebuild(folder, [*range(500), 9000, *range(500, SIZE)])


def flip_tile(folder):
    file = folder / "ledger" / tile_path(0, 1)
    raw = bytearray(file.read_bytes())
    raw[77] ^= 1
    file.write_bytes(raw)


def delete_tile(folder):
    (folder / "ledger" / tile_path(0, 1)).unlink()


def delete_upper_tile(folder):
    (folder / "ledger" / tile_path(1, 0, 3)).unlink()


def widen_tile(folder):
    file = folder / "ledger" / tile_path(0, 1)
    file.write_bytes(file.read_bytes() + bytes(32))


def delete_bundle(folder):
    (folder / "ledger" / tile_path("entries", 0)).unlink()


def tear_bundle(folder):
    file = folder / "ledger" / tile_path("entries", 2)
    file.write_bytes(file.read_bytes()[:-3])


def empty_checkpoint(folder):
    (folder / "ledger/checkpoint").write_bytes(b"")


def remove_checkpoint(folder):
    (folder / "ledger/checkpoint").unlink()


def strip_signature(folder):
    file = folder / "ledger/checkpoint"
    file.write_bytes(file.read_bytes().partition(b"\n\n")[0] + b"\n\n")


def foreign_signature(folder):
    other = build(folder / "elsewhere", list(range(SIZE)), key="other")
    (folder / "ledger/checkpoint").write_bytes((other.directory / "checkpoint").read_bytes())


def change_size(folder):
    file = folder / "ledger/checkpoint"
    file.write_bytes(file.read_bytes().replace(b"\n1000\n", b"\n999\n"))


def change_time(folder):
    file = folder / "ledger/checkpoint"
    file.write_bytes(file.read_bytes().replace(b"signed-at 2", b"signed-at 3"))


def replace_all(folder):
    shutil.rmtree(folder / "ledger")
    build(folder, list(range(SIZE)), key="other", note="made up")


def roll_back(folder):
    shutil.rmtree(folder / "ledger")
    build(folder, list(range(900)))


def restore_older(folder):
    shutil.rmtree(folder / "ledger")
    shutil.copytree(folder / "at_pin", folder / "ledger")
    (folder / "ledger/checkpoint").write_bytes((folder / "ledger/checkpoints" / f"{660:019d}").read_bytes())
    (folder / "ledger/checkpoints" / f"{PIN:019d}").unlink()


def key_holder_rewrites(folder):
    rebuild(folder, list(range(SIZE)), key="key", note="rewritten")


def key_holder_rewrites_after_pin(folder):
    shutil.rmtree(folder / "ledger")
    shutil.copytree(folder / "at_pin", folder / "ledger")
    Ledger(folder / "ledger", folder / "key").append(
        [entry(number, "rewritten") for number in range(PIN, SIZE)]
    )


#: tampering → (seen with the public key alone, seen with a checkpoint pinned at 990). The last three
#: are what signatures cannot show; docs/ledger.md says so.
TABLE = {
    nothing: (False, False),
    edit: (True, True),
    delete_keep_tiles: (True, True),
    delete_and_rebuild: (True, True),
    delete_tail: (True, True),
    reorder: (True, True),
    insert: (True, True),
    flip_tile: (True, True),
    delete_tile: (True, True),
    delete_upper_tile: (True, True),
    widen_tile: (True, True),
    delete_bundle: (True, True),
    tear_bundle: (True, True),
    empty_checkpoint: (True, True),
    remove_checkpoint: (True, True),
    strip_signature: (True, True),
    foreign_signature: (True, True),
    change_size: (True, True),
    change_time: (True, True),
    replace_all: (True, True),
    roll_back: (False, True),
    restore_older: (False, True),
    key_holder_rewrites: (False, True),
    key_holder_rewrites_after_pin: (False, False),
}


@pytest.mark.parametrize(("tamper", "seen"), TABLE.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_who_sees_it(case, tamper, seen):
    folder, pin = case
    tamper(folder)
    ledger = Ledger(folder / "ledger", folder / "key")
    found = (not ledger.verify().ok, not ledger.verify([pin]).ok)
    assert found == seen, (ledger.verify().problems, ledger.verify([pin]).problems)


def test_rolling_back_only_the_head_shows_in_the_history(case):
    folder, _ = case
    older = (folder / "ledger/checkpoints" / f"{PIN:019d}").read_bytes()
    (folder / "ledger/checkpoint").write_bytes(older)
    ledger = Ledger(folder / "ledger", folder / "key")
    assert "rolled back" in ledger.verify().sentence
    with pytest.raises(LedgerError, match="rolled back"):
        ledger.append([entry(1)])


def test_a_pin_of_another_ledger_does_not_pass(case, tmp_path):
    folder, _ = case
    other = build(tmp_path / "other", list(range(PIN)), key="other")
    verification = Ledger(folder / "ledger", folder / "key").verify(
        [(other.directory / "checkpoint").read_bytes()]
    )
    assert not verification.ok
    assert verification.pinned == 0


def test_nothing_is_written_on_top_of_damage(case):
    folder, _ = case
    flip = folder / "ledger" / tile_path(1, 0, 3)
    raw = bytearray(flip.read_bytes())
    raw[0] ^= 1
    flip.write_bytes(raw)
    ledger = Ledger(folder / "ledger", folder / "key")
    with pytest.raises(Exception, match="do not add up"):
        ledger.append([entry(1)])
    with pytest.raises(Exception, match="do not add up"):
        ledger.append_once([entry(5000)])


def test_verification_says_what_it_covered(case):
    folder, pin = case
    verification = Ledger(folder / "ledger", folder / "key").verify([pin])
    assert verification.size == SIZE
    assert verification.kinds == {"row": SIZE}
    assert (verification.pinned, verification.pinned_size) == (1, PIN)
    assert "1,000 entries (1,000 row)" in verification.sentence
    assert "990" in verification.sentence
