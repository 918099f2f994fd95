"""Texts of our own making with names in them, and without: what the tagger is trained on."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: `{p}` a whole name, `{f}` a first name, `{l}` a last name, `{n}` one of the three; the rest is no name.
PERSONS: Final[dict[str, tuple[str, ...]]] = {
    "talk": (
        "{p} asked whether the {thing} could be delivered before {day}.",
        "Yesterday {n} and {n} met in {city} to talk about the {thing}.",
        "I spoke with {p} about the {thing} and {f} agreed to wait until {day}.",
        "Could you forward the {thing} to {n}? {f} needs it.",
        "The {thing} was signed by {p} on behalf of {org}.",
        "According to {p}, the {thing} had already been paid.",
        "{title} {l} will call back after lunch. {title} {p} is on leave.",
        "{p} ({job}, {org}) did not answer.",
        "We are waiting for {n}'s reply; {n}'s manager is {p}.",
        "Neither {n} nor {n} has opened the {thing}.",
        "Hi, this is {p} from {org}. I wanted to change my {thing}.",
        "My name is {p} and I live in {city}.",
        "Hello, I'm {f}. Is the {thing} still available?",
        "thanks, {f}",
        "{f}, can you look at the {thing}?",
        "{f}: did you get the {thing}?\n{f}: Not yet, ask {f}.",
        "{p}'s {thing} is overdue since {day}.",
        "Ask {n} whether {org} wants the {thing}.",
        "{p} moved from {city} to {city} in {month} and works for {org} now.",
        "Her brother {f} married {p} last {month}.",
        "Then {f} said that the {thing} was {adj}.",
        "The {job} {p} resigned in {month}.",
        "They invited {p}, {p} and {p} to the meeting in {city}.",
        "Book a table for {n} and three friends at {org}.",
        "{l} has lived in {country} for {num} years.",
        '"I never got the {thing}," {p} told us.',
        "Is {p} still working at {org}?",
        "What is the phone number of {p}?",
        "Who is {p}? Is {f} a {job}?",
        "Please give {f} access to the {thing} folder.",
        "Nobody but {n} knew about the {thing} in {city}.",
        "A letter from {p} arrived on {day}; {l} wrote about {country}.",
        "The novel by {p} is set in {city}.",
        "{p}, {num}, a {job} from {city}, won the first prize.",
        "Send {f} {l} the {thing}, then tell {f}.",
        "{f} and {f} {l} have a joint account.",
    ),
    "foreign": (
        "Sehr geehrte Frau {l}, anbei erhalten Sie die Rechnung.",
        "Sehr geehrter Herr {l}, vielen Dank für Ihre Nachricht. Mit freundlichen Grüßen\n{p}",
        "Ich heiße {p} und wohne in {city}.",
        "Bonjour {f}, merci pour ton message. Cordialement, {p}",
        "Madame {l} habite à {city}. Monsieur {p} est absent.",
        "Hola {f}, te escribo por la factura. Saludos, {p}",
        "El señor {l} vive en {city} con su esposa {f}.",
        "Mi chiamo {p} e abito a {city}.",
        "Beste {f}, hartelijk dank. Met vriendelijke groet, {p}",
        "O cliente {p} pediu o reembolso.",
        "Hej {f}! Kan du ringa {p} i morgon?",
    ),
    "mail": (
        "From: {p} <{email}>\nTo: {p} <{email}>\nSubject: {thing}\n\nDear {f},\n\nplease find the {thing}"
        " attached.\n\nBest regards,\n{p}\n{job}\n{org}",
        "Hi {f},\n\nthe {thing} is {adj}.\n\nThanks\n{f}",
        "Dear {title} {l},\n\nYour {thing} has been approved.\n\nKind regards\n{p}\n{org}",
        "Hello {p},\nyour {thing} of {day} is ready.\n-- \n{f}",
        "Cc: {p}; {p}; {p}",
        "On {day}, {p} wrote:\n> The {thing} is {adj}.",
        "Good morning {f},\nCan {f} join us on {day}?\nCheers, {f}",
    ),
    "record": (
        '{{"id": {num}, "name": "{p}", "email": "{email}", "city": "{city}", "status": "active"}}',
        '{{"customer": {{"first_name": "{f}", "last_name": "{l}"}}, "total": {num}, "item": "{product}"}}',
        '{{"sender": "{p}", "recipient": "{p}", "subject": "{thing}"}}',
        '{{"user": "{f}", "message": "The {thing} is {adj}."}}',
        '{{"participants": ["{p}", "{p}", "{p}"], "location": "{city}", "title": "{Thing} review"}}',
        "[{{'author': '{p}', 'title': 'The {Thing}', 'publisher': '{org}'}}]",
        "name: {p}\nemail: {email}\nphone: {phone}\ncity: {city}",
        "Name: {p}\nTitle: {job}\nCompany: {org}\nCountry: {country}",
        "Patient: {p}\nDoctor: Dr. {l}\nDiagnosis: {adj}",
        "Customer: {p}, Order: {num}, Product: {product}",
        "assignee: {f} {l}; reporter: {f}",
        "- {p}\n- {p}\n- {p}\n",
        "id,name,city,amount\n1,{p},{city},{num}\n2,{p},{city},{num}\n3,{p},{city},{num}",
        "| Name | City | Product |\n|---|---|---|\n| {p} | {city} | {product} |\n| {p} | {city} | {product} |",
        "{num}\t{p}\t{city}\t{phone}",
        "{l}, {f}\n{l}, {f}\n{l}, {f}",
        "{p}\n{num} {street}\n{city} {num}\n{country}",
        "{p}, {num} {street}, {city}, {country}",
        "PASSENGERS\n{p}\n{p}\nFlight {num} {city} - {city}",
        "<customer><name>{p}</name><city>{city}</city></customer>",
        "owner={p} project={Thing} city={city}",
        "Meeting notes ({day})\nAttendees: {p}, {p}, {p}\nAgenda: {thing}, {thing}",
        "{f} {l} <{email}>",
        "Beneficiary {p}, reference {thing} {num}",
        'user_id={num} full_name="{p}" plan=Premium',
        '"{p}","{email}","{city}"\n"{p}","{email}","{city}"',
    ),
}
NOBODY: Final[dict[str, tuple[str, ...]]] = {
    "talk": (
        "The {thing} from {org} arrives on {day} in {city}.",
        "{City} is the capital of {country}. It has {num} inhabitants.",
        "We flew from {city} to {city} and stayed at the {hotel}.",
        "{Org} announced the {product} in {month}.",
        "Which {thing} should I take? The {product} is {adj}.",
        "On {day} the {Thing} Committee of {org} decided about {country}.",
        "Please update the {Thing} and close the {Thing} before {month}.",
        "Hotels in {city}: {hotel}, {hotel}, {hotel}.",
        "The {org} office in {city} is closed in {month}.",
        "How do I get from {city} to {street}? Is {street} near {hotel}?",
        "{Adj} {thing} for sale, pick up in {city}, {num} {street}.",
        "Breaking: {org} buys {org} for {num} million.",
        "I love {city} in {month}, but {country} is {adj}.",
        "{Thing} Policy\n\n1. Purpose\n2. {Thing} and {Thing}\n3. Contact {org}",
        "Top {num} Restaurants in {city}\n1. {hotel}\n2. {org}",
        "Restaurant {hotel} at {street} serves {adj} food.",
        "Dear customer, your {thing} is {adj}. Dear Sir or Madam, thank you.",
        "{Adj} {Thing} Report {month} {num}",
    ),
    "record": (
        '{{"id": {num}, "name": "{product}", "category": "{Thing}", "price": {num}}}',
        '{{"name": "{hotel}", "address": "{num} {street}", "city": "{city}", "rating": 4.5}}',
        '{{"city": "{city}", "country": "{country}", "airport": "{city} International"}}',
        '{{"company": "{org}", "industry": "{Thing}", "hq": "{city}"}}',
        '{{"title": "{Adj} {Thing}", "file": "{Thing}_{month}.pdf", "status": "Open"}}',
        '{{"name": "{tool}", "description": "Get the {thing} of a {thing}. Returns {Thing}."}}',
        "name: {product}\nversion: {num}\nlicense: MIT",
        "Title: {Adj} {Thing}\nLocation: {city}\nOrganizer: {org}",
        "id,product,city\n1,{product},{city}\n2,{product},{city}",
        "| Product | City | Company |\n|---|---|---|\n| {product} | {city} | {org} |\n| {product} | {city} | {org} |",
        "- {city}\n- {city}\n- {country}\n",
        "{num} {street}\n{city} {num}\n{country}",
        "Subject: {Thing} {month}",
        "Channel: {Thing}\nTopic: {adj} {thing}",
        "Flight {num}: {city} ({country}) to {city} ({country}), {org}",
    ),
    "code": (
        'class {Thing}{Adj}(Base):\n    """The {Adj} {Thing}."""\n    def get_{thing}(self) -> {Thing}: ...',
        "from {thing}.models import {Thing}, {Adj}{Thing}\n\nerror: {Thing}Error: {Adj} {thing} not found",
        "SELECT Name, City FROM {Thing} WHERE Country = '{country}' AND Status = 'Open'",
        "ERROR [{Thing}Service] {Adj} request failed: Connection refused ({city})",
        "## {Adj} {Thing}\n\nRun `{tool}` first. See {Thing} and {Adj} Guide.",
        'Traceback (most recent call last):\n  File "{thing}.py", line {num}, in {tool}\nValueError: {Adj} {thing}',
        "commit {num}\nDate: {day}\n\n    Fix {thing} in {Thing}",
        "const {thing} = new {Thing}({{ Name: '{product}' }}); // {Adj} {Thing}",
    ),
}
_THINGS: Final = (
    "invoice order contract report ticket refund booking parcel password account budget proposal draft"
    " schedule payment receipt delivery meeting agenda transfer laptop passport insurance form policy request"
    " review release project campaign document customer event message search result calendar channel workspace"
    " reservation flight luggage guide table record summary balance notebook lesson garden harvest engine"
).split()
_ADJS: Final = (
    "late ready missing blue important annual quarterly open closed final broken new old cheap expensive free public"
    " private internal daily weekly digital green happy quick silent royal grand golden global smart simple"
).split()
_HOTELS: Final = (
    "Grand {x}", "Hotel {x}", "{x} Inn", "Café {x}", "{x} Palace", "The {x} House", "{x} Garden", "Le {x}",
    "{x} Bistro", "{x} & {x} Suites", "{x} Plaza", "The {x}", "{x}", "{x} Grill", "Casa {x}",
)  # fmt: skip
_PRODUCTS: Final = (
    "{x} Pro {n}", "{x} {y}", "{y} {x} Deluxe", "Smart {y}", "{x} Ultra", "{y} Kit", "{x}-{n}", "{y} for {y}",
)  # fmt: skip
_ORGS: Final = (
    "{l} Inc", "{l} Group", "{l} and Sons", "{l}, {l} and {l}", "{l}-{l}", "{l} GmbH", "{l} Ltd.", "{c} Bank",
    "University of {c}", "{c} University", "{l} & Co", "{l} Foundation", "Bank of {c}", "{y} Systems", "{l}",
    "{y}{y}", "{c} {y} Association", "{l} Hospital", "St. {f} Church", "{l} Airlines", "Museum of {y}",
)  # fmt: skip
_STREETS: Final = (
    "{l} Street", "{l} Road", "{l} Avenue", "{y} Lane", "{l}straße", "rue {l}", "Calle {l}", "Via {l}", "{f} {l} Drive",
    "{f}strasse", "{c} Way", "{l} St.", "{l} Ave", "{y} Court", "{l} Blvd Apt. {n}", "avenue {f} {l}", "{l} Square",
)  # fmt: skip
_DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS: Final = (
    "January February March April May June July August September October November December".split()
)
_TITLES: Final = "Mr. Mrs. Ms. Mr Mrs Ms Dr. Dr Prof. Miss Sir Judge".split()
_FIELD: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Locale:
    """Names and places of one country, as the packages list them."""

    first: Sequence[str]
    last: Sequence[str]
    places: Sequence[str]


@dataclass(frozen=True)
class Sample:
    """A text with the character spans of its names, and the kind of template it came from."""

    text: str
    names: tuple[tuple[int, int], ...]
    kind: str


@dataclass(frozen=True)
class Sources:
    """What fields are drawn from."""

    locales: Sequence[Locale]
    weights: Sequence[float]
    countries: Sequence[str]
    jobs: Sequence[str]
    nouns: Sequence[str]


def samples(sources: Sources, count: int, seed: int) -> list[Sample]:
    """`count` texts, two of three with names; a sample's kind is the group of templates that it came from."""
    draw = random.Random(seed)  # noqa: S311  # texts, not keys
    made = []
    for _ in range(count):
        table, mark = (PERSONS, "with") if draw.random() < 0.6 else (NOBODY, "without")
        group = draw.choices(list(table), [len(table[name]) for name in table])[0]
        template = draw.choice(table[group])
        made.append(fill(template, sources, draw, f"{mark}/{group}/{table[group].index(template)}"))
    return made


