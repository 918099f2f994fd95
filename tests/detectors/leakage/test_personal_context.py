"""Personal data beyond patterns: keys in several spellings, addresses of several countries, what adds up."""

from __future__ import annotations

import json

import polars as pl
import pytest

from detectors import exposure, scan
from detectors.examples import reads, sends, session
from detectors.leakage import combined_personal_data
from detectors.runner import run


def labelled(text: str, cache) -> dict[str, list[str]]:
    rows = scan.scan_texts(pl.Series([text]), cache).sort("start").iter_rows(named=True)
    held: dict[str, list[str]] = {}
    for row in rows:
        held.setdefault(row["label"], []).append(text[row["start"] : row["end"]])
    return held


@pytest.mark.parametrize(
    "key", ["first_name", "firstName", "First Name", "LAST_NAME", "customerName", "vorname"]
)
def test_a_key_makes_an_unknown_name_one(key, cache):
    assert labelled(json.dumps({key: "Xqwzy"}), cache) == {"PERSON": ["Xqwzy"]}


@pytest.mark.parametrize(
    "value", ["", "null", "string", "user_id", "Required Field", "last name", "TBD", "x" * 200]
)
def test_fillers_are_no_names(value, cache):
    assert "PERSON" not in labelled(json.dumps({"last_name": value}), cache)


def test_a_name_in_json_in_json_and_in_base64_is_found(cache):
    inner = json.dumps({"first_name": "Marianne"})
    assert labelled(json.dumps({"body": inner}), cache) == {"PERSON": ["Marianne"]}


@pytest.mark.parametrize(
    "text",
    [
        "48 Willow Creek Road, Dayton, OH 45402",
        "221 Long Lane, Leeds LS1 4AB",
        "Lindenstraße 12a, 50674 Köln",
        "Keizersgracht 118, 1015 CW Amsterdam",
        "8 rue des Tilleuls, Nantes",
        "Calle del Olmo 17, 28012 Madrid",
        "Via Garibaldi 9, Bergamo",
        "ul. Długa 5, Gdańsk",
        "Storgatan 31, 41138 Göteborg",
        "PO Box 4471, Hobart",
        "PSC 88 Box 120, APO AE 09021",
        "Obere Au 17\nFlat 4\nBregenz 69001",
    ],
)
def test_addresses_of_many_countries(text, cache):
    held = labelled(f"Please note: {text}", cache)
    assert list(held) == ["POSTAL_ADDRESS"]
    assert held["POSTAL_ADDRESS"][0][:6] == text[:6]


@pytest.mark.parametrize(
    "text",
    [
        "Version 3, Build 20455",
        "March 15, Lisbon 2024",
        "Error 500, Internal Server Error 10432",
        "page 3 of Chapter 12\nSection 4410 follows",
        '{"address": "0x7ffd4410", "addr": "10.0.0.12:80", "street": ""}',
        "total 48 Items, 3 Way Merge",
    ],
)
def test_numbers_beside_capitals_are_no_address(text, cache):
    assert "POSTAL_ADDRESS" not in labelled(text, cache)


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ('{"dateOfBirth": "1988-11-02"}', "DATE_OF_BIRTH", "1988-11-02"),
        ("DOB: 4 March 1971", "DATE_OF_BIRTH", "4 March 1971"),
        ("geboren am 17.08.1964", "DATE_OF_BIRTH", "17.08.1964"),
        ("Diagnosis: chronic migraine", "MEDICAL", "chronic migraine"),
        ('{"blood_type": "AB-"}', "MEDICAL", "AB-"),
        ("ICD-10: E11.9", "MEDICAL", "E11.9"),
        ("MRN 44712083", "MEDICAL_ID", "44712083"),
        ('{"annualIncome": 61200}', "FINANCIAL", "61200"),
        ("Her salary is 84,500 EUR", "FINANCIAL", "84,500 EUR"),
        ("passport number: X4821907", "IDENTITY_DOCUMENT", "X4821907"),
        ('{"driverLicense": "D482-1107-9932"}', "IDENTITY_DOCUMENT", "D482-1107-9932"),
    ],
)
def test_context_tells_what_a_value_is(text, label, value, cache):
    assert labelled(text, cache).get(label) == [value]


def test_a_name_alone_changes_neither_sensitivity_nor_flows(build):
    batch = build([reads("name", "Marianne Hofstetter has asked for her badge.")])
    assert batch.matches["sensitivity"].to_list() == ["none"]
    assert batch.flows.filter(pl.col("sensitivity") != "none").is_empty()
    assert set(run(batch)["severity"]) <= {"info"}


def test_the_name_of_whom_a_call_goes_to_is_no_leak(build):
    who = "Marianne Hofstetter"
    batch = build(
        [session("call", ("send_message", {"recipient": who, "body": "Ask Priya Raghavan"}, "sent"))]
    )
    assert batch.actions["destination"].to_list() == [who]
    held = exposure.placed(batch).filter(pl.col("label") == "PERSON")
    text = batch.actions["args"][0]
    assert [text[a:b] for a, b in held.select("start", "end").iter_rows()] == ["Priya Raghavan"]


def test_many_names_and_addresses_sent_outside_weigh_more_than_one(build):
    rows = [
        {"full_name": f"Marianne Hof{letter}er", "street": f"Am Markt {ord(letter)}"}
        for letter in "abcdefghijkl"
    ]
    batch = build([sends("many", json.dumps(rows)), sends("one", json.dumps(rows[:1]))])
    found = combined_personal_data.DETECTOR.find(batch).join(batch.actions, on="action_id").sort("session_id")
    assert found["severity"].to_list() == ["high", "medium"]
    assert "Marianne" not in found.select("title", "evidence", "value_fp").write_json()


@pytest.mark.parametrize("names", [True, False])
def test_the_setting_decides_whether_names_are_masked(names, build, cache):
    text = "Marianne Hofstetter, 48 Willow Creek Road, mail marianne@example.com"
    batch = build([reads("note", text)])
    masked = scan.mask_actions(batch, cache, names=names)["result"][0]
    assert ("Marianne Hofstetter" in masked, "Willow Creek" in masked) == (not names, not names)
    assert "marianne@example.com" not in masked
    plain = scan.mask_texts(pl.Series([text]), cache=cache, names=names)[0]
    assert ("[PERSON:fp_" in plain, "[POSTAL_ADDRESS:fp_" in plain) == (names, names)
