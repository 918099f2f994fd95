"""The flow graph: honest about what it leaves out, nothing overlaps, and what others wrote stays text."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from drawn_session import made_up
from hostile import HOSTILE

from afteraction.lineage import picture
from afteraction.lineage.picture import layout
from afteraction.lineage.picture.words import cut, lines, short, spelled, width, xml
from afteraction.records.chain import CHAINS
from afteraction.records.flow import FLOWS

SESSIONS = {"one": (1, 0), "few": (5, 4), "many": (40, 60), "crowd": (400, 900)}
each_session = pytest.mark.parametrize("size", SESSIONS.values(), ids=SESSIONS)


def action(number, **more):
    row = {
        "action_id": f"act_{number}", "position": number, "seq": number, "tool": f"tool_{number}",
        "operation": "read", "target": None, "destination": None, "destination_class": "none",
        "level": "none", "risk": 0.0,
    }  # fmt: skip
    return {**row, **more}


def flow(source, target, **more):
    row = dict.fromkeys(FLOWS) | {
        "flow_id": f"{source}-{target}", "action_id": f"act_{target}", "origin": "result",
        "origin_action_id": f"act_{source}", "how": "exact", "strength": 1.0, "sensitivity": "none",
    }  # fmt: skip
    return {**row, **more}


def graph(actions, flows, **more):
    return picture.graph_of(
        pl.DataFrame(actions, infer_schema_length=None), pl.DataFrame(flows, schema=FLOWS), **more
    )


def leak():
    return graph(
        [
            action(0, tool="read_file", target="credentials"),
            action(1, tool="http_post", operation="send", destination="collect.example.net",
                   destination_class="unknown", level="critical", risk=0.95),
        ],
        [flow(0, 1, how="base64", sensitivity="secret", strength=0.5)],
        focus="act_1",
    )  # fmt: skip


def test_a_leak_reads_from_left_to_right():
    placed = layout.place(leak())
    names = [box.node.title for box in sorted(placed.boxes, key=lambda box: box.x)]
    assert names == ["credentials", "read_file", "http_post", "collect.example.net"]
    labels = {(one.edge.source, one.edge.told, one.edge.sensitivity) for one in placed.routes}
    assert ("act_0", "base64 50%", "secret") in labels
    assert ("act_1", "send", "secret") in labels, "what goes out is as sensitive as what flowed in"


def test_the_leak_is_told_as_one_way():
    (way,), left = picture.paths(leak())
    assert [node.title for node in way.nodes] == [
        "credentials", "read_file", "http_post", "collect.example.net",
    ]  # fmt: skip
    assert left == 0


def test_flows_between_the_same_calls_are_one_line_told_by_the_worst():
    found = graph(
        [action(0), action(1)],
        [flow(0, 1), flow(0, 1, flow_id="b", how="hex", strength=0.2, sensitivity="personal")],
    )
    (edge,) = found.edges
    assert (edge.count, edge.how, edge.sensitivity, edge.strength) == (2, "hex", "personal", 1.0)
    assert (found.flows, found.left_flows) == (2, 0)


@each_session
def test_what_is_drawn_and_what_is_left_out_add_up(size):
    actions, flows = made_up(*size)
    found = picture.graph_of(actions, flows, focus="act_0000")
    drawn = {node.key for node in found.nodes if node.kind == "action"}
    assert len(found.nodes) <= 40
    assert "act_0000" in drawn
    assert len(drawn) + found.left_calls == found.calls
    assert found.calls == actions.height
    told = sum(edge.count for edge in found.edges if edge.how)
    assert told + found.left_flows == found.flows
    if found.left_calls:
        assert f"+ {found.left_calls:,} more call" in picture.svg(found)


@each_session
def test_no_boxes_and_no_labels_overlap(size):
    placed = layout.place(picture.graph_of(*made_up(*size, seed=size[0])))
    boxes = [(one.x, one.y, one.x + one.wide, one.y + one.height) for one in placed.boxes]
    labels = [
        (x, y - one.label_high / 2, x + one.label_wide, y + one.label_high / 2)
        for one in placed.routes
        for x, y in [one.label_at]
    ]
    for (a, b, c, d), (e, f, g, h) in itertools.combinations([*boxes, *labels], 2):
        assert not (a < g - 0.01 and e < c - 0.01 and b < h - 0.01 and f < d - 0.01)
    assert all(a >= 0 and c <= layout.WIDTH and b >= 0 for a, b, c, d in [*boxes, *labels])


def chain(read, written, **more):
    row = dict.fromkeys(CHAINS) | {
        "chain_id": f"{read}-{written}", "session_key": "ses_reader", "writer_session_key": "ses_writer",
        "read_action_id": read, "written_action_id": written, "place": "notes/plan.md", "strength": 0.8,
        "sensitivity": "secret", "how": "same place>secret", "writer_agent_id": "scribe",
        "agent_id": "courier",
        "origin_place": ".env", "destination": "drop.example", "destination_class": "unknown",
    }  # fmt: skip
    return {**row, **more}


def chained(*rows, calls=2):
    actions = pl.DataFrame([action(number) for number in range(calls)], infer_schema_length=None)
    flows = pl.DataFrame([flow(0, 1)], schema=FLOWS)
    return picture.graph_of(actions, flows, pl.DataFrame(rows, schema=CHAINS))


def test_chains_lead_from_and_to_other_sessions():
    found = chained(chain("act_0", "act_elsewhere"), chain("act_far", "act_1"))
    (way,), _ = picture.paths(found)
    assert [node.title for node in way.nodes] == [
        "another session of scribe", "tool_0", "tool_1", "another session of courier",
    ]  # fmt: skip
    assert way.nodes[0].detail == "left notes/plan.md, had it from .env"
    assert way.nodes[-1].detail == "read notes/plan.md, took it to drop.example"
    assert [edge.chain for edge in way.edges] == [True, False, True]
    assert (found.flows, found.left_flows, found.left_chains) == (1, 0, 0)
    assert "another session" in picture.svg(found)


def test_chains_within_the_session_or_of_others_are_not_drawn():
    found = chained(chain("act_0", "act_1"), chain("act_x", "act_y"))
    assert not any(edge.chain for edge in found.edges)


def test_more_chains_than_fit_are_counted():
    rows = [chain("act_0", f"act_w{n}", writer_session_key=f"ses_{n}", chain_id=str(n)) for n in range(30)]
    found = chained(*rows)
    assert found.left_chains == 30 - sum(edge.chain for edge in found.edges)
    assert f"+ {found.left_chains} more chains to other sessions" in picture.svg(found)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_of_other_sessions_stay_text(text):
    found = chained(
        chain("act_0", "act_w", place=text, writer_agent_id=text, origin_place=text, how=text),
        chain("act_r", "act_1", place=text, agent_id=text, destination=text),
    )
    ET.fromstring(picture.svg(found))
    assert "<script" not in picture.page(found)


@each_session
def test_the_order_of_rows_does_not_matter(size):
    actions, flows = made_up(*size)
    again = picture.graph_of(
        actions.sample(fraction=1, shuffle=True, seed=3), flows.sample(fraction=1, shuffle=True, seed=4)
    )
    assert picture.svg(again) == picture.svg(picture.graph_of(actions, flows))


def test_a_long_chain_stays_within_the_width():
    found = graph([action(n) for n in range(30)], [flow(n, n + 1) for n in range(29)])
    placed = layout.place(found)
    assert placed.columns <= 5
    assert max(box.x + box.wide for box in placed.boxes) <= layout.WIDTH


def test_flows_against_the_order_of_calls_do_not_loop():
    found = graph([action(0), action(1)], [flow(0, 1), flow(1, 0), flow(1, 1)])
    assert ET.fromstring(picture.svg(found)).tag.endswith("svg")
    assert len(found.edges) == 2


def test_nothing_gives_an_empty_picture():
    found = picture.graph_of(pl.DataFrame(schema={"action_id": pl.String()}), pl.DataFrame(schema=FLOWS))
    assert ET.fromstring(picture.svg(found)) is not None
    assert picture.paths(found) == ((), 0)


@pytest.mark.parametrize("seed", range(6))
def test_hostile_names_stay_text(seed):
    actions, flows = made_up(20, 25, seed, HOSTILE)
    found = picture.graph_of(actions, flows, title=HOSTILE[0], request=HOSTILE[seed])
    drawing = picture.svg(found)
    tree = ET.fromstring(drawing)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "g", "path", "text", "clipPath"}
    names = {name for element in tree.iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or "href" in name}
    assert set(re.findall(r"url\((?!#fg-)[^)]*", "".join(tree.attrib.values()))) == set()
    shown = "".join(tree.itertext())
    assert not set(shown) & {"\u202e", "\u2066", "\x00", "\x1b"}
    assert picture.page(found).count("<svg") == 1
    assert "<script" not in picture.page(found)
    drawing.encode("utf-8")


def test_words_are_cut_to_their_room():
    assert cut("short", 10, 100) == "short"
    long = cut("w" * 300, 10, 100)
    assert long.endswith("…")
    assert width(long, 10) <= 100
    broken = lines("get_customer_invoice_history", 12, 110)
    assert broken[0].endswith("_")
    assert all(width(line, 12) <= 110 for line in broken)


def test_words_hide_nothing():
    assert spelled("a\u202eb\n") == "a\\u{202e}b\\u{a}"
    assert len(spelled("x" * 1000)) == 300
    assert spelled(None) == ""
    assert short("[EMAIL:fp_cbd23c984fe7]@x.example") == "[EMAIL cbd2]@x.example"
    assert xml("<a b='c'>&\"") == "&lt;a b=&#39;c&#39;&gt;&amp;&quot;"
