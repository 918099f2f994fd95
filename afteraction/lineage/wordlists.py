"""English words that carry little by themselves, and those that sentences asking for something begin with or hold."""

from __future__ import annotations

from functools import cache
from typing import Final

from afteraction.lineage.tokens import U64, hash_words

#: Words that say nothing of where a text comes from: function words, field names and everyday office words.
COMMON: Final = """
a about above after again against all also am an and any are as at back be because been before being below between
both but by can cannot could did do does doing done down during each few first for from further get give go had has
have having he her here hers herself him himself his how i if in into is it its itself just last let like made make
many may me might more most much must my myself new next no nor not now of off on once one only or other our ours
ourselves out over own per please same see shall she should since so some still such take than thank thanks that the
their theirs them themselves then there these they this those through time to today tomorrow too two under until up
upon us use used using very via want was way we well were what when where which while who whom why will with within
without would yes yesterday yet you your yours yourself
access account action active add address agent all amount app application balance body call case change channel
check city code com comment company contact content count country create created currency customer data date day
days december default delete description detail details dear document done email end error event example false file
files find folder free friday from github hello help hi home hour hours html http https id info information is item
items january february march april june july august september october november key kind regards best limit line link
list local location login mail make meeting member message messages method minute minutes mode monday money month
months name need net none note notes null number of offer office ok old online open option order org page part
password path payment people person phone place plan post price product profile project public query question read
ready reply report request response result results return review room run saturday schedule search second see send
sender sent server service set share shared size sorry source start state status street subject success sum sunday
support system table task team test text thursday title today token total transaction true tuesday type unit update
updated url user username value version view visit want web website wednesday week weeks welcome work world write www
year years yes your
""".split()

#: Verbs in the form that a request begins with.
IMPERATIVE: Final = """
accept access add allow append apply approve archive ask assign attach authorize backup block book browse buy call
cancel change check choose clean clear click clone close collect comment commit compile complete compose confirm
connect contact convert copy create deactivate decline delete deliver deposit describe disable discard display donate
download draft drop edit email enable encode enter erase execute exfiltrate export extract fetch fill find follow
forget forward get give go grant hide ignore import include input insert install invite join kill leave list load
locate log look mail make merge message modify move navigate notify obtain open order override overwrite paste pay
perform post prepare print proceed provide publish pull purchase push put read redirect refund register reject remove
rename repeat replace reply report request reschedule reserve reset respond restart retrieve return reveal review
revoke run save say schedule scrape search select send set share show sign skip star start stop store submit subscribe
summarize switch sync take tell test transfer transmit treat try turn uninstall unlock unsubscribe update upgrade
upload use verify view visit wipe wire withdraw write
""".split()

#: Words that speak to the reader or oblige: second person, politeness, necessity, order of doing.
ADDRESSING: Final = """
please kindly must should shall ought need needs required require requires you your yourself instead immediately
urgently important urgent ensure remember before first then afterwards assistant ai agent model instruction
instructions task tasks
""".split()


@cache
def common() -> U64:
    """Hashes of `COMMON`."""
    return hash_words(COMMON)


@cache
def imperative() -> U64:
    """Hashes of `IMPERATIVE`."""
    return hash_words(IMPERATIVE)


@cache
def addressing() -> U64:
    """Hashes of `ADDRESSING`."""
    return hash_words(ADDRESSING)
