"""Fingerprints of texts: what shares words shares one, whatever its form; without the key nothing is told."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest

from afteraction.lineage.chains import affected, link
from afteraction.lineage.chains.prints import DENSE, RUN, WINDOW, keyed, prints, wholes
from afteraction.records.chain import CHAINS, TOUCHES

KEY, OTHER = b"k" * 32, b"o" * 32


def words(draw, count):
    return [f"w{draw.randrange(10**6)}" for _ in range(count)]


def runs(text, *, dense=False):
    made = prints([text], np.array([dense]))
    return set(made.run.tolist())


@pytest.mark.parametrize("seed", range(20))
def test_texts_that_share_enough_words_in_a_row_share_a_fingerprint(seed):
    draw = random.Random(seed)
    shared = words(draw, RUN + WINDOW - 1)
    one = " ".join([*words(draw, draw.randrange(200)), *shared, *words(draw, draw.randrange(200))])
    two = " ".join([*words(draw, draw.randrange(200)), *shared, *words(draw, draw.randrange(200))])
    assert runs(one) & runs(two)


def test_other_texts_share_none():
    draw = random.Random(1)
    assert not runs(" ".join(words(draw, 3000))) & runs(" ".join(words(draw, 3000)))


def test_case_spacing_punctuation_and_json_escapes_do_not_matter():
    draw = random.Random(2)
    told = words(draw, 40)
    plain = runs(" ".join(told))
    assert runs("\\n".join(word.upper() for word in told)) == plain
    assert runs('{"text": "' + "\\t ".join(told) + '"}') & plain


def test_a_short_text_keeps_every_run_where_it_was_written():
    draw = random.Random(3)
    told = words(draw, DENSE)
    assert len(runs(" ".join(told), dense=True)) == DENSE - RUN + 1
    assert len(runs(" ".join(told))) < DENSE / 3


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("call 4915123456789 now", 1),
        ("id 550e8400e29b41d4", 1),
        ("year 2026 and 12345678", 0),
        ("wonderfulnessless", 0),
        ("v1beta2", 0),
        ("x" * 200 + "1", 0),
    ],
)
def test_telling_values_are_long_and_have_digits(text, count):
    assert prints([text], np.zeros(1, dtype=bool)).value.size == count


def test_values_that_differ_in_any_place_differ():
    values = ["a1" * 20]
    values += [values[0][:at] + "z" + values[0][at + 1 :] for at in range(40)]
    made = prints(values, np.zeros(len(values), dtype=bool))
    assert len(set(made.value.tolist())) == len(values)


def test_every_text_owns_its_fingerprints():
    texts = ["", "one two three four five", "", "nul\0byte six seven eight nine", "\n", "ten"]
    made = prints(texts, np.ones(len(texts), dtype=bool))
    assert set(made.run_text.tolist()) == {1, 3}


@pytest.mark.parametrize("texts", [[], [""], ["\0"], ["\ud800"], ["\u202e" * 50], ["a" * (1 << 20)], ["\\"]])
def test_odd_texts_do_not_hurt(texts):
    made = prints(texts, np.zeros(len(texts), dtype=bool))
    assert made.run.size == made.run_text.size
    assert wholes(texts).size == len(texts)


def test_many_texts_are_cut_into_chunks_without_losing_whose_is_whose():
    draw = random.Random(4)
    texts = [" ".join(words(draw, 300)) for _ in range(200)]
    together = prints(texts, np.zeros(len(texts), dtype=bool))
    for number in (0, 77, 199):
        assert set(together.run[together.run_text == number].tolist()) == runs(texts[number])


def test_places_are_equal_by_their_words_in_order():
    made = wholes(["./Notes/a.md", "notes/a.md", "a/notes.md", "notes/b.md"])
    assert made[0] == made[1]
    assert len(set(made.tolist())) == 3


def test_the_key_and_the_use_keep_fingerprints_apart():
    hashes = np.arange(100, dtype=np.uint64)
    made = {name: set(keyed(hashes, key, kind).tolist()) for name, key, kind in [
        ("one", KEY, "run"), ("two", OTHER, "run"), ("three", KEY, "value"),
    ]}  # fmt: skip
    assert all(len(part) == 100 for part in made.values())
    assert not made["one"] & made["two"]
    assert not made["one"] & made["three"]
    assert set(keyed(hashes, KEY, "run").tolist()) == made["one"]


def test_no_touches_make_no_chains():
    empty = pl.DataFrame(schema=TOUCHES)
    keys = pl.Series(["ses_1"], dtype=pl.String)
    assert link(empty, keys).schema == pl.Schema(CHAINS)
    assert affected(empty, keys).to_list() == ["ses_1"]