def fill(template: str, sources: Sources, draw: random.Random, kind: str) -> Sample:
    """One text from a template."""
    locale = draw.choices(sources.locales, sources.weights)[0]
    shout = draw.random() < 0.03
    parts: list[str] = []
    names: list[tuple[int, int]] = []
    at = 0
    for place, piece in enumerate(_FIELD.split(template.replace("{{", "\x01").replace("}}", "\x02"))):
        if place % 2 == 0:
            value = piece.replace("\x01", "{").replace("\x02", "}")
        else:
            value = _value(piece, sources, locale, draw)
            if piece in _NAMES:
                value = value.upper() if shout else value
                names.append((at, at + len(value)))
        parts.append(value)
        at += len(value)
    return Sample("".join(parts), tuple(names), kind)


_NAMES: Final = frozenset("pfln")


def _value(field: str, sources: Sources, locale: Locale, draw: random.Random) -> str:
    if field in _NAMES:
        return _name(field, locale, draw)
    if field == "org":
        return _pieces(draw.choice(_ORGS), sources, draw)
    simple = {
        "thing": lambda: draw.choice(_THINGS),
        "Thing": lambda: draw.choice(_THINGS).capitalize(),
        "adj": lambda: draw.choice(_ADJS),
        "Adj": lambda: draw.choice(_ADJS).capitalize(),
        "city": lambda: draw.choice(locale.places),
        "City": lambda: draw.choice(locale.places),
        "country": lambda: draw.choice(sources.countries),
        "day": lambda: draw.choice(_DAYS),
        "month": lambda: draw.choice(_MONTHS),
        "title": lambda: draw.choice(_TITLES),
        "job": lambda: draw.choice(sources.jobs),
        "num": lambda: str(draw.randrange(1, 10 ** draw.randrange(1, 6))),
        "phone": lambda: (
            f"+{draw.randrange(1, 99)} {draw.randrange(100, 999)} {draw.randrange(10**5, 10**7)}"
        ),
        "email": lambda: f"{draw.choice(_THINGS)}{draw.randrange(99)}@example.com",
        "tool": lambda: f"{draw.choice(['get', 'list', 'send', 'search'])}_{draw.choice(_THINGS)}",
        "hotel": lambda: _pieces(draw.choice(_HOTELS), sources, draw),
        "product": lambda: _pieces(draw.choice(_PRODUCTS), sources, draw),
        "street": lambda: _pieces(draw.choice(_STREETS), sources, draw),
        "Org": lambda: _pieces(draw.choice(_ORGS), sources, draw),
    }
    return simple[field]()


