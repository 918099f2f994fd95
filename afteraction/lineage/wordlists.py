"""English words that carry little by themselves, and those that requests begin with or hold."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from afteraction.lineage.bags import bag
from afteraction.lineage.tokens import I64, U64, as_i64, hash_words
from afteraction.lineage.verbs import OPERATIONS, inflected

#: Words that say nothing of where a text comes from: function words, field names, everyday office words.
COMMON: Final = bag(
    """
a about above access account action active add address after again against agent all also am amount an
and any app application april are as at august back balance be because been before being below best
between body both but by call can cannot case change channel check city code com comment company contact
content could count country create created currency customer data date day days dear december default
delete description detail details did do document does doing done down during each email end error event
example false february few file files find first folder for free friday from further get github give go
had has have having he hello help her here hers herself hi him himself his home hour hours how html http
https i id if in info information into is it item items its itself january july june just key kind last
let like limit line link list local location login made mail make many march may me meeting member
message messages method might minute minutes mode monday money month months more most much must my
myself name need net new next no none nor not note notes november now null number october of off offer
office ok old on once one online only open option or order org other our ours ourselves out over own
page part password path payment people per person phone place plan please post price product profile
project public query question read ready regards reply report request response result results return
review room run same saturday schedule search second see send sender sent september server service set
shall share shared she should since size so some sorry source start state status still street subject
success such sum sunday support system table take task team test text than thank thanks that the their
theirs them themselves then there these they this those through thursday time title to today token
tomorrow too total transaction true tuesday two type under unit until up update updated upon url us use
used user username using value version very via view visit want was way we web website wednesday week
weeks welcome well were what when where which while who whom why will with within without work world
would write www year years yes yesterday yet you your yours yourself
"""
)

#: Verbs in the form that a request begins with.
IMPERATIVE: Final = bag(
    """
accept access add allow append apply approve archive ask assign attach authorize backup block book
browse buy call cancel change check choose clean clear click clone close collect comment commit compile
complete compose confirm connect contact convert copy create deactivate decline delete deliver deposit
describe disable discard display donate download draft drop edit email enable encode enter erase execute
exfiltrate export extract fetch fill find follow forget forward get give go grant hide ignore import
include input insert install invite join kill leave list load locate log look mail make merge message
modify move navigate notify obtain open order override overwrite paste pay perform post prepare print
proceed provide publish pull purchase push put read redirect refund register reject remove rename repeat
replace reply report request reschedule reserve reset respond restart retrieve return reveal review
revoke run save say schedule scrape search select send set share show sign skip star start stop store
submit subscribe summarize switch sync take tell test transfer transmit treat try turn uninstall unlock
unsubscribe update upgrade upload use verify view visit wipe wire withdraw write
"""
)

#: Words that speak to the reader or oblige: second person, politeness, necessity, order of doing.
ADDRESSING: Final = bag(
    """
afterwards agent ai assistant before ensure first immediately important instead instruction instructions
kindly model must need needs ought please remember require required requires shall should task tasks
then urgent urgently you your yourself
"""
)


@cache
def common() -> U64:
    """Hashes of `COMMON`."""
    return hash_words(sorted(COMMON))


@cache
def imperative() -> U64:
    """Hashes of `IMPERATIVE`."""
    return hash_words(sorted(IMPERATIVE))


@cache
def asking() -> tuple[U64, I64]:
    """(hashes of the verbs of all operations, sorted; the number of each one's operation in `OPERATIONS`)."""
    pairs = {
        int(one): number
        for number, operation in enumerate(OPERATIONS)
        for one in hash_words(sorted(inflected(operation)))
    }
    hashes = np.array(sorted(pairs), dtype=np.uint64)
    return hashes, as_i64([pairs[one] for one in sorted(pairs)])


@cache
def operation_names() -> tuple[U64, I64]:
    """(hashes of the names of the operations, sorted; the number of each in `OPERATIONS`)."""
    hashes = np.concatenate([hash_words([name]) for name in OPERATIONS])
    order = np.argsort(hashes)
    return hashes[order], as_i64(order)


@cache
def addressing() -> U64:
    """Hashes of `ADDRESSING`."""
    return hash_words(sorted(ADDRESSING))
