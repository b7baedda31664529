"""Access and refresh tokens: chains that rotate, their ages, and the rules for asking (reference 1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from hub.testing.exact.clock import Clock
from hub.testing.exact.ledger import Ledger

ACCESS_LIFE = 600.0
TOO_EARLY = 570.0
REFRESH_LIFE = 30 * 86400.0
CODE_LIFE = 180.0
CALLS_PER_DAY = 200

OLD = "Old refresh token used."
NOT_EXPIRED = "Rate limit exceeded: access_token not expired"
BAD_CODE = "Token is not allowed, because of invalid or empty chainId"


class TokenRefused(Exception):
    """The token endpoint says no: a status, an OAuth error, a sentence, and a Reason header."""

    def __init__(self, status: int, error: str, description: str = "", reason: str = "") -> None:
        super().__init__(description or error)
        self.status = status
        self.error = error
        self.description = description
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The tokens of one consent. `issued` is the time of the last success; `previous` still works until `used`."""

    name: str
    user: str
    app: str
    access: str
    refresh: str
    issued: float
    generation: int = 1
    previous: str = ""
    used: bool = False
    broken: bool = False
    spent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """Who holds an access token, and until when."""

    app: str
    user: str
    expires: float
    chain: str = ""


@dataclass(slots=True)
class _Code:
    app: str
    user: str
    redirect_uri: str
    expires: float
    spent: bool = False


@dataclass(slots=True)
class _Day:
    number: int = 0
    calls: int = 0


@dataclass(slots=True)
class Tokens:
    """All tokens of one server. With `forgiving` a lost answer can be made good by one more call (1, last rows)."""

    clock: Clock
    ledger: Ledger
    forgiving: bool = True
    calls_per_day: int = CALLS_PER_DAY
    _codes: dict[str, _Code] = field(default_factory=dict)
    _chains: dict[str, Chain] = field(default_factory=dict)
    _grants: dict[str, Grant] = field(default_factory=dict)
    _days: dict[tuple[str, str], _Day] = field(default_factory=dict)

    def restore(self) -> None:
        """Take the chains from the ledger; codes are not kept."""
        for line in self.ledger.of("chain"):
            self._remember(Chain(**line["chain"] | {"spent": tuple(line["chain"]["spent"])}))

    def consent(self, app: str, user: str, redirect_uri: str) -> str:
        """A person says yes: a code for one call."""
        code = f"stampBE001.{self.ledger.new_id('code')}!x"
        self._codes[code] = _Code(app, user, redirect_uri, self.clock.now() + CODE_LIFE)
        self.ledger.write("token", event="consent", app=app, user=user)
        return code

    def exchange(self, app: str, code: str, redirect_uri: str) -> Chain:
        """A code for a first pair; the chain that this user had with this app before is broken."""
        found = self._codes.get(code)
        if found is None or found.spent or found.app != app or found.redirect_uri != redirect_uri:
            raise TokenRefused(400, "invalid_grant", BAD_CODE)
        found.spent = True
        if self.clock.now() > found.expires:
            raise TokenRefused(400, "invalid_grant", BAD_CODE)
        self._count(app, found.user)
        for chain in [one for one in self._chains.values() if (one.app, one.user) == (app, found.user)]:
            if not chain.broken:
                self._keep(replace(chain, broken=True))
        return self._issue(app, found.user)

    def refresh(self, app: str, token: str) -> Chain:
        """A refresh token for the next pair."""
        chain = next((one for one in self._chains.values() if token in _all_of(one) and one.app == app), None)
        if chain is None:
            raise TokenRefused(400, "invalid_request")
        self._count(app, chain.user)
        now = self.clock.now()
        again = self._is_made_good(chain, token, now)
        if chain.broken or (token != chain.refresh and not again):
            raise TokenRefused(401, "unauthorized_client", OLD)
        if now > chain.issued + REFRESH_LIFE:
            raise TokenRefused(400, "invalid_request", _expired(chain.issued + REFRESH_LIFE, now))
        if now < chain.issued + TOO_EARLY and not again:
            raise TokenRefused(400, "access_denied", NOT_EXPIRED, f"TooEarlyToRefreshTokens: {TOO_EARLY:.0f} s")
        return self._rotate(chain, token)

    def holder(self, access: str) -> Grant | None:
        """Who shows this access token, in time or not; its first use ends the grace of the previous pair."""
        grant = self._grants.get(access)
        chain = self._chains.get(grant.chain) if grant else None
        if chain and chain.access == access and not chain.used and grant and self.is_valid(grant):
            self._keep(replace(chain, used=True))
        return grant

    def is_valid(self, grant: Grant) -> bool:
        """Whether it has not run out."""
        return self.clock.now() < grant.expires

    def _is_made_good(self, chain: Chain, token: str, now: float) -> bool:
        in_time = now <= chain.issued + ACCESS_LIFE
        return self.forgiving and bool(token) and token == chain.previous and not chain.used and in_time

    def _issue(self, app: str, user: str) -> Chain:
        name = self.ledger.new_id("chain")
        access, refresh = self._pair(name, 1)
        chain = Chain(name=name, user=user, app=app, access=access, refresh=refresh, issued=self.clock.now())
        self._keep(chain)
        self.ledger.write("token", event="issued", app=app, user=user, chain=name, generation=1)
        return chain

    def _rotate(self, chain: Chain, token: str) -> Chain:
        generation = chain.generation + 1
        access, refresh = self._pair(chain.name, generation)
        rotated = replace(
            chain,
            access=access,
            refresh=refresh,
            issued=self.clock.now(),
            generation=generation,
            previous=token,
            used=False,
            spent=(*chain.spent, chain.refresh),
        )
        self._keep(rotated)
        who = {"app": chain.app, "user": chain.user, "chain": chain.name}
        again = token != chain.refresh
        self.ledger.write("token", event="refreshed", again=again, generation=generation, **who)
        return rotated

    def _pair(self, name: str, generation: int) -> tuple[str, str]:
        """An access and a refresh token, with signs that a form must encode."""
        new = self.ledger.new_id
        return f"access/{new(f'a{name}{generation}')}==", f"stampBE001.{new(f'r{name}{generation}')}!r+/"

    def _keep(self, chain: Chain) -> None:
        self._remember(chain)
        self.ledger.write("chain", chain=asdict(chain))

    def _remember(self, chain: Chain) -> None:
        self._chains[chain.name] = chain
        self._grants[chain.access] = Grant(chain.app, chain.user, chain.issued + ACCESS_LIFE, chain.name)

    def _count(self, app: str, user: str) -> None:
        day = self._days.setdefault((app, user), _Day())
        today = int(self.clock.now() // 86400)
        if day.number != today:
            day.number, day.calls = today, 0
        day.calls += 1
        if day.calls > self.calls_per_day:
            raise TokenRefused(429, "access_denied", "Rate limit exceeded: token calls per day")


def _all_of(chain: Chain) -> tuple[str, ...]:
    return (chain.refresh, chain.previous, *chain.spent)


def _expired(then: float, now: float) -> str:
    ended, current = (datetime.fromtimestamp(moment, UTC).strftime("%d/%m/%Y %H:%M:%S") for moment in (then, now))
    return f"The refresh token expired at {ended} and it is now {current}."