def _name(field: str, locale: Locale, draw: random.Random) -> str:
    kind = field if field != "n" else draw.choice("ppfl")
    first, last = draw.choice(locale.first), draw.choice(locale.last)
    if kind == "f":
        return first
    if kind == "l":
        return last
    form = draw.random()
    if form < 0.72:
        return f"{first} {last}"
    if form < 0.84:
        return f"{first} {chr(draw.randrange(65, 91))}{draw.choice(['.', ''])} {last}"
    if form < 0.9:
        return f"{first} {draw.choice(locale.first)} {last}"
    if form < 0.94:
        return f"{first} {last}-{draw.choice(locale.last)}"
    if form < 0.97:
        return f"{first[0]}. {last}"
    return f"{first} {draw.choice(['van', 'de', 'von', 'da', 'van der', 'al', 'di'])} {last}"


def _pieces(form: str, sources: Sources, draw: random.Random) -> str:
    other = draw.choices(sources.locales, sources.weights)[0]
    chosen = {
        "l": lambda: draw.choice(other.last),
        "f": lambda: draw.choice(other.first),
        "c": lambda: draw.choice(other.places),
        "y": lambda: draw.choice(sources.nouns).capitalize(),
        "x": lambda: draw.choice(
            [draw.choice(other.places), draw.choice(sources.nouns).capitalize(), draw.choice(other.last)]
        ),
        "n": lambda: str(draw.randrange(1, 999)),
    }
    return re.sub(r"\{(\w)\}", lambda found: chosen[found[1]](), form)
