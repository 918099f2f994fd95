"""What an owner configures, read from `$AFTERACTION_HOME/afteraction.toml` (all of it optional)."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from afteraction.records.settings_channels import Channel
from afteraction.records.settings_review import Deputy, Quorum, Review, ReviewerGroup, check_people
from afteraction.records.settings_trust import Trust


class Destinations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Domains (with their subdomains) whose class the owner knows."""

    internal: tuple[str, ...] = ()
    """Your own domains."""
    partner: tuple[str, ...] = ()
    """Domains of companies that you share data with."""
    public: tuple[str, ...] = ()
    """Domains that anybody can read."""


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A registered agent: who answers for it and what it may use."""

    id: str
    """The agent id, as the logs have it."""
    owner: str
    """The person who answers for the agent, and may not decide on its actions."""
    service_account: str | None = None
    """The account it acts with."""
    tools: tuple[str, ...] | None = None
    """The tools it may use; left out: not checked."""
    delegated_by: str | None = None
    """The agent or person whose work it does; nobody up that chain may decide."""
    policy_author: str | None = None
    """Who wrote the rules that score it, and may not decide either."""


class Principal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person, with every account name that is the same person."""

    person: str
    """A name for the person; it is an account name too."""
    accounts: tuple[str, ...] = ()
    """Every account that is this person: e-mail, chat, login."""
    active: bool = True
    """False: may no longer decide."""
    can_approve: bool = False
    """True: may decide on what others did."""
    groups: tuple[str, ...] = ()
    """Reviewer groups it belongs to, and others for your own reports."""


