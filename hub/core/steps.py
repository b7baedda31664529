"""What a delivery has done at a far side that needs several calls: short texts by name, durable once recorded.

So a worker that dies after the second call of four goes on with the third, and `trace` knows what to look for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.errors import UsageError
from hub.failpoints import hit

_LIMIT = 1000  # characters of one text
_MOST = 50  # names

Keep = Callable[[Mapping[str, str]], None]


class Steps:
    """The steps of one delivery. They outlive crashes and retries; a new generation begins without any."""

    def __init__(self, done: Mapping[str, str] | None = None, keep: Keep | None = None) -> None:
        self._done = dict(done or {})
        self._keep = keep

    def get(self, name: str) -> str | None:
        """What was recorded under this name, also by an earlier attempt."""
        return self._done.get(name)

    def record(self, name: str, value: str) -> None:
        """Note that a step was done; durable when this returns.

        Raises NotSent (`lease_lost`) when another worker has the delivery: stop, and change nothing more.
        """
        if len(value) > _LIMIT or (name not in self._done and len(self._done) >= _MOST):
            raise UsageError(f"a step is at most {_LIMIT} characters, and a delivery has at most {_MOST}")
        done = {**self._done, name: value}
        if self._keep is not None:
            self._keep(done)
            hit("step.stored")
        self._done = done

    def __repr__(self) -> str:
        return f"Steps({self._done!r})"
