"""Names that an agent could make up to break out of a page, a picture or a line."""

from __future__ import annotations

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</text></svg><iframe src='https://example.com/'>",
    "]]><!-- --><![CDATA[",
    "&amp;&#x3c;script&#x3e; onload=alert(1)",
    "url(https://example.com/x.svg#a)",
    "\u202egnp.exe\u2066\u2069",
    "a\nb\r\x00c\x1b[31m",
    "x" * 300,
    "\ufffe\U000e0041\ue000",
    "e" + "\u0301" * 60,
    "\u6f22\u5b57\u304b\u306a" * 30,
    "\u05e9\u05dc\u05d5\u05dd " * 20,
    "[red]bold[/] {x} `code` ![p](https://example.com/p.png)",
    "",
)
