"""The suite of encoded secrets: repeatable, and every encoding reaches its mark on a small run."""

from __future__ import annotations

from random import Random

import pytest

from afteraction.audit.evaluation.encoded_suite import EncodedSuite, run
from afteraction.audit.evaluation.encoded_suite_texts import FORMS, HARMLESS, SECRETS, document
from afteraction.audit.evaluation.report import encoded_tables


@pytest.fixture(scope="module")
def small() -> EncodedSuite:
    return run(each=10, seed=3)


def test_every_encoding_is_found_and_masked(small):
    for one in small.planted:
        assert one.count == 10
        assert one.found.value >= 0.9, one.form
        assert one.masked is None or one.masked.value >= 0.9, one.form


def test_harmless_texts_are_not(small):
    assert {one.form for one in small.harmless} == set(HARMLESS)
    assert all(one.found.value == 0 for one in small.harmless)


def test_the_texts_are_the_same_for_the_same_seed_and_hold_their_secret():
    for name, make in SECRETS.items():
        line, secret = make(Random(name))
        assert (line, secret) == make(Random(name))
        assert secret in line
        assert secret not in FORMS["hex"](document(Random(1), line))


def test_the_tables_have_a_row_for_each_encoding(small):
    planted, harmless = encoded_tables(small)
    assert {row[0] for row in planted.rows} >= set(FORMS)
    assert len(harmless.rows) == len(HARMLESS)
