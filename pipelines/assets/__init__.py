"""Assets by layer, one file each: raw, core, review, policy, published.

Add an asset when a public table is added. A body reads, calls one function of the library, and reports;
anything longer belongs into the library.
"""

from __future__ import annotations

from typing import Final

import dagster as dg

#: Every writing asset takes the lake; the instance lets one run at a time have it.
POOL: Final = "lake"

#: A step that failed is tried again after 2, 4 and 8 seconds (every step is idempotent).
RETRY: Final = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL)
