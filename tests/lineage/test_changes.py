"""Laws of lineage: changes are followed, look-alikes are not, batching and order of rows are irrelevant."""

from __future__ import annotations

import base64
import json
import string
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afteraction.lineage import follow
from afteraction.lineage.decoding import MAX_DEPTH, decoded
from afteraction.lineage.tokens import folded, tokenize

TOKEN = st.text(string.ascii_letters + string.digits, min_size=20, max_size=40).filter(
    lambda text: len(set(text)) > 10 and sum(map(str.isdigit, text)) > 3 and sum(map(str.isalpha, text)) > 8
)
SOME = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[])


def rot(value: str, by: int) -> str:
    moved = {
        c: chr((ord(c) - base + by) % 26 + base)
        for base in (65, 97)
        for c in map(chr, range(base, base + 26))
    }
    return "".join(moved.get(c, c) for c in value)


def b32(value: str) -> str:
    return base64.b32encode(value.encode()).decode()


CHANGED = {
    "spaced out": " ".join,
    "in fours": lambda v: "-".join(v[i : i + 4] for i in range(0, len(v), 4)),
    "glued": lambda v: f"qq7{v}zz9",
    "amid a path": lambda v: f"https://a.example/{v}/x.png",
    "reversed": lambda v: v[::-1],
    "rot13": lambda v: rot(v, 13),
    "shifted by five": lambda v: rot(v, 5),
    "base32": b32,
    "base32 in labels": lambda v: (
        b32(v).rstrip("=").lower()[:40] + "." + b32(v).rstrip("=").lower()[40:] + ".x.example"
    ),
    "base64 reversed": lambda v: base64.b64encode(v.encode()).decode()[::-1],
    "hex with colons": lambda v: "key:" + v.encode().hex(":"),
    "escaped bytes": lambda v: "".join(f"\\x{b:02x}" for b in v.encode()),
    "a slice": lambda v: v[3:18],
}


def flows_of(make, value, *calls):
    steps = [
        ("user", "Please go on."),
        ("call", "read_note", {"name": "n"}, f"the number is {value} as agreed"),
    ]
    return follow(make([*steps, *(("call", "send_note", args, "ok") for args in calls)]))


@pytest.mark.parametrize("change", CHANGED)
@given(value=TOKEN)
@SOME
def test_every_change_is_followed(change, value, batch_maker):
    batch = flows_of(batch_maker, value, {"body": CHANGED[change](value)})
    assert batch.flows["origin_action_id"].to_list() == [batch.actions["action_id"][0]]


@given(value=TOKEN, size=st.integers(5, 9))
@SOME
def test_pieces_are_put_together(value, size, batch_maker):
    pieces = [value[i : i + size] for i in range(0, len(value) - size + 1, size)]
    over_calls = flows_of(batch_maker, value, *({"body": piece} for piece in pieces))
    assert over_calls.flows["seq"].n_unique() == len(pieces)
    over_arguments = flows_of(batch_maker, value, {f"field{n}": piece for n, piece in enumerate(pieces)})
    assert over_arguments.flows["arg_path"].n_unique() == len(pieces)


@pytest.mark.parametrize(
    "pieces",
    [
        ["Tourkreex!", "hinweltait48"],
        ["Gaindlon", "d Fankananpun"],
        ["https", "://fi", "les.t", "airst", "orwas.e", "xample/d", "WNOE", "kcfZH", "hRTE", "eTop"],
        ["653 G", "ossi", "ndgu", "m Squ", "are, ", "2246", "4 Pai", "rlais"],
    ],
)
def test_pieces_cut_at_the_border_of_words_or_too_small_to_be_looked_up_are_found(pieces, batch_maker):
    """A seam had to lie within a word, and pieces of four letters at either end were left out."""
    found = flows_of(batch_maker, "".join(pieces), *({"body": piece} for piece in pieces))
    assert found.flows["seq"].n_unique() == len(pieces)


