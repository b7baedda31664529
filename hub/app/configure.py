"""Connections and destinations added: settings checked by the plugin, secrets put away. Changing them: `editing.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection, Row

from hub.app.home import Hub
from hub.core.delivery import OnUncertain, Role
from hub.core.document import Kind
from hub.core.store import destinations, secrets
from hub.core.store.destinations import NewDestination
from hub.core.store.engine import Tx
from hub.errors import PluginError, Severity, UsageError
from hub.plugins.settings import Model, isolation_of, most_at_once, secret_names, split, validated, without_isolation
from hub.plugins.types import PluginInfo

_FIRST = "first:10"  # papers that wait for a person's yes on a new booking road


@dataclass(frozen=True, slots=True)
class Values:
    """Settings as typed: plain ones (`--set`) and secret ones (`--secret`)."""

    plain: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, model: Model | None) -> Values:
        """Those that this model has fields for."""
        names = set(model.model_fields) if model else set()
        return Values(
            {name: value for name, value in self.plain.items() if name in names},
            {name: value for name, value in self.secret.items() if name in names},
        )

    def without(self, other: Values) -> Values:
        """Those that the other does not have."""
        return Values(
            {name: value for name, value in self.plain.items() if name not in other.plain},
            {name: value for name, value in self.secret.items() if name not in other.secret},
        )

    def of_plugin(self) -> Values:
        """Those that are the plugin's, not the core's own."""
        return replace(self, plain=without_isolation(self.plain))

    def __bool__(self) -> bool:
        return bool(self.plain or self.secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A destination as a person asks for it; empty and None mean the default."""

    name: str
    plugin: str
    values: Values = Values()
    connection: str = ""
    company: str = ""
    kinds: Sequence[Kind] = ()
    role: Role | None = None
    from_date: date | None = None
    approve: str = ""
    on_uncertain: OnUncertain | None = None
    packs_only: bool = False  # takes exports, no single papers


def add_connection(hub: Hub, name: str, plugin: str, values: Values) -> int:
    """Add a connection. Raises UsageError that names each setting that is wrong."""
    info = info_of(hub, plugin)
    if info.connection is None:
        raise UsageError(f"the plugin {plugin} has no connections", action="give its settings at `hub destination add`")
    plain = checked(info.connection, values, name)
    with hub.db.write() as tx:
        made = destinations.add_connection(tx, name, plugin, plain)
        put_away(hub, tx, f"connection:{made}", values)
    return made


def add_destination(hub: Hub, wanted: Wanted) -> int:
    """Add a destination, and its connection of the same name when the connection's settings are given with it."""
    info = info_of(hub, wanted.plugin)
    isolation = isolation_of(wanted.values.plain, wanted.name)
    wanted = replace(wanted, values=wanted.values.of_plugin())
    for_connection = Values() if wanted.connection else wanted.values.of(info.connection)
    own = wanted.values.without(for_connection)
    _check_connection_given(info, wanted, for_connection)
    plain = checked(info.settings, own, wanted.name)
    shared = checked(info.connection, for_connection, wanted.name) if for_connection else {}
    _ask_plugin(hub, wanted, own, for_connection)
    with hub.db.write() as tx:
        connection_id = _connection_id(tx, wanted, shared)
        if for_connection:
            put_away(hub, tx, f"connection:{connection_id}", for_connection)
        made = destinations.add(tx, _new(hub, wanted, {**plain, **isolation}, connection_id))
        put_away(hub, tx, f"destination:{made}", own)
    return made


def info_of(hub: Hub, plugin: str) -> PluginInfo:
    """What a plugin says of itself. Raises UsageError when there is none, or it is no destination."""
    try:
        info = hub.host.info(plugin)
    except PluginError as error:
        raise UsageError(error.message, code="no_plugin", action="see `hub plugin list`") from error
    if not info.is_destination:
        raise UsageError(f"the plugin {plugin} is no destination", action="see `hub plugin list`")
    return info


def _check_connection_given(info: PluginInfo, wanted: Wanted, given: Values) -> None:
    if info.connection is not None and not wanted.connection and not given:
        names = ", ".join(
            f"--set {name}=..." for name, one in info.connection.model_fields.items() if one.is_required()
        )
        raise UsageError(
            f"{wanted.name} needs a connection", action=f"name one with --connection, or give its settings: {names}"
        )


def checked(model: Model | None, values: Values, what: str) -> dict[str, Any]:
    """The plain settings as they are stored. Raises UsageError that names each field that is wrong."""
    split(model, values.plain, values.secret, what)
    found = validated(model, {**values.plain, **values.secret}, what)
    if found is None:
        return {}
    stored = found.model_dump(mode="json", exclude=set(secret_names(model)), exclude_unset=True)
    return dict(stored)


