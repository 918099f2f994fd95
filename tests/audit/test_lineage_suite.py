"""The seeded lineage suite itself: repeatable, balanced, and true about what its calls carry."""

from collections import Counter
from random import Random

import pytest

from afteraction.audit.evaluation import lineage_suite
from afteraction.audit.evaluation.lineage_suite_changes import CHANGES, cut
from afteraction.audit.evaluation.lineage_suite_lures import LURES
from afteraction.audit.evaluation.lineage_suite_sessions import sessions
from afteraction.audit.evaluation.lineage_suite_values import SHORTEST, VALUES, near

SOME = 2 * len(CHANGES)


def test_the_same_seed_makes_the_same_sessions():
    first, again, other = (list(sessions(seed, 20)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_every_change_and_look_alike_comes_equally_often():
    made = list(sessions(5, SOME))
    planted = Counter(one.change for session in made for one in session.planted)
    lures = Counter(one.lure for session in made for one in session.benign if one.lure in LURES)
    for count, names in ((planted, CHANGES), (lures, LURES)):
        assert set(count) == set(names)
        assert max(count.values()) - min(count.values()) <= 1


def test_a_planted_value_is_read_before_it_is_sent():
    for session in sessions(6, SOME):
        for one in session.planted:
            assert one.source < min(one.sent)


@pytest.mark.parametrize("kind", VALUES)
def test_values_are_long_enough_and_differ_from_their_likes(kind):
    rng = Random(1)
    for _ in range(50):
        value = VALUES[kind](rng)
        assert len(value) >= SHORTEST - 1
        other = near(rng, value)
        assert sum(a != b for a, b in zip(value, other, strict=True)) >= 2


def test_pieces_make_the_whole_again():
    rng = Random(2)
    for size in range(4, 60):
        text = "".join(rng.choices("abcdef", k=size))
        pieces = cut(rng, text, 4, 6)
        assert "".join(pieces) == text
        assert min(map(len, pieces)) >= 4


def test_a_share_has_its_interval():
    figure = lineage_suite.wilson(0, 1000)
    assert (figure.value, figure.low) == (0.0, pytest.approx(0.0))
    assert 0.003 < figure.high < 0.004
    assert lineage_suite.wilson(5, 10).low < 0.5 < lineage_suite.wilson(5, 10).high


def test_the_suite_counts_every_value_and_call():
    suite = lineage_suite.run(60, seed=8)
    assert suite.planted[-1].count == 120
    assert sum(row.count for row in suite.planted[:-1]) == 120
    assert suite.benign[-1].count == sum(row.count for row in suite.benign[:-1])
