"""How many people's data one call carries: mail addresses, bank accounts and cards, counted and not kept."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: Single runs of one class between fixed characters, so that matching is linear.
_MAIL = r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
_ACCOUNT = r"(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?(?![0-9A-Za-z])"
_CARD = r"(?<![0-9A-Za-z-])[1-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}(?![0-9A-Za-z])"
_MOST_TEXT = 200_000
#: Distinct values of any kind, or of accounts and cards, from which a call carries several people's data.
MANY, GRAVE = 10, 2
_SHORTEST = 12


def people_in(texts: Iterable[str], places: Iterable[str]) -> bool:
    """Whether these texts hold several people's data; `places` are where the call goes: no payload."""
    text = "\n".join([one for one in texts if len(one) >= _SHORTEST])[:_MOST_TEXT]
    digits = sum([text.count(digit) for digit in "0123456789"])
    if text.count("@") < MANY and digits < 2 * _SHORTEST:
        return False
    import re  # noqa: PLC0415 -- few calls get here, and the module takes longer to load than to use

    addressed = {place.lower() for place in places}
    grave = {found.replace(" ", "") for found in re.findall(_ACCOUNT, text) if _is_account(found)}
    grave |= {number for found in re.findall(_CARD, text) if _is_card(number := _digits(found))}
    grave = {value for value in grave if value.lower() not in addressed}
    mails = {found.lower() for found in re.findall(_MAIL, text)} - addressed if "@" in text else set()
    return len(grave) >= GRAVE or len(grave) + len(mails) >= MANY


def _is_account(found: str) -> bool:
    """The checksum of an IBAN (ISO 13616, mod 97)."""
    account = found.replace(" ", "")
    if not 15 <= len(account) <= 34:
        return False
    return int("".join([str(int(char, 36)) for char in account[4:] + account[:4]])) % 97 == 1


def _digits(found: str) -> str:
    return found.replace(" ", "").replace("-", "")


def _is_card(number: str) -> bool:
    """The checksum of a card number (ISO/IEC 7812-1, Luhn)."""
    if not 13 <= len(number) <= 19:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum([value - 9 * (value > 9) for value in doubled]) % 10 == 0
