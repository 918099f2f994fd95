"""Every behaviour detector fires on its firing examples and stays silent on the others."""

from __future__ import annotations

import polars as pl
import pytest

from detectors import behaviour
from detectors.behaviour_detector import BehaviourDetector

DETECTORS = behaviour.all_detectors()
each_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)


@each_detector
def test_firing_examples_fire_and_silent_ones_do_not(detector: BehaviourDetector, build):
    examples = (*detector.firing, *detector.silent)
    assert detector.firing
    assert detector.silent
    batch = build(examples)
    baseline = detector.baseline(detector.past()) if detector.past else None
    found = detector.features(batch, baseline).filter(detector.odd)
    fired = batch.actions.join(found, on="action_id", how="semi").get_column("session_id")
    numbers = {int(name.split(" ")[0]) for name in fired}
    assert numbers == set(range(len(detector.firing)))


@each_detector
def test_what_counts_as_odd_needs_no_more_than_its_own_columns(detector: BehaviourDetector):
    empty = pl.DataFrame(schema=dict(detector.columns))
    assert empty.filter(detector.odd).is_empty()
