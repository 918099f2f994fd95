"""Prints docs/tickets.md from the tables in the code: `python -m afteraction.approvals.describe`."""

from __future__ import annotations

import sys
from typing import Final

from afteraction.approvals.decide import GRANT_US
from afteraction.approvals.retroactive import HASTE
from afteraction.approvals.states import MEANING, NOTES, diagram
from afteraction.records import remedy
from afteraction.records.reason_code import REASON_CODES

_HEAD: Final = """\
# Tickets

A ticket is one concern about one session that waits for a person. An audit opens a retroactive ticket for
each session and cause whose risk is above the bundle's threshold; the actions in it already ran. Reading the
same logs again opens nothing again, two audits at once neither.

```
afteraction tickets list [--state open|approved|denied|expired|superseded|all] [--format table|json]
afteraction tickets show TICKET [--format table|json]
afteraction tickets approve TICKET --as YOU --reason WHY [--reason-code CODE]
afteraction tickets deny TICKET --as YOU --reason WHY [--reason-code CODE] [--then REMEDY]...
afteraction tickets remediate TICKET REMEDY --as YOU --evidence WHAT [--link URL]
afteraction tickets reopen TICKET --as YOU --reason WHY
afteraction tickets break-glass TICKET --as YOU --reason WHY
afteraction tickets original TICKET --as YOU --reason WHY [--action ACTION]
afteraction tickets sweep
```

`--as` is one of your accounts; `AFTERACTION_REVIEWER` says it for the whole shell. The command line believes
you: whoever can write to the casebook can say any name, so give that right to reviewers only. `show` prints
evidence as the published database holds it, masked.

## States
"""
_VERSIONS: Final = """
A ticket never changes under its reviewer: tool, target, arguments and the set of actions are as they were
opened, and the database refuses to edit them. When a later audit finds more actions of the same concern, the
waiting version is superseded and the next one (`T-….2`) opens with all of them. A concern that a person has
decided opens anew only for actions that were not in it. Fewer actions change nothing. An action that a gate
stopped opens no ticket: it never ran.
"""
_WHO: Final = """
## Who may decide

People are compared, not account names, and they are compared at the moment of the decision. These may not:

- who asked for the action (`on_behalf_of`), whoever of them if several did
- the owner of the agent, now or when the ticket opened, its service account, and the owners of other agents
  with the same service account
- everybody up the delegation chain (`delegated_by`), with the owners and accounts of the agents on it
- the author of the policy that scored the agent (`policy_author`), or of the rule that asks for it
- an agent or service account
- a person who is not configured, not `active`, or without `can_approve`

There is no exemption for administrators. Two names are one person if the settings say so, or if they differ
only in case, spaces, a plus-part, dots, marks, invisible characters or letters that look alike. That is used
to keep people out only; to be let in, an account must be written as it is configured (case aside). If the
owner or the requester is not known, the decision is possible and the trail says so. If no people are
configured, nobody may decide: see [settings](settings.md).

A refused attempt is written to the trail with its reasons.

### Groups, hours, escalation
`[[reviewer_groups]]` say which people decide on which tickets (by tenant, agent, team, level, kind); the
first group that fits decides, and a ticket that none fits is for everybody who may. With `hours` and `days`
its people approve at those times only; they deny at any time. After the share `review.escalate_at` of its
time an open ticket goes on to the group in `then`, whose people may decide too. Each audit sees to it, and so
does `tickets sweep`.

### More than one person
`[[quorums]]` say how many people must approve (by level, kind, group), and are read when somebody decides. An
approval before the last is written to the trail and the ticket stays open; one denial denies. People are
counted, not accounts or channels; who has lost the right since no longer counts.

### Deputies
A deputy (`[[deputies]]`, with a last day) decides for a person who is away, in that person's groups: whatever
shuts out either of them shuts out the deputy, who needs `can_approve` too. The two are one vote, and a
deputy's deputy is nobody's.

### Breaking glass
In an emergency somebody in the group `review.break_glass` approves a waiting action alone, at any hour, with
a reason. Separation of duties is not lifted: who has a part in the action cannot. A critical retroactive
ticket opens in the same transaction, on which the same person may not decide; channels see the event
`broke_glass`.

```toml
[[reviewer_groups]]
name = "security"
levels = ["critical", "high"]
hours = "07:00-19:00"
timezone = "Europe/Berlin"
then = "on-call"

[[reviewer_groups]]
name = "on-call"
kinds = ["live"]

[[quorums]]
people = 2
levels = ["critical"]

[[deputies]]
person = "sofia"
deputy = "tomas"
until = 2027-01-31

[review]
break_glass = "on-call"
originals = "security"
quiet_hours = "22:00-07:00"
```

### Originals
Evidence is masked everywhere. `tickets original` prints what an action sent and got as it was, for people in
the group `review.originals` only, with a reason. The trail and the ledger hold who did and why before
anything is opened, and who tried without the right.

## After a denial
With a denial the reviewer says what has to be done about what ran:
"""
_REMEDIES: Final = """
`tickets remediate` records that it was done, with evidence in words and a link to more, masked. Any active
person can, the agent's owner too. What is planned and not yet done stands on the ticket.

A decision is never edited. `tickets reopen` opens the next version of a decided retroactive ticket, with the
same actions; the trail names the version before it. Only who may decide can open it once more. An audit does
not raise a concern again that a person has decided, until there is an action that was not in it.
"""
_REASONS: Final = """
## Reason codes

`--reason-code` says what it came to, from a closed list. It stands in `decisions`, with its disposition, and
is what [feedback](feedback.md) learns from.
"""
_LEARNING: Final = """
Without a code an approval teaches that it was harmless, and a denial that it was harmful.
"""
_GRANT: Final = """
## What an approval allows

An approval mints one grant. It is bound to the SHA-256 of the RFC 8785 form of tenant, agent, on_behalf_of,
tool, digest of the arguments, target, bundle revision, nonce and expiry; another argument or target needs its
own approval. It is used once, by compare and set. The grant of a retroactive ticket is used up from the
start: what already ran is accepted, another run is not. The grant of a live ticket lasts {minutes} minutes
and never longer than the ticket. Setting the clock back gives no time: the latest time on record counts.
"""
_MISSES: Final = """
## What it misses

- The command line does not prove who you are, and the database's own administrator can switch the triggers
  off; the ledger shows it afterwards.
- Two people who share one account under a name that is not configured look like one person.
- Without `[[quorums]]` one approval is enough at every risk.
- Where a quorum is met, controls look at the person who decided last; those before stand in the trail.
"""