class Team(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Agents that the same people look after. It may have a threshold and a ticket budget of its own."""

    name: str
    """Its name in tables and certificates."""
    agents: tuple[str, ...]
    """Globs over agent ids (`*`, `?`); the first team that names an agent is its team."""
    tenant: str | None = None
    """The tenant whose agents these are; left out: of each tenant, apart."""
    daily_tickets: int | None = None
    """Tickets that scores may open for one day of its actions; left out: as at the top level."""

    def __post_init__(self) -> None:
        """Refuse a team that nobody could name or belong to."""
        if not 0 < len(self.name.strip()) <= MOST_NAME:
            raise ValueError(f"team: found a name of {len(self.name)} characters, expected 1 to {MOST_NAME}")
        if not self.agents or not all(0 < len(one) <= MOST_NAME for one in self.agents):
            raise ValueError(f"team {self.name[:80]}: name agents, each with 1 to {MOST_NAME} characters")
        _check_budget(self.daily_tickets, f"team {self.name[:80]}")


def _check_budget(daily: int | None, where: str) -> None:
    if daily is not None and daily < 0:
        raise ValueError(f"{where}: found daily_tickets {daily}, expected 0 or more")


class Rollout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a new bundle reaches the hooks; left out: all agents at once (docs/bundles.md)."""

    shadow: bool = False
    """First, hooks judge by it beside the live one and only log what it says."""
    shares: tuple[float, ...] = ()
    """Then it decides for these shares of the agents (above 0, below 1), one after the other."""
    min_hours: float = 24.0
    """How long a stage lasts at least."""
    min_decisions: int = 200
    """How many decisions by both bundles a stage needs at least."""
    most_changed: float = 0.05
    """A stage ends by itself only if at most this share of its decisions changed; else a person promotes."""

    def __post_init__(self) -> None:
        """Refuse shares that are none, or that take back what was given."""
        if any(not 0 < share < 1 for share in self.shares) or sorted(set(self.shares)) != list(self.shares):
            raise ValueError("rollout: expected shares above 0 and below 1, each larger than the one before")
        if self.min_hours < 0 or self.min_decisions < 0 or not 0 <= self.most_changed <= 1:
            raise ValueError("rollout: expected min_hours, min_decisions from 0, most_changed from 0 to 1")

    def stages(self) -> tuple[tuple[str, float], ...]:
        """(stage, share of agents) in order, without the last one, in which it is in force for all."""
        shadow = (("shadow", 0.0),) if self.shadow else ()
        return (*shadow, *(("canary", share) for share in self.shares))


class Backtest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is replayed before a new bundle is published, and how far it may go without a person."""

    actions: int = 20_000
    """The newest actions whose tickets are counted under both bundles."""
    replayed: int = 2_000
    """How many of them, the newest, go through the hook's own code under both bundles; 0: none."""
    tickets_factor: float = 1.5
    """Tickets a day may rise by this factor, or by one a day; beyond it a person signs off."""

    def __post_init__(self) -> None:
        """Refuse a replay of nothing, and a factor that forbids to keep what there is."""
        if self.actions < 1 or self.replayed < 0 or not self.tickets_factor >= 1:
            raise ValueError("backtest: expected actions from 1, replayed from 0, tickets_factor from 1")


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds that keep bad input from hurting; sizes in bytes."""

    max_file_bytes: int = 8 * 1024**3
    """One file, uncompressed."""
    max_line_bytes: int = 16 * 1024**2
    """One record."""
    max_ratio: int = 200
    """Uncompressed bytes per compressed byte."""
    max_depth: int = 64
    """Nesting of JSON."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an action needs whatever its score is; every condition that is given must hold, one at least."""

    id: str
    """Its name in reasons and tickets."""
    decision: Literal["allow", "ask", "deny"]
    """What the hook answers. What ran in spite of `ask` or `deny`, without an approval, becomes a ticket."""
    tool: str | None = None
    """A glob over tool names: `*` any run, `?` one character."""
    operation: tuple[str, ...] = ()
    """Operations (GLOSSARY.md)."""
    destination_class: tuple[str, ...] = ()
    """Destination classes (GLOSSARY.md)."""
    reason: str = ""
    """A sentence that the agent and the reviewer read."""
    author: str | None = None
    """Who wrote it, and may not decide on what it asks for."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How sensitive what a tool returns is; the first that matches a call decides."""

    sensitivity: Literal["none", "internal", "personal", "secret"]
    """What its results hold, whatever they look like."""
    tool: str = "*"
    """A glob over tool names: `*` any run, `?` one character."""
    place: str = "*"
    """A glob over what the call is about: path, URL, id."""


class Desk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The review desk, where other machines than this one reach it."""

    identity_header: str | None = None
    """The header in which an authenticating proxy names the account; left out: one person on this machine."""
    proxy_secret_env: str = "AFTERACTION_DESK_PROXY_SECRET"  # noqa: S105 - the name of a variable
    """The environment variable with the secret that the proxy sends in `X-Afteraction-Proxy-Secret`."""
    hosts: tuple[str, ...] = ()
    """Host names under which people reach it."""
    url: str | None = None
    """Where people reach it (`https://desk.example.com`): messages link there."""


#: A longer agent id or team name belongs to no team and has no threshold of its own.
MOST_NAME = 400
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: A suppression is looked at again after a year at the latest.
MOST_DAYS = 366


class Suppression(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Findings that are known and accepted: kept and shown, but without points and tickets.

    Every condition that is given must hold. A whole detector cannot be switched off: a suppression names a
    value, or a detector and at least one of destination, tool, agent and path. `*` stands for any run of
    characters, `?` for one.
    """

    id: str
    """Its name in tables: letters, digits, `.`, `_` and `-`."""
    owner: str
    """The person who answers for it."""
    reason: str
    """Why these findings are no leak."""
    expires: date
    """The last day on which it holds (`2027-03-31`), at most a year ahead; then the findings count again."""
    detector: str | None = None
    """The detector whose findings it holds back."""
    value_fp: str | None = None
    """The fingerprint of the value (`fp_…`), as findings and masks show it."""
    destination: str | None = None
    """A pattern for the destination, in the clear or as masked."""
    tool: str | None = None
    """A pattern for the tool's name."""
    agent: str | None = None
    """A pattern for the agent's id."""
    path: str | None = None
    """A pattern for the arguments (`/headers/authorization`) in which alone the value may stand."""

    def __post_init__(self) -> None:
        """Refuse one that nobody answers for, or that holds back more than its owner can know."""
        if not _NAME.fullmatch(self.id):
            raise ValueError(f"found id {self.id[:80]!r}, expected up to 64 letters, digits, '.', '_', '-'")
        for name in ("owner", "reason"):
            if not getattr(self, name).strip():
                raise ValueError(f"suppression {self.id}: {name} is empty; say who answers for it, and why")
        others = (self.destination, self.tool, self.agent, self.path)
        if self.value_fp is None and (self.detector is None or not any(others)):
            raise ValueError(
                f"suppression {self.id}: name value_fp, or detector and one of destination, tool, agent, path"
            )


class PlantedValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A canary: a value that you planted where no agent has business, and that nobody else has.

    The value itself does not stand here: `afteraction canary add` seals it in `keys/`, or it comes from the
    environment or a file. It is recognised in every coding and in pieces, and each hit is critical.
    """

    name: str
    """What findings call it: letters, digits, `.`, `_` and `-`."""
    owner: str
    """The person who planted it."""
    value_env: str | None = None
    """The environment variable that holds the value."""
    value_file: str | None = None
    """The file whose content is the value (line ends at its end do not count), below `$AFTERACTION_HOME`."""

    def __post_init__(self) -> None:
        """Refuse a name that could be taken for something else."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"found name {self.name[:80]!r}, expected up to 64 letters, digits, '.', '_', '-'"
            )
        if not self.owner.strip():
            raise ValueError(f"canary {self.name}: owner is empty; say who planted it")
        if self.value_env is not None and self.value_file is not None:
            raise ValueError(f"canary {self.name}: found value_env and value_file, expected one of them")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything configurable; the defaults work without a file."""

    default_tenant: str = "default"
    """The tenant of actions whose log names none."""
    inbox: str | None = None
    """The folder that is watched, below `$AFTERACTION_HOME`; left out: `inbox`."""
    lake: str | None = None
    """`s3://BUCKET/PREFIX` for the lake's tables; left out: the folder `lake` in `$AFTERACTION_HOME`."""
    casebook_url: str | None = None
    """`postgresql://…` for tickets and decisions; left out: a SQLite file."""
    alpha: float = 0.02
    """The share of harmless sessions that may become tickets."""
    delta: float = 0.05
    """How unsure we may be that `alpha` holds."""
    random_audits: float = 0.1
    """Random audits per ticket, from the first decision on: actions drawn by lot for review, to check what
    risk says of them; 0 for none."""
    own_thresholds: bool = False
    """Agents, teams and tenants with enough harmless sessions may have a stricter threshold of their own."""
    daily_tickets: int | None = None
    """Tickets that scores may open for a day of a team, or of a tenant's other agents; left out: no limit."""
    mask_names: bool = True
    """Mask names of persons and postal addresses in what is published; sessions analysed before stay."""
    retro_sla_hours: int = 72
    """Hours until a ticket is due: a quarter if critical, half if high, double if low."""
    destinations: Destinations = msgspec.field(default_factory=Destinations)
    """Domains whose class you know."""
    sources: tuple[Source, ...] = ()
    """What tools return, where you know it better than names and history tell."""
    agents: tuple[Agent, ...] = ()
    """Registered agents."""
    principals: tuple[Principal, ...] = ()
    """People, and who of them may decide."""
    teams: tuple[Team, ...] = ()
    """Agents that belong together."""
    reviewer_groups: tuple[ReviewerGroup, ...] = ()
    """Which people decide on which tickets."""
    quorums: tuple[Quorum, ...] = ()
    """How many people must approve what; left out: one."""
    deputies: tuple[Deputy, ...] = ()
    """Who decides for whom, and until when."""
    review: Review = msgspec.field(default_factory=Review)
    """Escalation, exceptional rights and quiet hours."""
    rules: tuple[Rule, ...] = ()
    """What needs an approval whatever its score is."""
    suppressions: tuple[Suppression, ...] = ()
    """Findings that are known and accepted, each with an owner, a reason and an expiry."""
    canaries: tuple[PlantedValue, ...] = ()
    """Values that you planted."""
    trust: Trust = msgspec.field(default_factory=Trust)
    """How far agents that proved themselves may go without a question."""
    rollout: Rollout = msgspec.field(default_factory=Rollout)
    """How a new bundle reaches the hooks."""
    backtest: Backtest = msgspec.field(default_factory=Backtest)
    """What is replayed before a new bundle is published."""
    channels: tuple[Channel, ...] = ()
    """Where people are told of tickets."""
    desk: Desk = msgspec.field(default_factory=Desk)
    """Where people decide."""
    limits: Limits = msgspec.field(default_factory=Limits)
    """Bounds on input."""

    def __post_init__(self) -> None:
        """Refuse a budget that is none, and two teams of one name."""
        _check_budget(self.daily_tickets, "top level")
        if not 0 <= self.random_audits <= 1:
            raise ValueError(f"found random_audits {self.random_audits}, expected 0 to 1")
        names = [one.name for one in self.teams]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"team {twice[:80]}: the name is there twice; each needs one of its own")
        people = frozenset(one.person for one in self.principals)
        check_people(people, self.reviewer_groups, self.quorums, self.deputies)
        told = [one.name for one in self.channels]
        if twice := next((name for name in told if told.count(name) > 1), None):
            raise ValueError(f"channel {twice}: the name is there twice; each needs one of its own")
        if self.trust.signed_by is not None and self.trust.signed_by not in people:
            raise ValueError(f"trust: {self.trust.signed_by[:80]!r} signed it, who is none of [[principals]]")


