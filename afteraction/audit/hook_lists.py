"""The lists that travel in a bundle: the hook reads a call with the same words as lineage."""

from __future__ import annotations

from typing import Any

import msgspec

from afteraction.lineage import commands, verbs
from afteraction.lineage.public_sites import PUBLIC_SITES
from afteraction.records.settings import Destinations


def hook_lists(destinations: Destinations) -> dict[str, Any]:
    """The `lists` of a bundle: the owner's domains, public drop sites, and the words of what is done."""
    known = msgspec.structs.asdict(destinations)
    lexicon = {
        "plain": dict(verbs.PLAIN),
        "nounlike": dict(verbs.NOUNLIKE),
        "money": sorted(verbs.MONEY),
        "rights": sorted(verbs.RIGHTS),
        "credentials": sorted(verbs.CREDENTIALS),
        "asked": sorted(verbs.ASKED),
        "programs": dict(commands.PROGRAMS),
    }
    named = {name: sorted(map(_bare, domains)) for name, domains in known.items() if domains}
    return {**named, "paste": sorted(PUBLIC_SITES), "lexicon": lexicon}


def _bare(domain: str) -> str:
    """The domain as lineage looks it up."""
    return domain.lower().strip().lstrip("*.").strip(".")