def page() -> str:
    """The whole page as markdown."""
    minutes = GRANT_US // 60_000_000
    return "".join(
        (
            _HEAD,
            _states(),
            _VERSIONS,
            _due(),
            _codes(),
            _WHO,
            _remedies(),
            _GRANT.format(minutes=minutes),
            _MISSES,
        )
    )


def _codes() -> str:
    rows = [
        f"| `{one.code}` | {one.disposition.replace('_', ' ')} | {', '.join(one.verdicts)} | {one.meaning}"
        f" | {one.teaches or 'nothing'} |"
        for one in REASON_CODES
    ]
    head = ("| Code | Disposition | Goes with | Meaning | Learned |", "| --- | --- | --- | --- | --- |")
    return "\n".join((_REASONS, *head, *rows, _LEARNING))


def _remedies() -> str:
    rows = [f"| `{one}` | {meaning} |" for one, meaning in remedy.MEANING.items()]
    return "\n".join(("", "| Remedy | Meaning |", "| --- | --- |", *rows, _REMEDIES))


def _states() -> str:
    states = [f"| `{state}` | {meaning} |" for state, meaning in MEANING.items()]
    notes = [f"| `{event}` | {meaning} |" for event, meaning in NOTES.items()]
    drawn = ("", "```mermaid", diagram(), "```", "")
    told = "Besides its steps, the audit trail of a ticket holds:"
    events = ("", told, "", "| Event | Meaning |", "| --- | --- |", *notes, "")
    return "\n".join((*drawn, "| State | Meaning |", "| --- | --- |", *states, *events))


def _due() -> str:
    rows = [f"| {level} | {share:g} |" for level, share in HASTE.items()]
    head = "A ticket is due after `retro_sla_hours` (see [settings](settings.md)) times:"
    return "\n".join(("", "## Due", "", head, "", "| Level | Times |", "| --- | --- |", *rows, ""))


if __name__ == "__main__":
    sys.stdout.write(page())
