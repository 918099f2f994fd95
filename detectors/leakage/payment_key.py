"""Finds keys of payment and commerce services: Stripe, Square, PayPal, Shopify, Plaid, Razorpay."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import is_real

_key = partial(Pattern, sensitivity="secret", group=1, accept=is_real)

PATTERNS: Final = (
    _key("stripe_key", r"\b((?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,247})\b", "STRIPE_KEY",
         trigger=r"\b(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10}", reach=320),
    _key("stripe_webhook_secret", r"\b(whsec_[A-Za-z0-9+/]{24,64}={0,2})", "STRIPE_WEBHOOK_SECRET",
         trigger=r"\bwhsec_[A-Za-z0-9+/]{24}", reach=128),
    _key("square_token", r"\b((?:EAAA|sq0atp-|sq0csp-|sq0idp-)[\w-]{22,60})(?:[^\w-]|$)", "SQUARE_TOKEN"),
    _key("braintree_token", r"\b(access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32})\b",
         "BRAINTREE_TOKEN"),
    _key("shopify_token", r"\b(shp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32})\b", "SHOPIFY_TOKEN"),
    _key("plaid_token",
         r"\b(access-(?:sandbox|development|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b",
         "PLAID_TOKEN"),
    _key("razorpay_key", r"\b(rzp_(?:live|test)_[A-Za-z0-9]{14})\b", "RAZORPAY_KEY"),
    _key("flutterwave_key", r"\b(FLW(?:SEC|PUB)K(?:_TEST)?-[0-9a-f]{32}-X)\b", "FLUTTERWAVE_KEY"),
)  # fmt: skip


def find(batch: SessionBatch) -> pl.DataFrame:
    """Payment keys in arguments and results."""
    return exposed(batch, DETECTOR.id, "Payment service key")


_STRIPE = "sk_" + "live_8Kq2Vw9Zt4Xn6Lb1Hs3Jd5Mf"

DETECTOR: Final = Detector(
    id="payment_key",
    summary="A payment service's key stands in what an agent sent or read.",
    severity="critical",
    misses="PayPal and Adyen keys, which have no prefix, unless a telling name stands beside them.",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("live key posted outside", f"charge with {_STRIPE} please"),
        reads("key in an environment file", f"STRIPE={_STRIPE}\n"),
    ),
    silent=(
        reads("a publishable key", "pk_" + "live_8Kq2Vw9Zt4Xn6Lb1Hs3Jd5Mf"),
        reads("a placeholder", "sk_" + "test_xxxxxxxxxxxxxxxxxxxxxxxx"),
    ),
)
