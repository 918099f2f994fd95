"""Finds postal addresses: number and street in several languages, blocks with a postal code, and by the key."""

from __future__ import annotations

from typing import Final

import polars as pl
import re2

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

#: A capitalised word: in RE2, and what of it Hyperscan (bytes) looks for.
_CAP: Final = r"\p{Lu}[\p{L}\p{M}'’.-]*"
_CAP_BYTES: Final = r"[A-Z\xc3-\xc5][A-Za-z\x80-\xff'.-]*"
_KINDS: Final = (
    "Street|Str|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Way|Terrace|Ter|"
    "Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Trl|Crescent|Cres|Close|Mews|Row|Alley|Plaza|Turnpike|Loop|Grove|"
    "Gardens|Hill|Walk|Pike|Parade|Esplanade|Promenade"
)
_JOINED: Final = (
    "straße|strasse|str\\.|gasse|weg|platz|allee|ring|damm|ufer|chaussee|straat|laan|plein|gracht|kade|dijk|singel|"
    "gatan|vägen|gata|vej|gade|veien|gaten|katu|tie|kuja|polku"
)
_BEFORE: Final = (
    "rue|avenue|boulevard|place|chemin|impasse|allée|quai|route|calle|avenida|paseo|plaza|carrera|camino|via|viale|"
    "piazza|corso|largo|vicolo|rua|travessa|praça|strada|bulevardul|ulica|aleja|ul\\.|al\\.|av\\.|avda\\.|bd\\.?|c/"
)
_UNIT: Final = (
    r"(?:[,\s]{1,4}(?:#|(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|Bldg|Building)\.?)\s?#?[\w-]{1,6})?"
)
_AREA: Final = (
    rf"(?:,?\s{{1,3}}{_CAP}(?: {_CAP}){{0,3}})?(?:,?\s{{1,3}}[A-Z]{{2}})?(?:,?\s{{1,3}}"
    r"(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{4})?|,?\s{1,3}[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})?"
)
_NUMBER: Final = r"\d{1,5}(?:[A-Za-z]|bis|[-/]\d{1,4}[a-z]?)?"
_KEYS: Final = (
    r"(?:(?:street|home|mailing|shipping|billing|postal|delivery|residential|work|property)[_ -]?address|address|"
    r"(?:address|addr)[_ -]?(?:line)?[_ -]?[123]?|street(?:[_ -]?name)?|stra(?:ss|ß)e|adresse|anschrift|wohnort|"
    r"direcci(?:o|ó)n|domicilio|indirizzo|endere(?:c|ç)o|adres|domicile)"
)
_CODE_KEYS: Final = r"(?:zip(?:[_ -]?code)?|post(?:al)?[_ -]?code|plz|codice[_ -]postale|code[_ -]postal|cep)"
_BETWEEN: Final = r"[\"'\s]{0,6}[:=>][\"'\s>]{0,8}"
_NO_ADDRESS: Final = re2.compile(r"(?i)@|://|^0x|^[\d.:]+$|\.(?:com|org|net|py|js|json)\b|[{}\[\]<>;=_|]")
_LETTERS: Final = re2.compile(r"\p{L}{2}")


def _is_address(value: str, _context: str) -> bool:
    """Words and a number, no network, mail or memory address."""
    return (
        _NO_ADDRESS.search(value) is None
        and _LETTERS.search(value) is not None
        and any(c.isdigit() for c in value)
        and len(value.split()) >= 2
    )


def _is_street(value: str, context: str) -> bool:
    """A street with its number, and no sum, date or version before or after."""
    before, _, _ = context.partition(value)
    return before[-1:] not in {"$", "€", "£", ".", "/", "-", "_", "#", "="} or before[-1:] == "="


def _spelled(value: str) -> str:
    return " ".join(value.replace(",", " ").split()).casefold()


def _street(rule: str, regex: str, trigger: str, reach: int = 192) -> Pattern:
    return Pattern(
        rule=rule, regex=regex, label="POSTAL_ADDRESS", sensitivity="none", group=1, trigger=trigger, reach=reach,
        rank=3, accept=_is_street, canonical=_spelled,
    )  # fmt: skip


def _keyed(rule: str, keys: str, value: str, **options: object) -> Pattern:
    return Pattern(
        rule=rule,
        regex=rf"(?i)\b{keys}{_BETWEEN}({value})",
        label="POSTAL_ADDRESS",
        sensitivity="none",
        group=1,
        trigger=rf"(?i)\b{keys}{_BETWEEN}[a-z0-9\x80-\xff]",
        reach=224,
        rank=3,
        accept=_is_address if options.get("words") else None,
        canonical=_spelled,
    )


