"""Nothing that an agent wrote can move the cursor, reorder a line, hide itself or pose as markup."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from console.text import plain, visible


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        (None, "-"),
        (7, "7"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[2J\x1b]0;x\x07", "\\e[2J\\e]0;x\\u{7}"),
        ("\u202egnp.exe", "\\u{202e}gnp.exe"),
        ("zero\u200bwidth", "zero\\u{200b}width"),
        ("lone \udc80", "lone \\u{dc80}"),
        ("a\u2028b", "a\\u{2028}b"),
        ("Grüße, 世界", "Grüße, 世界"),
        ("z" + "\u0301" * 4, "z\u0301\u0301\\u{301}\\u{301}"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(raw, shown):
    assert visible(raw) == shown


def test_markup_stays_text():
    out, said = io.StringIO(), "[red]approved[/red] [link=https://x.example]x[/link]"
    Console(file=out, width=80).print(f"[bold]{plain(said)}[/bold]")
    assert out.getvalue() == said + "\n"


def test_a_long_text_is_cut_in_cells():
    assert visible("abcdef", 4) == "abc…"
    assert visible("世界世界", 4) == "世…"
    assert cell_len(visible("世" * 50, 9)) <= 9


@given(st.text(max_size=50), st.integers(1, 40))
def test_every_text_is_one_printable_line(text, width):
    shown = visible(text, width)
    assert cell_len(shown) <= width
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