def test_neighbours_that_go_on_elsewhere_are_no_pieces(batch_maker):
    value = "WNOEkc7ZHhRTE2Top"
    said = ["hello", value[:9], value[9:], "thanks", "again"]
    found = flows_of(batch_maker, value, *({"body": piece} for piece in said))
    assert sorted(found.flows["seq"].unique()) == [2, 3]


@given(value=TOKEN, other=TOKEN)
@SOME
def test_another_value_of_the_same_form_is_not_linked(value, other, batch_maker):
    tail = value[10:]
    batch = flows_of(batch_maker, value, {"body": other}, {"body": other[: len(value) - len(tail)] + tail})
    sent = batch.actions["action_id"].to_list()
    if other[:10] != value[:10]:
        assert sent[1] not in batch.flows["action_id"].to_list()


@given(
    value=TOKEN,
    layers=st.lists(st.sampled_from(["b64", "hex", "b32", "json"]), min_size=1, max_size=MAX_DEPTH),
)
@SOME
def test_codings_are_undone_to_the_depth_that_is_promised(value, layers):
    layer = {
        "b64": lambda v: base64.b64encode(v.encode()).decode(),
        "hex": lambda v: v.encode().hex(),
        "b32": b32,
        "json": lambda v: json.dumps({"data": v}),
    }
    text = value
    for name in layers:
        text = layer[name](text)
    coded = [name for name in layers if name != "json"]
    assert not coded or any(value in one.text for one in decoded(text))


def test_a_bomb_of_codings_is_bounded():
    text = " ".join(base64.b64encode(f"{n:09d} padding {n}".encode()).decode() for n in range(5000))
    for _ in range(3):
        text = base64.b64encode(text.encode()).decode() + " " + text[:100_000]
    found = decoded(text)
    assert len(found) <= 256
    assert sum(len(one.text) for one in found) < 4 << 20


def sessions_of(seed: int) -> list[list[tuple]]:
    rng = Random(seed)
    made = []
    for _ in range(6):
        value = "".join(rng.choices(string.ascii_letters + string.digits, k=24))
        change = CHANGED[rng.choice(list(CHANGED))]
        made.append(
            [
                ("user", f"Look at item {rng.randint(1, 99)}"),
                ("call", "read_note", {"name": f"n{rng.randint(1, 9)}"}, f"item {value} of {rng.random()}"),
                ("call", "send_note", {"body": change(value)}, "ok"),
                *(("call", "put", {"part": value[i : i + 6]}, "ok") for i in range(0, 24, 6)),
            ]
        )
    return made


@pytest.mark.parametrize("seed", range(5))
def test_batching_and_order_of_rows_change_nothing(seed, sessions):
    whole = sessions(*sessions_of(seed))
    together = follow(whole)
    mixed = follow(whole.with_(actions=whole.actions.sample(fraction=1.0, shuffle=True, seed=seed)))
    keys = whole.actions["session_key"].unique().to_list()
    alone = [follow(whole.with_(actions=whole.actions.filter(pl.col("session_key") == key))) for key in keys]
    for name, order in (("flows", ["flow_id"]), ("arguments", ["action_id", "arg_path", "value"])):
        expected = getattr(together, name).sort(order)
        assert getattr(mixed, name).sort(order).equals(expected)
        assert pl.concat([getattr(one, name) for one in alone]).sort(order).equals(expected)


@pytest.mark.parametrize("pair", ["ÅÄÖ åäö", "ŁŃŽ łńž", "ΑΒΩ αβω", "ПРИВЕТЯ приветя"])
def test_capitals_beyond_ascii_fold(pair):
    capital, small = pair.split()
    first, second = (tokenize([one]).hash.tolist() for one in (capital, small))
    assert first == second
    assert folded(capital).tobytes() == folded(small).tobytes()


def test_escaped_letters_are_no_words():
    assert len(tokenize([r"\u00c5sa"]).hash) == 1
    assert len(tokenize([r"C:\users"]).hash) == 2
