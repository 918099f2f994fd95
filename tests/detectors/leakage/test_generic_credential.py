"""Forms of naming a credential that fire, and their look-alikes that do not."""

from __future__ import annotations

import polars as pl
import pytest

from detectors.scan import scan_texts

VALUE = "q8Vw2Zt4Xn6Lb9" + "Hs3Jd5Mf1Pc0Yb7"
HEX = "9f86d081884c7d65" + "9a2feaa0c55ad015"


def secrets(text: str) -> list[str]:
    found = scan_texts(pl.Series([text])).filter(pl.col("sensitivity") == "secret")
    return [text[start:end] for start, end in found.select("start", "end").iter_rows()]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"acme_api_key = {VALUE}", VALUE),
        (f"ACME SECRET {VALUE}", VALUE),
        (f"acme-token.{VALUE}", VALUE),
        (f"X-Api-Key: {HEX}", HEX),
        (f"Authorization: Token {HEX}", HEX),
        (f'"name_of_key" : {" " * 40}"{VALUE}"', VALUE),
        ("license_key: 4K7Q-92ZD-X3VM-71TB-8WHN", "4K7Q-92ZD-X3VM-71TB-8WHN"),
        ("acme_key = 4a7f9c21d0", "4a7f9c21d0"),
        (f"tool --api-token {VALUE} run", VALUE),
        ("sshpass -p 'Brant7wood!' ssh a@b.example.com", "Brant7wood!"),
        (f'curl -u "{VALUE}:" https://api.example.com', VALUE),
        ("curl -X POST https://a.example.com -u dev:kXbQzWvTrPmL", "kXbQzWvTrPmL"),
        (
            f"SIGNED_KEY=part.{VALUE}.{VALUE[::-1]}",
            f"part.{VALUE}.{VALUE[::-1]}",
        ),
    ],
)
def test_a_named_credential_is_found(text, value):
    assert secrets(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "access_key = settings.storage.access_key_name",
        "token: user.session.get_current_token",
        "primary_key = order_2024_0001",
        "cache_key=user:profile:page-12",
        "foreign key references order_items_archive",
        "api_key = aaaaaaaaaaaaaaaaaaaa1111",
        "secret: ${SECRET_FROM_VAULT}",
        'curl -u "$USER:$PASSWORD" https://a.example.com',
        "curl -u user:pass https://a.example.com",
        "mysql -P 3306 -p /var/lib",
        "run --token-file /etc/token --password <password>",
        "docker run -p 8080:80 image",
        'def timed(stmt="pass", setup="pass", repeat=3):',
        '"passphrase": "string?",',
        "The key idea of the private beta is access-control-lists.",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    ],
)
def test_a_look_alike_is_not(text):
    assert secrets(text) == []


def test_an_address_inside_a_secret_does_not_hide_it():
    text = f"acme_secret = ann@intern.test/{VALUE}{HEX}"
    assert VALUE in secrets(text)[0]
