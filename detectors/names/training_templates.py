"""What the training texts are made of: templates with names and without, and what fills them."""

from __future__ import annotations

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
    "noise": (
        "{w} {w} {n} {w} {w}.",
        "{W} {w} {n} {w} {w} {w}, {w} {n}.",
        "{n} {w} {w} {w} {cap}.",
        "{w} {n}, {w} {w} {w}",
        "{W} {w}: {n} {w}",
        "{w} {w} {n}'s {w} {w}.",
        "{n} {w} {n} {w} {w} {cap} {w}.",
        "{W} {w} ({n}) {w} {w}.",
        "{w} {w} {n} {w} {n}.",
        "{W} {w} {n}?",
        "{n}: {w} {w} {w}\n{n}: {w} {w} {cap}",
        "{W}, {n}! {W} {w} {w}.",
        "{w} {w} {w} {n}",
        "{W} {w} {w} {n}, {n} {w} {n} {w}.",
        '{{"{w}": "{n}", "{w}": "{cap}"}}',
        "{n}, {w} {w} {w} {w}?",
        "{w}: {n}\n{w}: {cap}\n{w}: {w} {w}",
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
        (
            "From: {p} <{email}>\nTo: {p} <{email}>\nSubject: {thing}\n\nDear {f},\n\nplease find the {thing}"
            " attached.\n\nBest regards,\n{p}\n{job}\n{org}"
        ),
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
        (
            "| Name | City | Product |\n|---|---|---|\n| {p} | {city} | {product} |\n| {p} | {city} | "
            "{product} |"
        ),
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
        (
            "| Product | City | Company |\n|---|---|---|\n| {product} | {city} | {org} |\n| {product} | "
            "{city} | {org} |"
        ),
        "- {city}\n- {city}\n- {country}\n",
        "{num} {street}\n{city} {num}\n{country}",
        "Subject: {Thing} {month}",
        "Channel: {Thing}\nTopic: {adj} {thing}",
        "Flight {num}: {city} ({country}) to {city} ({country}), {org}",
    ),
    "noise": (
        "{w} {cap} {w} {w}.",
        "{cap} {w} {w} {cap}.",
        "{W} {w} {w} {cap}, {cap} {w} {cap}.",
        "{W} {w} {w}. {W} {w} {cap}! {W} {w}, {w}.",
        "{W} {W} {w} {W}",
        "{W} {W}\n\n{W} {w} {w} {w} {cap}.",
        "{ABC} {w} {w} {ABC} ({ABC})",
        "{ABC} {ABC} {ABC}: {w}",
        "{w} {w} {w} {ABC} {w}?",
        '{{"{w}": "{cap}", "{W}": "{W} {w}", "{w}": "{ABC}"}}',
        "- {W} {w}\n- {W} {w} {w}\n- {cap}",
        "{w}: {cap}\n{w}: {W}\n{w}: {ABC}",
        "{W} {w} {cap}'s {w}.",
        "{W}: {W} {w} {w}; {W} {w}.",
        "{day}, {num} {month} {num}: {W} {w} {w}",
    ),
    "foreign": (
        "{V} {v} {v} {V} {v}.",
        "{V} {V}, {v} {v} {V} {v} {V}.",
        "{V} {v}: {V} {v} {v} {city}.",
        "{v} {v} {V}? {V} {v} {v}!",
        "{V}\n{V} {v} {v}\n{V} {v} {V} {num}",
        '{{"{v}": "{V} {v} {V}", "{v}": "{V}"}}',
    ),
    "commands": (
        "{A} the {w} {w} {w}.",
        "{W} {w} {w}. {A} the {w} again.",
        "{A} {thing}: {num}",
        "- {A} your {thing}\n- {A} a {thing}",
        "{A} {num} of {num}",
        "{A} or {w} {w} {w}?",
        '{{"{w}": "{A}", "{w}": "{A} {thing}"}}',
        "[{A}] {w} {w} {w}",
        "({A} this {thing} if {w} {w})",
        "{A}: {num}\n{A}: {w}",
        "{W} {w}: {A} all {thing}s, {w} it and {w}.",
    ),
    "code": (
        'class {Thing}{Adj}(Base):\n    """The {Adj} {Thing}."""\n    def get_{thing}(self) -> {Thing}: ...',
        "from {thing}.models import {Thing}, {Adj}{Thing}\n\nerror: {Thing}Error: {Adj} {thing} not found",
        "SELECT Name, City FROM {Thing} WHERE Country = '{country}' AND Status = 'Open'",
        "ERROR [{Thing}Service] {Adj} request failed: Connection refused ({city})",
        "## {Adj} {Thing}\n\nRun `{tool}` first. See {Thing} and {Adj} Guide.",
        (
            'Traceback (most recent call last):\n  File "{thing}.py", line {num}, in {tool}\nValueError: '
            "{Adj} {thing}"
        ),
        "commit {num}\nDate: {day}\n\n    Fix {thing} in {Thing}",
        "const {thing} = new {Thing}({{ Name: '{product}' }}); // {Adj} {Thing}",
    ),
}
_THINGS_TEXT: Final = """
invoice order contract report ticket refund booking parcel password account budget proposal draft
schedule payment receipt delivery meeting agenda transfer laptop passport insurance form policy request
review release project campaign document customer event message search result calendar channel workspace
reservation flight luggage guide table record summary balance notebook lesson garden harvest engine
"""
THINGS: Final = tuple(_THINGS_TEXT.split())
_ADJS_TEXT: Final = """
late ready missing blue important annual quarterly open closed final broken new old cheap expensive free
public private internal daily weekly digital green happy quick silent royal grand golden global smart
simple
"""
ADJS: Final = tuple(_ADJS_TEXT.split())
HOTELS: Final = (
    "Grand {x}", "Hotel {x}", "{x} Inn", "Café {x}", "{x} Palace", "The {x} House", "{x} Garden", "Le {x}",
    "{x} Bistro", "{x} & {x} Suites", "{x} Plaza", "The {x} Arms", "{x} Grill", "Casa {x}",
)  # fmt: skip
PRODUCTS: Final = (
    "{x} Pro {n}", "{x} {y}", "{y} {x} Deluxe", "Smart {y}", "{x} Ultra", "{y} Kit", "{x}-{n}", "{y} for {y}",
)  # fmt: skip
ORGS: Final = (
    "{l} Inc", "{l} Group", "{l} and Sons", "{l}, {l} & {l}", "{l}-{l} AG", "{l} GmbH", "{l} Ltd.",
    "{c} Bank",
    "University of {c}", "{c} University", "{l} & Co", "{l} Foundation", "Bank of {c}", "{y} Systems",
    "{y}{y}", "{c} {y} Association", "{l} Hospital", "St. {f} Church", "{l} Airlines", "Museum of {y}",
)  # fmt: skip
STREETS: Final = (
    "{l} Street", "{l} Road", "{l} Avenue", "{y} Lane", "{l}straße", "rue {l}", "Calle {l}", "Via {l}",
    "{f} {l} Drive",
    "{f}strasse", "{c} Way", "{l} St.", "{l} Ave", "{y} Court", "{l} Blvd Apt. {n}", "avenue {f} {l}",
    "{l} Square",
)  # fmt: skip
_DAYS_TEXT: Final = """
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
"""
DAYS: Final = tuple(_DAYS_TEXT.split())
_MONTHS_TEXT: Final = """
January February March April May June July August September October November December
"""
MONTHS: Final = tuple(_MONTHS_TEXT.split())
_TITLES_TEXT: Final = """
Mr. Mrs. Ms. Mr Mrs Ms Dr. Dr Prof. Miss Sir Judge
"""
TITLES: Final = tuple(_TITLES_TEXT.split())
