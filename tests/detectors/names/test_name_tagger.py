"""The tagger finds names in many forms of text, is silent on code, and knows nothing of other rows."""

from __future__ import annotations

import json
from importlib import resources

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import names
from detectors.names import lexicon, words
from detectors.names.tagger import SIZES, arrays, loaded, model
from detectors.names.training_templates import NOBODY, PERSONS
from detectors.names.training_texts import Locale, Sources, samples
from detectors.scan.buffer import from_series

SOURCES = Sources(
    locales=[Locale(["Ada", "Jörg"], ["Quill", "de Vries"], ["Nantes", "Porto"])],
    weights=[1.0],
    countries=["Iceland"],
    jobs=["Baker"],
    nouns=["lamp", "river"],
    words=["then", "paper"],
    shares=[1.0, 2.0],
    foreign=["danke", "merci"],
    doubles=["page", "edit"],
)


def found(*texts: str | None) -> list[list[str]]:
    buffer = from_series(pl.Series(texts, dtype=pl.String))
    begin, end = names.spans(buffer.data, buffer.starts)
    held: list[list[str]] = [[] for _ in texts]
    for row, start, stop in zip(buffer.row_of(begin).tolist(), begin.tolist(), end.tolist(), strict=True):
        held[row].append(bytes(buffer.data[start:stop]).decode())
    return held


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I spoke with Marianne Hofstetter about it.", ["Marianne Hofstetter"]),
        ("Kind regards,\nPriya Raghavan", ["Priya Raghavan"]),
        ("Dear Mr. Okonkwo, thank you.", ["Okonkwo"]),
        ('{"customer": "Tomasz Wisniewski", "total": 12}', ["Tomasz Wisniewski"]),
        ("id,name,city\n7,Giulia Romano,Lyon", ["Giulia Romano"]),
        ("Anna-Lena Krüger has signed", ["Anna-Lena Krüger"]),
        ("François Dupont\u2019s letter", ["François Dupont"]),
        ("MARTIN GARCIA is on the list", ["MARTIN GARCIA"]),
    ],
)
def test_names_in_many_forms(text, expected):
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The train from Geneva to Lyon leaves on Monday.",
        "class OrderService(BaseService):\n    def Run(self) -> None: ...",
        "see albums/Marianne/Photos and Config.Martin or MARTIN_GARCIA",
        "HTTP 404 Not Found, IBAN, VAT and CEO",
        "Open Tickets\n\nNext Steps: Review the Quarterly Report",
        "Edit the file again if necessary. Page 3 of 12, Price: 20",
        "SELECT Name, City FROM Customers WHERE Country = 'Norway'",
    ],
)
def test_silence_on_what_is_no_name(text):
    assert found(text) == [[]]


def test_a_part_of_a_sure_name_is_found_again_in_the_same_text_only():
    again = "Priya Raghavan called. The rest is for Raghavan"
    assert found(again, "The rest is for Unheardoff Things") == [["Priya Raghavan", "Raghavan"], []]


def test_neighbouring_rows_do_not_matter():
    texts = ["Dear", "Priya Raghavan", "Will", None, "signed by", "Tomasz Wisniewski", ""]
    alone = [found(text)[0] for text in texts]
    assert found(*texts) == alone
    assert found(*texts[::-1]) == alone[::-1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_text_gives_spans_inside_rows(texts):
    buffer = from_series(pl.Series(texts, dtype=pl.String))
    begin, end = names.spans(buffer.data, buffer.starts)
    assert (begin < end).all()
    assert (buffer.row_of(begin) == buffer.row_of(end - 1)).all()
    assert (begin[1:] >= end[:-1]).all()


def test_odd_bytes_and_long_words():
    data = np.frombuffer(bytes(range(256)) * 40 + b"A" * 100_000 + b"\n", dtype=np.uint8)
    begin, end = names.spans(data, np.array([0, len(data)]))
    assert len(begin) == len(end)
    nothing = np.zeros(0, dtype=np.uint8)
    assert [len(part) for part in names.spans(nothing, np.zeros(1, dtype=np.int64))] == [0, 0]


def test_the_lexicon_gives_back_what_it_was_built_from():
    classes = {f"word{number}x": 1 + number % 200 for number in range(3000)}
    built = lexicon.build(classes)
    known = built.classes_of(words.hashed_words(list(classes)))
    assert known.tolist() == list(classes.values())
    strange = built.classes_of(words.hashed_words([f"other{number}" for number in range(3000)]))
    assert (strange > 0).sum() <= 3


def test_the_shipped_model_is_the_one_the_report_tells_of():
    report = json.loads(resources.files("detectors.names").joinpath("training.json").read_bytes())
    shipped = model()
    assert int((shipped.lexicon.prints > 0).sum()) == report["words"]
    assert (shipped.word_limit, shipped.span_limit) == (report["word_limit"], report["span_limit"])
    assert {name: len(table) for name, table in shipped.tables.items()} == SIZES
    assert report["left_out"]["all made"]["f1"] > 0.85
    assert loaded(arrays(shipped)).tables["own"].tolist() == shipped.tables["own"].tolist()


def test_training_texts_say_where_their_names_are():
    made = samples(SOURCES, 400, seed=5)
    kinds = {"/".join(one.kind.split("/")[:2]) for one in made}
    assert kinds == {f"with/{group}" for group in PERSONS} | {f"without/{group}" for group in NOBODY}
    tagged = [one.text[start:end] for one in made for start, end in one.names]
    assert tagged
    assert all(
        any(part in name for part in ("Ada", "Jörg", "A.", "J.", "Quill", "Vries"))
        for name in tagged
        if not name.isupper()
    )
    assert all(not one.names for one in made if one.kind.startswith("without/"))
