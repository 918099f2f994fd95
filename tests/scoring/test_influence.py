"""Nobody supplies more than a fifth, however many verdicts they give and however they are spread."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afteraction.scoring.influence import ANCHOR, SHARE, capped, largest_share

ROWS = st.lists(
    st.tuples(st.floats(0, 50), st.sampled_from("abcdefg"), st.sampled_from("123456789")), max_size=60
)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_no_reviewer_and_no_agent_has_more_than_a_fifth(rows):
    weights = np.array([row[0] for row in rows])
    people, agents = [row[1] for row in rows], [row[2] for row in rows]
    kept = capped(weights, (people, agents))
    assert (kept <= weights + 1e-12).all()
    assert (kept >= 0).all()
    for names in (people, agents):
        assert largest_share(kept, names) <= SHARE * (1 + 1e-6)


@pytest.mark.parametrize(("count", "most"), [(1, 1 / 4), (2, 2 / 3), (3, 3 / 2), (4, 4.0)])
def test_fewer_than_five_count_at_most_so_many_anchors_together(count, most):
    people = [f"p{row % count}" for row in range(400)]
    kept = capped(np.ones(400), (people,))
    assert kept.sum() == pytest.approx(most * ANCHOR)


def test_five_with_as_many_verdicts_each_count_in_full():
    people = [f"p{row % 5}" for row in range(400)]
    assert capped(np.ones(400), (people,)).tolist() == [1.0] * 400


def test_one_who_answers_everything_is_held_to_a_fifth_of_all():
    people = ["busy"] * 1_000 + [f"p{row % 6}" for row in range(60)]
    kept = capped(np.ones(1_060), (people,))
    assert kept[1_000:].tolist() == [1.0] * 60
    assert kept[:1_000].sum() == pytest.approx(0.2 * (ANCHOR + kept.sum()))


def test_nothing_stays_nothing():
    assert capped(np.zeros(0), ((), ())).tolist() == []
    assert capped(np.zeros(3), (["a", "b", "c"],)).tolist() == [0.0] * 3
    assert largest_share(np.zeros(0), []) == 0.0