def _ask_plugin(hub: Hub, wanted: Wanted, own: Values, shared: Values) -> None:
    """Let the plugin say what single fields cannot; what is only a warning is told by `places.remarks`."""
    plugin = hub.host.plugin(wanted.plugin)
    if not plugin.implements("validate"):
        return
    info = hub.host.info(wanted.plugin)
    if wanted.connection:
        shared = _of_connection(hub, wanted)
    settings = validated(info.settings, {**own.plain, **own.secret}, wanted.name)
    connection = validated(info.connection, {**shared.plain, **shared.secret}, wanted.name) if shared else None
    problems = hub.host.call(plugin, "validate", settings=settings, connection=connection)
    fatal = [problem for problem in problems if problem.severity is Severity.FATAL]
    if fatal:
        text = "; ".join(f"{problem.place}: {problem.message}" for problem in fatal)
        raise UsageError(f"{wanted.name}: {text}", code="bad_setting", action="mend the setting")


def _of_connection(hub: Hub, wanted: Wanted) -> Values:
    """The settings of the connection that is named, secrets opened."""
    with hub.db.read() as conn:
        row = _named_connection(conn, wanted)
        sealed = secrets.of(conn, f"connection:{row.id}")
    return Values(row.settings, hub.seal.open(sealed) if sealed else {})


def _named_connection(conn: Connection, wanted: Wanted) -> Row[Any]:
    row = destinations.connection_named(conn, wanted.connection)
    if row.plugin != wanted.plugin:
        raise UsageError(f"the connection {row.name} is one of {row.plugin}", action="see `hub connection list`")
    return row


def _connection_id(tx: Tx, wanted: Wanted, shared: dict[str, Any]) -> int | None:
    if wanted.connection:
        return int(_named_connection(tx.conn, wanted).id)
    return destinations.add_connection(tx, wanted.name, wanted.plugin, shared) if shared else None


def _new(hub: Hub, wanted: Wanted, plain: dict[str, Any], connection_id: int | None) -> NewDestination:
    info = hub.host.info(wanted.plugin)
    role = role_of(info, wanted)
    return NewDestination(
        name=wanted.name,
        plugin=wanted.plugin,
        company_id=hub.company(wanted.company).id,
        connection_id=connection_id,
        settings=plain,
        kinds=[] if wanted.packs_only else kinds_of(info, wanted, role),
        role=role,
        from_date=wanted.from_date or hub.now().date(),
        approve=approve_of(wanted.approve) or usual_approval(role),
        on_uncertain=rule_of(info, wanted.on_uncertain) or usual_rule(info, role),
        ordered=info.ordered,
        credit_waits=usual_wait(info, role),
        limits=info.limits,
        inflight_max=most_at_once(plain, info.limits.in_flight),
    )


def usual_approval(role: Role) -> str:
    """Whether papers wait for a person's yes: the first ones on a new booking road do."""
    return _FIRST if role is Role.BOOKING else "never"


def usual_wait(info: PluginInfo, role: Role) -> bool:
    """Whether a credit note waits for its invoice: where a program books it and can be asked; a plugin may decide."""
    return (role is Role.BOOKING and info.can_trace) if info.credit_waits is None else info.credit_waits


def usual_rule(info: PluginInfo, role: Role) -> OnUncertain:
    """What to do with what may have arrived: on a booking road that cannot be asked nothing is repeated unasked."""
    careful = (role is Role.BOOKING or info.one_shot) and not info.repeatable
    return OnUncertain.ASK if careful and not info.can_trace else OnUncertain.REPEAT


def rule_of(info: PluginInfo, rule: OnUncertain | None) -> OnUncertain | None:
    """The rule asked for. Raises UsageError for a blind repeat where a paper is taken once, ever."""
    if rule is OnUncertain.REPEAT and info.one_shot and not info.can_trace:
        message = f"{info.title} takes a paper once and cannot be asked: what may have arrived is not repeated"
        raise UsageError(message, code="takes_once", action="leave --on-uncertain at ask")
    return rule


def role_of(info: PluginInfo, wanted: Wanted) -> Role:
    """The role asked for, or the plugin's first. Raises UsageError when it cannot be that."""
    role = wanted.role or info.roles[0]
    if role not in info.roles:
        raise UsageError(f"{wanted.plugin} cannot be {role}", action=f"its roles: {', '.join(info.roles)}")
    return role


def kinds_of(info: PluginInfo, wanted: Wanted, role: Role) -> list[Kind]:
    """The kinds asked for, or all that it takes in this role. Raises UsageError."""
    able = info.kinds - {Kind.QUOTATION} if role is Role.BOOKING else info.kinds
    unable = sorted(set(wanted.kinds) - able)
    if unable:
        raise UsageError(
            f"{wanted.plugin} as {role} does not take {unable[0]}", action=f"it takes: {', '.join(sorted(able))}"
        )
    return sorted(wanted.kinds or able)


def approve_of(text: str) -> str:
    """`always`, `never` or `first:N`; empty says nothing. Raises UsageError."""
    head, _, count = text.partition(":")
    if text and text not in {"always", "never"} and not (head == "first" and count.isdecimal()):
        raise UsageError(f"--approve {text} is not known", action="give always, never or first:N")
    return text


def put_away(hub: Hub, tx: Tx, owner: str, values: Values) -> None:
    """Keep secrets, sealed."""
    if values.secret:
        secrets.put(tx, owner, hub.seal.seal(values.secret))
