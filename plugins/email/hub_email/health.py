"""Would mail go through? The relay is called, greeted and logged in to; nothing is sent."""

from __future__ import annotations

from hub import Health, Held, LoginNeeded, NotSent, SettingsError, Step, Turn
from hub_email.line import Timeouts
from hub_email.settings import Relay, Security
from hub_email.smtp import Conversation, Wire

SHORT = Timeouts(connect=3.0, reply=3.0, answer=3.0)  # a check has 10 s in all, and a dead relay costs one wait
_STEPS = ("dns", "connect", "tls", "login")


def look(relay: Relay, wire: Wire) -> Health:
    """Try the steps in their order, up to the first that fails."""
    done: list[Step] = []
    turn = None
    try:
        _walk(relay, wire, done)
    except (NotSent, Held, LoginNeeded, SettingsError) as error:
        done.append(Step(_STEPS[len(done)], ok=False, message=error.detail))
        turn = _whose_turn(error)
    return Health(steps=tuple(done), turn=turn)


def _walk(relay: Relay, wire: Wire, done: list[Step]) -> None:
    endpoints = wire.guard.resolve(relay.host, relay.port)
    done.append(_good("dns", f"{relay.host} is {', '.join(str(endpoint.ip) for endpoint in endpoints)}"))
    with Conversation.opened(relay, wire) as conversation:
        conversation.greet()
        done.append(_good("connect", f"port {relay.port} answers"))
        conversation.encrypt()
        plain = relay.security is Security.NONE
        done.append(_good("tls", "not used: security is none" if plain else "encrypted, certificate trusted"))
        conversation.log_in()
        conversation.check()
        done.append(_good("login", f"logged in as {relay.username}" if relay.username else "no login set"))


def _good(name: str, message: str) -> Step:
    return Step(name, ok=True, message=message)


def _whose_turn(error: NotSent | Held | LoginNeeded | SettingsError) -> Turn:
    if not isinstance(error, NotSent):
        return Turn.YOU
    return Turn.REMOTE if error.reason.startswith("smtp.") else Turn.NETWORK
