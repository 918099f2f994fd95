"""Finds postal addresses: number and street in several languages, blocks with a postal code, by the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl
import re2

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

#: Words for streets: after the name, grown together with it, before it.
_AFTER: Final = (
    "Street|Str|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|"
    "Way|Terrace|"
    "Ter|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Trl|Crescent|Cres|Close|Mews|Row|Alley|Plaza|"
    "Turnpike|Loop|"
    "Grove|Gardens|Hill|Walk|Pike|Parade|Esplanade|Promenade"
)
_JOINED: Final = (
    "straße|strasse|str\\.|gasse|weg|platz|allee|ring|damm|ufer|chaussee|straat|laan|plein|gracht|kade|dijk|"
    "singel|gatan|vägen|gränd|stigen|gata|vej|gade|stræde|vænget|veien|vegen|gaten|gate|bakken|"
    "svingen|katu|tie|"
    "kuja|polku|stræti|braut|vegur"
)
_OWN_WORD: Final = (
    "utca|út|útja|tér|körút|u\\.|ulice|třída|náměstí|terrasse|sokak|caddesi|Straße|Strasse|Allee|Weg|Platz"
)
_BEFORE: Final = (
    "rue|avenue|boulevard|place|chemin|impasse|allée|quai|route|calle|avenida|paseo|plaza|carrera|camino|via|"
    "viale|piazza|corso|largo|vicolo|rua|travessa|praça|strada|calea|bulevardul|ulica|aleja|ul\\.|"
    "al\\.|os\\.|"
    "av\\.|av|avda\\.|bd\\.?|c/"
)
_LINK: Final = (
    r"(?:(?i:de la|de l'|de los|de las|du|des|de|del|della|dei|do|da|dos|of|am|an der|sur|les|la|le) ?)"
)
_CAP: Final = r"\p{Lu}[\p{L}\p{M}'\x{2019}.-]*"
_NAME: Final = rf"{_CAP}(?: {_LINK}?{_CAP}){{0,4}}"
_NUMBER: Final = r"\d{1,6}(?:[A-Za-z]|bis|[-/]\d{1,4}[a-z]?)?"
#: A house number may stand before a street that has a number of its own.
_HOUSE: Final = r"(?:\d{1,6},? )?"
_UNIT: Final = (
    r"(?:#|(?:[Aa]pt|[Aa]partment|[Ss]uite|[Ss]te|[Uu]nit|[Ff]lat|[Ff]loor|[Rr]oom|[Bb]ldg|"
    r"[Bb]uilding)\.?) ?#?[\w-]{1,6}"
)
_CODE: Final = r"(?:[A-Z]{1,3}-)?\d{3,6}(?:[ -]\d{2,4})?(?: [A-Z]{2}\b)?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"
_PLACE: Final = rf"\(?{_CAP}\)?(?: {_LINK}?\(?{_CAP}\)?){{0,3}}"
_SEPARATOR: Final = r"(?:\s{0,3}[,\n]\s{0,4}| )"
#: Town, region, postal code, unit and country in any order.
_REST: Final = (
    rf"(?:{_SEPARATOR}(?:{_UNIT}|(?:{_CODE}) {_PLACE}|{_PLACE},? (?:{_CODE})|(?:{_CODE})\b|{_PLACE})){{0,5}}"
)
_KEYS: Final = (
    r"(?:(?:street|home|mailing|shipping|billing|postal|delivery|residential|work|property)[_ "
    r"-]?address|address|"
    r"(?:address|addr)[_ -]?(?:line)?[_ -]?[123]?|street(?:[_ -]?name)?|stra(?:ss|ß)e|adresse|"
    r"anschrift|wohnort|"
    r"direcci(?:o|ó)n|domicilio|indirizzo|endere(?:c|ç)o|adres|domicile)"
)
_CODE_KEYS: Final = r"(?:zip(?:[_ -]?code)?|post(?:al)?[_ -]?code|plz|codice[_ -]postale|code[_ -]postal|cep)"
_BETWEEN: Final = r"[\"'\s]{0,6}[:=>][\"'\s>]{0,8}"
_LIVES: Final = (
    r"(?:(?:lives?|lived|living|resides?|residing|located|situated|stay(?:s|ing)?|office is|house is|"
    r"home is|meet|"
    r"delivered|deliver|shipped|ship|mail|mailed|sent|send|return|returned|moved) (?:at|on|in|to)|"
    r"address(?:es)?(?: is| are|:)(?: it is)?|wohnt in der|wohnhaft|habite au|vive en|abita in)"
)
_UPPER_BYTES: Final = r"[A-Z\xc3-\xc5\xce-\xd0]"
_NO_ADDRESS: Final = re2.compile(r"(?i)@|://|^0x|^[\d.:]+$|\.(?:com|org|net|py|js|json)\b|[{}\[\]<>;=_|]")
_LETTERS: Final = re2.compile(r"\p{L}{2}")
_TELLING: Final = re2.compile(
    r"(?i)[,\n].*?(?:\b(?:apt|apartment|suite|ste|unit|flat)\b|\b\d{5,6}\b|\b[A-Z]{1,2}\d[A-Z\d]? "
    r"\d[A-Z]{2}\b|"
    r"\b(?:0\d{3}|1[0-8]\d\d|2[1-9]\d\d|[3-9]\d{3})\b)"
)
_DATE: Final = re2.compile(
    r"(?i)^(?:\d{1,2} )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|"
    r"sun|chapter|"
    r"section|table|figure|page|line|step|version|room|level|class|type|error|port|note|item|part|"
    r"day|week|top)"
)


def _is_address(value: str, _context: str) -> bool:
    """Words and a number, no network, mail or memory address."""
    return (
        _NO_ADDRESS.search(value) is None
        and _LETTERS.search(value) is not None
        and any(c.isdigit() for c in value)
        and len(value.split()) >= 2
    )


def _is_street(value: str, context: str) -> bool:
    """A street with its number: nothing that a sum, a version or a path goes on with, and no date."""
    before, _, _ = context.partition(value)
    return before[-1:] not in set("$€£./-_#") and _DATE.search(value) is None


def _is_block(value: str, context: str) -> bool:
    """Several lines or parts, a later one with a postal code (no year) or a flat."""
    return _is_street(value, context) and _TELLING.search(value) is not None


def _spelled(value: str) -> str:
    return " ".join(value.replace(",", " ").split()).casefold()


def _street(
    rule: str, regex: str, trigger: str, reach: int = 192, accept: Callable[[str, str], bool] = _is_street
) -> Pattern:
    return Pattern(
        rule=rule, regex=regex, label="POSTAL_ADDRESS", sensitivity="none", group=1, trigger=trigger,
        reach=reach, rank=3, accept=accept, canonical=_spelled,
    )  # fmt: skip


def _keyed(rule: str, keys: str, value: str, accept: Callable[[str, str], bool] | None = None) -> Pattern:
    return Pattern(
        rule=rule,
        regex=rf"(?i)\b{keys}{_BETWEEN}({value})",
        label="POSTAL_ADDRESS",
        sensitivity="none",
        group=1,
        trigger=rf"(?i)\b{keys}{_BETWEEN}[a-z0-9\x80-\xff]",
        reach=224,
        rank=3,
        accept=accept,
        canonical=_spelled,
    )


PATTERNS: Final = (
    _street(
        "number_then_street",
        rf"(?:^|[^\w.,/-])({_HOUSE}{_NUMBER},? (?:[NSEW]\.? )?(?:{_CAP} ){{1,4}}(?:{_AFTER})\b\.?(?: "
        rf"[NSEW]\b\.?)?{_REST})",
        rf"\d[A-Za-z]?,? (?:[A-Z\xc3-\xc5][A-Za-z\x80-\xff'.-]* ){{1,5}}(?:{_AFTER})\b",
    ),
    _street(
        "street_then_number",
        rf"(?:^|[^\w])({_HOUSE}(?:\p{{Lu}}[\p{{L}}-]*(?:{_JOINED})|{_NAME} (?:{_OWN_WORD})) "
        rf"{_NUMBER}\b\.?{_REST})",
        rf"[A-Za-z\x80-\xff](?:{_JOINED}) \d|[A-Za-z\x80-\xff.] (?:{_OWN_WORD}) \d",
    ),
    _street(
        "kind_before_street",
        rf"(?:^|[^\w])({_HOUSE}(?i:{_BEFORE}) {_LINK}?{_NAME},? (?:n[º°.o]{{1,2}} ?)?{_NUMBER}\b{_REST})",
        rf"(?i)\b(?:{_BEFORE}) [a-z\xc3-\xc5][^\n\"]{{1,60}} \d",
    ),
    _street(
        "number_before_kind",
        rf"(?:^|[^\w.])({_NUMBER},? (?:bis )?(?i:{_BEFORE}) {_LINK}?{_NAME}{_REST})",
        rf"(?i)\d,? (?:bis )?(?:{_BEFORE}) [a-z\xc3-\xc5]",
    ),
    _street(
        "post_office_box",
        rf"(?i:\b)((?i:p\.? ?o\.? ?box|postfach|apartado|casilla|postbox|bo[iî]te postale) "
        rf"\d{{1,6}}\b{_REST})",
        r"(?i)\b(?:p\.? ?o\.? ?box|postfach|apartado|casilla|postbox|te postale) \d",
    ),
    _street(
        "military_box",
        r"\b((?:[\w ]{1,24}\s*[,\n]?\s*)?(?:APO|FPO|DPO),? A[AEP],? \d{5})\b",
        r"\b(?:APO|FPO|DPO),? A[AEP],? \d{5}",
        96,
    ),
    _street(
        "name_number_block",
        rf"(?:^|[^\w.,/-])({_HOUSE}{_NAME} {_NUMBER}\.?{_REST})",
        rf"[A-Za-z\x80-\xff.] \d{{1,5}}[A-Za-z]?\.?\s{{0,2}}[,\n]\s{{0,4}}(?:{_UPPER_BYTES}|\(|\d)",
        224,
        _is_block,
    ),
    _street(
        "number_name_block",
        rf"(?:^|[^\w.,/-])({_HOUSE}{_NUMBER} {_NAME}{_REST})",
        rf"\d[A-Za-z]? {_UPPER_BYTES}[A-Za-z\x80-\xff.'-]+(?: "
        rf"{_UPPER_BYTES}[A-Za-z\x80-\xff.'-]*){{0,4}}\s{{0,2}}[,\n]"
        rf"\s{{0,4}}(?:{_UPPER_BYTES}|\(|\d{{4}})",
        224,
        _is_block,
    ),
    _street(
        "number_by_verb",
        rf"(?i:\b{_LIVES}) ({_HOUSE}(?:{_NAME} {_NUMBER}\b\.?|{_NUMBER} {_NAME}){_REST})",
        rf"(?i){_LIVES} [^\n]{{0,40}}\d",
    ),
    _street(
        "code_then_town",
        rf"(?:^|[^\w.,/-])({_NUMBER} {_NAME},? [A-Z]{{2}},? \d{{5}}(?:-\d{{4}})?)\b",
        r"[A-Za-z],? [A-Z]{2},? \d{5}\b",
    ),
    _keyed("address_by_key", _KEYS, r"[\p{L}\d#](?:[^\"'\n<>{}|\\]|'\p{L}){3,120}", _is_address),
    _keyed("postal_code_by_key", _CODE_KEYS, r"[A-Z]{0,2}-?\d[A-Z\d]{2,5}(?:[ -]\d?[A-Z\d]{2,4})?\b"),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Addresses in arguments and results; where a call itself goes to is no leak."""
    blocks = ("name_number_block", "number_name_block", "number_by_verb")
    return exposed(batch, DETECTOR.id, "Postal address", unproven=blocks)