PATTERNS: Final = (
    _street(
        "number_then_street",
        rf"(?:^|[^\w.,/-])({_NUMBER} (?:[NSEW]\.? )?(?:{_CAP} ){{1,4}}(?:{_KINDS})\b\.?(?: [NSEW]\b\.?)?{_UNIT}{_AREA})",
        rf"\d[A-Za-z]? (?:[A-Z\xc3-\xc5][A-Za-z\x80-\xff'.-]* ){{1,5}}(?:{_KINDS})\b",
    ),
    _street(
        "street_then_number",
        rf"(?:^|[^\w])(\p{{Lu}}[\p{{L}}-]*(?:{_JOINED}) {_NUMBER}\b{_AREA})",
        rf"[A-Za-z\x80-\xff](?:{_JOINED}) \d",
    ),
    _street(
        "kind_before_street",
        rf"(?:^|[^\w])((?i:{_BEFORE}) (?:(?i:de la|de l'|de los|du|des|de|del|della|do|da|dos) ?)?{_CAP}(?: {_CAP}){{0,4}},? "
        rf"(?:n[º°.o]{{1,2}} ?)?{_NUMBER}\b{_AREA})",
        rf"(?i)\b(?:{_BEFORE}) [a-z\xc3-\xc5][^\n\"]{{1,60}} \d",
    ),
    _street(
        "number_before_kind",
        rf"(?:^|[^\w.])({_NUMBER},? (?i:{_BEFORE}) (?:(?i:de la|de l'|de los|du|des|de|del|della|do|da) ?)?{_CAP}"
        rf"(?: {_CAP}){{0,4}}{_AREA})",
        rf"(?i)\d,? (?:bis )?(?:{_BEFORE}) [a-z\xc3-\xc5]",
    ),
    _street(
        "post_office_box",
        rf"(?i:\b)((?i:p\.? ?o\.? ?box|postfach|apartado|casilla) \d{{1,6}}\b{_AREA})",
        r"(?i)\b(?:p\.? ?o\.? ?box|postfach|apartado|casilla) \d",
    ),
    _street(
        "block_with_postal_code",
        rf"(?:^|[\n,;:\"] ?)((?:{_NUMBER} {_CAP}(?: (?:{_CAP}|{_NUMBER})){{0,4}}|{_CAP}(?: {_CAP}){{0,3}} {_NUMBER})"
        rf"{_UNIT}\s*[,\n]\s*(?:{_CAP}(?: {_CAP}){{0,3}}\s*[,\n]?\s*){{1,3}}(?:[A-Z]{{1,2}}-)?\d{{4,6}}\b(?:-\d{{4}})?)",
        r"[,\n]\s{0,4}[A-Z\xc3-\xc5][A-Za-z\x80-\xff.'-]+(?:[ ,\n]{1,4}[A-Z\xc3-\xc5][A-Za-z\x80-\xff.'-]*){0,5}[ ,\n]{1,4}"
        r"(?:[A-Z]{1,2}-)?\d{4,6}\b",
        256,
    ),
    _street(
        "code_then_town",
        rf"(?:^|[^\w.,/-])({_NUMBER} {_CAP}(?: {_CAP}){{0,3}},? [A-Z]{{2}},? \d{{5}}(?:-\d{{4}})?)\b",
        r"[A-Za-z],? [A-Z]{2},? \d{5}\b",
    ),
    _keyed("address_by_key", _KEYS, r"[\p{L}\d#][^\"\n<>{}|\\]{3,120}", words=True),
    _keyed("postal_code_by_key", _CODE_KEYS, r"[A-Z]{0,2}-?\d[A-Z\d]{2,5}(?:[ -]\d?[A-Z\d]{2,4})?\b"),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Addresses in arguments and results; where a parcel goes to is no leak if the call names it as its target."""
    return exposed(batch, DETECTOR.id, "Postal address", unproven=("block_with_postal_code",))


DETECTOR: Final = Detector(
    id="postal_address",
    summary="A postal address stands in what an agent sent or read.",
    severity="low",
    misses="Streets without a number or without a word such as `street`; scripts other than Latin; towns alone. It"
    " cannot tell a home from a shop or a hotel.",
    standards=("OWASP-ASI02", "OWASP-LLM02"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("an address posted outside", "She lives at 48 Willow Creek Road, Apt. 3, Dayton, OH 45402 now"),
        reads("a German street", "Lieferung an: Lindenstraße 12a, 50674 Köln"),
        reads("a French street", "Il habite 8 rue des Tilleuls, Nantes"),
        reads("a record", '{"street": "Nyhavn 31", "zip": "1051", "city": "Kopenhagen"}'),
    ),
    silent=(
        reads("a network address", '{"address": "10.1.2.3:8080", "addr": "0x7fff5fbff8a0"}'),
        reads("numbers and capitals", "200 OK, 404 Not Found, 3 Open Tickets, Chapter 5 Section 12"),
        reads("a town", "The meeting is in Lisbon, not in Porto."),
    ),
)