class SettingsError(ValueError):
    """`afteraction.toml` is not readable; the message names the field and what was expected."""


def home() -> Path:
    """Where data lives: `$AFTERACTION_HOME`, else `data/` below the working directory."""
    return Path(os.environ.get("AFTERACTION_HOME") or "data")


def load_settings(at: Path) -> Settings:
    """Read `afteraction.toml` in `at`; raises `SettingsError` on a wrong or unknown field."""
    file = at / "afteraction.toml"
    if not file.exists():
        return Settings()
    return decode_settings(file.read_bytes(), str(file))


def decode_settings(content: bytes, name: str) -> Settings:
    """The settings in a file's content; raises `SettingsError`, which calls the file `name`."""
    try:
        settings = msgspec.toml.decode(content, type=Settings)
        _check_suppressions(settings.suppressions)
        _check_canaries(settings.canaries)
    except (ValueError, msgspec.ValidationError, msgspec.DecodeError) as error:
        raise SettingsError(f"{name}: {error}; see docs/settings.md for the fields") from error
    return settings


def _check_canaries(canaries: tuple[PlantedValue, ...]) -> None:
    names = [one.name for one in canaries]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"canary {name}: the name is there twice; each needs one of its own")


def _check_suppressions(suppressions: tuple[Suppression, ...]) -> None:
    last = datetime.now(UTC).date() + timedelta(days=MOST_DAYS)
    seen = set()
    for one in suppressions:
        if one.expires > last:
            raise ValueError(f"suppression {one.id}: expires {one.expires}; the latest that may be is {last}")
        if one.id in seen:
            raise ValueError(f"suppression {one.id}: the id is there twice; each needs a name of its own")
        seen.add(one.id)