DETECTOR: Final = Detector(
    id="postal_address",
    summary="A postal address stands in what an agent sent or read.",
    severity="low",
    misses=(
        "Streets without a number or without a word such as `street`; most addresses in small "
        "letters or in scripts"
        " other than Latin; towns alone. It cannot tell a home from a shop or a hotel."
    ),
    standards=("OWASP-ASI02", "OWASP-LLM02"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("an address posted outside", "She lives at 48 Willow Creek Road, Apt. 3, Dayton, OH 45402 now"),
        reads("a German street", "Lieferung an: Lindenstraße 12a, 50674 Köln"),
        reads("a French street", "Il habite 8 rue des Tilleuls, Nantes"),
        reads("a record", '{"street": "Nyhavn 31", "zip": "DK-1051", "city": "Kopenhagen"}'),
        reads("lines of a letter", "Ship to:\nObere Au 17\nFlat 4\nBregenz\nAustria 69001"),
    ),
    silent=(
        reads("a network address", '{"address": "10.1.2.3:8080", "addr": "0x7fff5fbff8a0"}'),
        reads("numbers and capitals", "200 OK, 404 Not Found, 3 Open Tickets, Chapter 5 Section 12"),
        reads("a date and a place", "On March 15, Lisbon 2024 opens in Room 12, Building Four."),
        reads("a town", "The meeting is in Lisbon, not in Porto."),
    ),
)
