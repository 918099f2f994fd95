"""Several people's data on its way outside."""

import pytest
from afteraction_hook.bundle import Bundle
from afteraction_hook.features import features
from afteraction_hook.personal_in import people_in

ACCOUNTS = ("DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19")
CARDS = ("4111 1111 1111 1111", "5500-0000-0000-0004")
MAILS = [f"c{number}@customer.example" for number in range(12)]
URL = "https://enrich.example.net/in"


@pytest.mark.parametrize(
    ("texts", "places", "many"),
    [
        (ACCOUNTS, (), True),
        (ACCOUNTS, (ACCOUNTS[0],), False),
        ((ACCOUNTS[0],) * 5, (), False),
        (("DE89370400440532013001", "GB29NWBK60161331926818"), (), False),
        (CARDS, (), True),
        (("4111 1111 1111 1112", CARDS[0]), (), False),
        ((",".join(MAILS),), (), True),
        ((",".join(MAILS),), MAILS[:5], False),
        (MAILS[:9], (), False),
        (("1" * 5000,), (), False),
        (("@" * 5000,), (), False),
        ((), (), False),
    ],
)
def test_distinct_values_of_others_are_counted(texts, places, many):
    assert people_in(texts, places) is many


@pytest.mark.parametrize(
    ("args", "leak"),
    [
        ({"url": URL, "body": " ".join(ACCOUNTS)}, "high"),
        ({"url": URL, "body": ",".join(MAILS)}, "high"),
        ({"path": "/tmp/x", "body": ",".join(MAILS)}, None),
        ({"to": MAILS, "body": "See you on Monday."}, "low"),
    ],
    ids=str,
)
def test_only_what_goes_outside_counts(make_document, args, leak):
    words = {
        "plain": {"send": "send"},
        "nounlike": {},
        "money": [],
        "rights": [],
        "credentials": [],
        "asked": [],
    }
    lists = {"lexicon": words}
    assert features("send_it", args, Bundle(make_document(lists=lists)))["leak"] == leak
