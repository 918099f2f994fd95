"""What history taught travels in the bundle: audit and hook hold a destination against the same past."""

import json

import pytest
from afteraction_hook.bundle import BundleError, load
from afteraction_hook.features import features

from afteraction import policy
from afteraction.audit import Audit, baselines
from afteraction.audit.hook_lists import learned
from afteraction.lake import Lake

HOSTS = ("api.helper.example", "files.partner.example", "new.stranger.example")


def line(session, call, agent, day, **fields):
    base = {"session_id": session, "agent_id": agent, "call_id": call, "time": f"2026-11-{day:02}T10:00:00Z"}
    return json.dumps(base | {"result": "ok"} | fields)


def posts(agent, host, count, day):
    args = {"url": f"https://{host}/v1", "body": "the weekly list"}
    return [
        line(f"{agent}-{host}-{day}-{n}", "c1", agent, day, tool="http_post", args=args) for n in range(count)
    ]


def mails(agent, count, day):
    args = {"to": "kim@mail.example", "body": "the weekly list"}
    return [
        line(f"{agent}-mail-{day}-{n}", "c1", agent, day, tool="send_email", args=args) for n in range(count)
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("taught")
    past = [
        row
        for day in range(3, 7)
        for row in (*posts("a", HOSTS[0], 8, day), *posts("b", HOSTS[1], 5, day), *mails("a", 2, day))
    ]
    later = [*posts("a", HOSTS[0], 1, 9), *posts("a", HOSTS[1], 1, 9), *posts("a", HOSTS[2], 1, 9),
             *mails("a", 1, 9), *posts("b", HOSTS[0], 1, 9), *posts("c", HOSTS[1], 1, 9),
             *posts("c", HOSTS[2], 1, 9)]  # fmt: skip
    for name, rows in (("past", past), ("later", later)):
        file = folder / f"{name}.jsonl"
        file.write_text("\n".join(rows) + "\n")
        audit = Audit(folder / "home")
        if name == "later":
            audit.ingest([file])
            audit.analyse()
        else:
            audit.run([file])
    audit.publish()
    return folder / "home"


def test_audit_and_hook_agree_on_recorded_actions(home):
    bundle = policy.current(home / "bundles").bundle
    lake = Lake(home)
    rows = lake.read("features", columns=("action_id", "row"), dates=["2026-11-09"]).join(
        lake.read("actions", columns=("action_id", "agent_id", "tool", "destination")), on="action_id"
    )
    seen = []
    for row in rows.iter_rows(named=True):
        to = row["destination"].rpartition("@")[2]
        args = {"to": f"somebody@{to}"} if row["tool"] == "send_email" else {"url": f"https://{to}/v1"}
        own = features(row["tool"], args, bundle, "default", row["agent_id"])["destination_surprise"]
        assert own == json.loads(row["row"])["destination_surprise"]
        seen.append(own)
    assert len(set(seen)) >= 5
    assert max(seen) > 5
    assert min(seen) < 1


def test_no_address_of_a_person_leaves_the_lake(home):
    lists = learned(home)
    assert "mail.example" in lists["baseline"]["tenants"]["default"]["destinations"]
    assert "kim" not in json.dumps(lists)
    assert set(lists["tools"]) == {"http_post", "send_email"}
    assert HOSTS[0] in lists["destinations"]


def test_what_is_rare_is_told_as_new(home):
    bundle = policy.current(home / "bundles").bundle
    row = features("drop_table", {"url": "https://new.stranger.example/x"}, bundle, "default", "a")
    assert (row["new_destination"], row["new_tool"]) == (1, 1)


def test_a_published_bundle_loads_again_and_odd_lists_are_refused(home):
    raw = next((home / "bundles").glob("b*.json")).read_bytes()
    assert load(raw).revision
    document = json.loads(raw)
    document["lists"]["baseline"] = {"sessions": 1, "destinations": {}, "tenants": {"t": []}}
    with pytest.raises(BundleError, match="baseline"):
        load(json.dumps(document).encode(), sealed=True)


def test_without_a_past_nothing_is_taught(tmp_path):
    assert learned(tmp_path) == {}
    assert baselines.limits(tmp_path).is_empty()


def test_a_past_too_short_to_judge_by_is_not_taught(tmp_path):
    file = tmp_path / "few.jsonl"
    file.write_text("\n".join(posts("a", HOSTS[0], 5, 3)) + "\n")
    Audit(tmp_path / "home").run([file])
    assert learned(tmp_path / "home") == {}
