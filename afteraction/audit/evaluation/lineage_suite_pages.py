"""What tools return and agents write: prose, JSON, tables, code, logs and mails around given values."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from afteraction.audit.evaluation.lineage_suite_values import listed, name_like

_NOUNS: Final = listed(
    "apple boat bridge castle cloud coast corner crowd desert engine farmer field flower forest"
    " garden glass harbour hill island kitchen ladder lake lamp market meadow mirror mountain museum"
    " ocean orchard painter palace pepper piano planet pocket pond prairie quarry rabbit ribbon river"
    " rocket saddle sailor school shadow shelf shoulder silver singer station stone summer sunset"
    " teacher temple theatre thunder timber tower tractor tunnel valley velvet village violin wagon"
    " walnut wheel window winter wizard yard"
)
_VERBS: Final = listed(
    "asks bends brings builds carries catches climbs covers crosses draws drops enters feeds finds"
    " follows gathers grows guards holds keeps lifts meets moves opens paints passes plants pulls"
    " pushes reaches repairs rolls sees sells shakes shows sings splits stirs throws touches turns"
    " visits wakes washes"
)
_HOWS: Final = listed(
    "again alone badly below calmly daily early firmly gently gladly highly kindly lately loudly"
    " mostly nearly openly poorly quickly quietly rarely sadly sharply slowly softly soon twice"
    " warmly wildly"
)
#: What many a mail, file or ticket holds, whoever wrote it.
BOILERPLATE: Final = (
    "Please let me know if you have any questions.",
    "Thank you for your message, we will get back to you within two business days.",
    "Looking forward to hearing from you.",
    "This email and any attachments are confidential.",
    "Have a great weekend and best regards,",
    "Please find attached the document you asked for.",
    "If you did not request this, you can ignore this email.",
    "Click the link below to reset your password.",
    "All rights reserved.",
    "Let me know if there is anything else I can help you with.",
    "from pathlib import Path\nimport json\nimport sys",
    "if __name__ == '__main__':\n    main()",
    '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"></head>',
    "SELECT id, name, status FROM orders WHERE status = 'open' ORDER BY id",
    "#!/usr/bin/env bash\nset -euo pipefail",
    '{"status": "ok", "error": null, "count": 0, "items": []}',
    '{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}',
    "Content-Type: application/json; charset=utf-8",
    "Subject: Re: meeting tomorrow",
    "Monday to Friday from 9:00 to 17:00",
)


def sentence(rng: Random) -> str:
    """A sentence of common words in an order that nobody wrote before."""
    return (
        f"The {rng.choice(_NOUNS)} {rng.choice(_VERBS)} a {rng.choice(_NOUNS)} {rng.choice(_HOWS)}"
        f" near {name_like(rng).title()}."
    )


def words(rng: Random, count: int) -> str:
    """Some dictionary words."""
    return " ".join(rng.choices(_NOUNS, k=count))


def _prose(rng: Random, values: Sequence[str]) -> str:
    lines = [sentence(rng) for _ in range(rng.randint(3, 9))]
    for value in values:
        lines.insert(rng.randint(0, len(lines)), f"The {rng.choice(_NOUNS)} is {value}.")
    return rng.choice((" ", "\n")).join(lines)


def _json(rng: Random, values: Sequence[str]) -> str:
    rows = [
        {
            "id": rng.randint(100, 99_999),
            "title": words(rng, 3),
            "active": rng.random() < 0.5,
            "detail": {"owner": name_like(rng), "value": value},
        }
        for value in (*values, *(sentence(rng) for _ in range(3)))
    ]
    return json.dumps({"items": rows, "total": len(rows), "next": None}, indent=rng.choice((None, 2)))


def _table(rng: Random, values: Sequence[str]) -> str:
    rows = [
        (rng.choice(_NOUNS), str(rng.randint(1, 9999)), value) for value in (*values, words(rng, 2), "n/a")
    ]
    mark = rng.choice((" | ", "\t", "  ;  "))
    return "\n".join(mark.join(row) for row in [("name", "count", "detail"), *rows])


def _code(rng: Random, values: Sequence[str]) -> str:
    lines = ["import os", "", f"class {name_like(rng).title()}:", f'    """{sentence(rng)}"""', ""]
    lines += [
        f"    {rng.choice(_NOUNS)}_{i} = {value!r}  # {words(rng, 2)}" for i, value in enumerate(values)
    ]
    return "\n".join(
        [*lines, "", f"    def {rng.choice(_NOUNS)}(self):", f"        return {rng.randint(0, 99)}"]
    )


def _log(rng: Random, values: Sequence[str]) -> str:
    texts = [*(f"{rng.choice(_NOUNS)}={value}" for value in values), *(words(rng, 4) for _ in range(5))]
    rng.shuffle(texts)
    return "\n".join(
        f"2031-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}T0{rng.randint(0, 9)}:2{rng.randint(0, 9)}:00Z"
        f" {rng.choice(('INFO', 'WARN', 'DEBUG'))} worker-{rng.randint(1, 40)} {text}"
        for text in texts
    )


def _mail(rng: Random, values: Sequence[str]) -> str:
    return (
        f"From: {name_like(rng)}@{name_like(rng)}.example\nSubject: {words(rng, 3)}\n\nHello,\n\n"
        + "\n".join(f"{rng.choice(_NOUNS).title()}: {value}" for value in values)
        + f"\n{sentence(rng)}\n\nBest regards,\n{name_like(rng).title()}"
    )


def _settings(rng: Random, values: Sequence[str]) -> str:
    lines = [f"{rng.choice(_NOUNS).upper()}_{i}={value}" for i, value in enumerate(values)]
    return "\n".join(["# settings", "DEBUG=false", *lines, f"PORT={rng.randint(1000, 9999)}"])


def _page(rng: Random, values: Sequence[str]) -> str:
    cells = "".join(f"<tr><td>{rng.choice(_NOUNS)}</td><td>{value}</td></tr>" for value in values)
    return f"<html><body><h1>{words(rng, 2)}</h1><p>{sentence(rng)}</p><table>{cells}</table></body></html>"


#: Formats of results, by name.
PAGES: Final[dict[str, Callable[[Random, Sequence[str]], str]]] = {
    "prose": _prose,
    "JSON": _json,
    "table": _table,
    "code": _code,
    "log": _log,
    "mail": _mail,
    "settings": _settings,
    "page": _page,
}


def page(rng: Random, values: Sequence[str]) -> str:
    """A result in a format of its own choosing that holds the values as they are."""
    return PAGES[rng.choice(list(PAGES))](rng, values)
