"""Values drawn at random and words: letter groups tell them apart; training makes the groups of texts."""

from __future__ import annotations

import random
import string

import pytest

from detectors.lookalikes import is_grouped, looks_random
from detectors.wording import PIECES_FILE, efficiency
from detectors.wording_training import learn, words


def drawn(seed: int, size: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(random.Random(seed).choices(letters, k=size))


@pytest.mark.parametrize("size", [16, 24, 40])
def test_values_drawn_at_random_look_random(size: int) -> None:
    found = [looks_random(drawn(seed, size)) for seed in range(300)]
    assert sum(found) >= 294


@pytest.mark.parametrize(
    "value",
    [
        "configuration_manager", "UsernamePasswordCredential", "primary-key-columns", "sunflower_garden",
        "get_current_session", "aaaaaaaaaaaaaaaa1111", "deadbeefcafefacade", "2024010112345678", "short1",
    ],
)  # fmt: skip
def test_words_numbers_and_repetitions_do_not(value: str) -> None:
    assert not looks_random(value)


def test_keys_in_groups_and_names_in_groups() -> None:
    assert is_grouped("4K7Q-92ZD-X3VM-71TB")
    assert not is_grouped("prod-db01-main-2024")
    assert not is_grouped("2024-0101-1200")


def test_efficiency_of_nothing_and_of_signs() -> None:
    assert efficiency("") == 1.0
    assert efficiency("-_-./") == 1.0


def test_learning_joins_the_commonest_neighbours_first_and_is_repeatable() -> None:
    counted = words(["table cable stable", "able TABLE"])
    made = learn(counted, 3)
    assert made == learn(counted, 3)
    assert made[-1] == "able"


def test_the_shipped_table_has_one_group_a_line() -> None:
    lines = PIECES_FILE.read_text("utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert all(line.isalpha() and line.islower() and len(line) > 1 for line in lines)
