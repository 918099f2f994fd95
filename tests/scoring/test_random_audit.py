"""Random audits: about the share that was asked for, the same ones again, in no pattern without the key."""

import polars as pl
import pytest

from afteraction.scoring.random_audit import drawn

KEY = b"k" * 32


def actions(count: int, date: str = "2026-11-02") -> pl.DataFrame:
    ids = [f"act_{date}_{number}" for number in range(count)]
    sessions = [f"ses_{number // 4}" for number in range(count)]
    tenants, days = ["acme"] * count, [date] * count
    return pl.DataFrame({"action_id": ids, "session_key": sessions, "tenant": tenants, "event_date": days})


def dates(tickets: int | None, held: int, date: str = "2026-11-02") -> pl.DataFrame:
    schema = {"event_date": pl.String, "held": pl.Int64, "tickets": pl.Int64}
    return pl.DataFrame({"event_date": [date], "held": [held], "tickets": [tickets]}, schema=schema)


def draw(rows, days, share=0.1, key=KEY):
    return drawn(rows, days, share, lambda _tenant: key)


def test_about_a_tenth_of_the_tickets_with_the_chance_that_is_logged():
    found = draw(actions(20_000), dates(1_000, 21_000))
    assert found["propensity"].unique().to_list() == [pytest.approx(0.1 * 1_000 / 20_000)]
    assert 60 <= found.height <= 140


def test_every_action_has_the_same_chance_wherever_it_stands_in_its_session():
    drawn_of = [0] * 4
    for number in range(40):
        found = draw(actions(2_000), dates(200, 2_200), key=bytes([number]) * 32)
        for name in found["action_id"]:
            drawn_of[int(name.rpartition("_")[2]) % 4] += 1
    assert sum(drawn_of) == pytest.approx(40 * 20, rel=0.15)
    assert all(one == pytest.approx(200, rel=0.3) for one in drawn_of)


def test_the_same_are_drawn_again_and_others_with_another_key():
    rows, days = actions(5_000), dates(500, 5_500)
    first, again = draw(rows, days), draw(rows.sample(fraction=1.0, shuffle=True, seed=3), days)
    assert set(first["action_id"]) == set(again["action_id"])
    assert set(first["action_id"]) != set(draw(rows, days, key=b"o" * 32)["action_id"])


def test_more_tickets_draw_more_and_keep_those_that_were_drawn():
    few, many = (set(draw(actions(3_000), dates(n, 4_000))["action_id"]) for n in (200, 800))
    assert few < many


def test_a_date_without_tickets_is_not_out_of_reach():
    found = draw(actions(1_000), dates(None, 1_000), share=1.0)
    assert draw(actions(1_000), dates(0, 1_000), share=1.0).equals(found)
    chances = [draw(actions(10), dates(None, 10), share=0.5), draw(actions(400), dates(None, 400), share=1.0)]
    assert all((one["propensity"] > 0).all() for one in chances)


@pytest.mark.parametrize("share", [0.0, -1.0])
def test_off_is_off(share):
    found = draw(actions(1_000), dates(900, 1_900), share=share)
    assert found.is_empty()
    assert "propensity" in found.columns


def test_everything_is_the_most_that_can_be_drawn():
    found = draw(actions(5), dates(50, 55), share=1.0)
    assert found.height == 5
    assert found["propensity"].to_list() == [1.0] * 5


def test_odd_ids_and_empty_frames_do_not_matter():
    odd = actions(3).with_columns(action_id=pl.Series(["\u202e", "x" * 300, ""]))
    assert draw(odd, dates(30, 33), share=1.0).height == 3
    assert draw(actions(0), dates(1, 1)).is_empty()
