"""The reason codes that a package's source can raise, read from its syntax: what must have a meaning for people.

A code is seen as a literal, an f-string (`http.{status}` is `http.*`), a name that is assigned in the same function,
or a member of an enumeration of the package. What cannot be seen has the code "" and is left to whoever asks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# What a plugin may raise about a delivery, by the name in its source.
ERRORS = frozenset({"NotSent", "Rejected", "Held", "Uncertain", "LoginNeeded", "SettingsError"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Raised:
    """A code, the error that carries it, and where: `file.py:12`."""

    code: str
    error: str
    place: str


def codes_in(paths: Iterable[Path]) -> Iterator[Raised]:
    """Every code that these files can raise."""
    trees = {path: ast.parse(path.read_bytes(), str(path)) for path in paths}
    members = dict(_members(trees.values()))
    for path, tree in trees.items():
        for node, function in _calls(tree):
            error, argument = _carried(node)
            if error:
                codes = _Reading(members, function).of(argument) or [""]
                yield from (Raised(code, error, f"{path.name}:{node.lineno}") for code in codes)


def _calls(tree: ast.AST, function: _Function | None = None) -> Iterator[tuple[ast.Call, _Function | None]]:
    """Every call with the function around it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield node, function
        yield from _calls(node, node if isinstance(node, _Function) else function)


def _carried(node: ast.Call) -> tuple[str, ast.expr | None]:
    """The error that a call makes, and where its code stands: `Held(code)`, `partial(Held, code)`, in a problem."""
    name, arguments = _name(node.func), node.args
    if name == "partial" and len(arguments) > 1:
        name, arguments = _name(arguments[0]), arguments[1:]
    if name not in ERRORS or not arguments:
        return "", None
    first = arguments[0]
    if name != "Rejected":
        return name, first
    problem = first.elts[0] if isinstance(first, ast.List | ast.Tuple) and first.elts else None
    return name, problem.args[0] if isinstance(problem, ast.Call) and problem.args else None


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _members(trees: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """`Reason.OTHER` -> `other`, for every class with texts."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for line in node.body:
                    if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
                        yield f"{node.name}.{_name(line.targets[0])}", str(line.value.value)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads an expression that stands for a code, in its function."""

    members: Mapping[str, str]
    function: _Function | None
    seen: frozenset[str] = field(default_factory=frozenset)

    def of(self, node: ast.expr | None) -> list[str]:
        """The codes it can be; none when it cannot be seen."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=[ast.Constant(value=str(head)), *_]):
                return [f"{head}*"]
            case ast.IfExp(body=one, orelse=other):
                return [*self.of(one), *self.of(other)]
            case ast.BoolOp(values=values):
                return [code for value in values for code in self.of(value)]
        return self._named(node)

    def _named(self, node: ast.expr | None) -> list[str]:
        """A member of an enumeration, or a name that stands for what the function assigned to it."""
        if isinstance(node, ast.Attribute):
            member = self.members.get(ast.unparse(node))
            return [member] if member else []
        if not isinstance(node, ast.Name) or node.id in self.seen or self.function is None:
            return []
        inner = _Reading(self.members, self.function, self.seen | {node.id})
        return [code for value in _assigned(self.function, node.id) for code in inner.of(value)]


def _assigned(function: _Function, name: str) -> Iterator[ast.expr]:
    """What a function assigns to a name, also as one of several."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=False)
                    yield from (value for one, value in pairs if _name(one) == name)
