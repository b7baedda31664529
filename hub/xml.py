"""The one XML parser: every XML paper from outside comes in here, is capped here, and refused when unsafe.

Refused: a DOCTYPE (so no entity is ever expanded and nothing is fetched), XInclude, an encoding that is not
on the list, and what is too large, too deep or not well-formed. Nothing is repaired, and nothing that a paper
names (a schema, a stylesheet, a base address) is ever opened. What the hub writes goes out by `serialise`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from lxml import etree

from hub.errors import Problem, Severity, Unreadable

if etree.LXML_VERSION < (6, 1, 3):
    raise ImportError("lxml 6.1.3 or newer is needed: older ones fetch external parameter entities")

Element = etree._Element

MAX_BYTES = 25_000_000
MAX_DEPTH = 256  # libxml2's own limit while huge_tree is off; so is the next one
MAX_TEXT = 10_000_000
MAX_TAGS = 400_000  # a node costs up to 450 bytes here: 25 MB of `<a/>` would be 2 GB
MAX_DIGITS = 30

SPACE = " \t\r\n"
ENCODINGS = frozenset({"utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "us-ascii"})

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s[^>]*?\bencoding\s*=\s*[\"']([^\"'>]*)[\"']")
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_is_decimal = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?").fullmatch
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_XINCLUDE = "{http://www.w3.org/2001/XInclude}*"

_LIMIT_ERRORS = frozenset(
    {
        etree.ErrorTypes.ERR_RESOURCE_LIMIT,
        etree.ErrorTypes.ERR_CDATA_NOT_FINISHED,  # what libxml2 calls a CDATA section that is too big
        etree.ErrorTypes.ERR_COMMENT_NOT_FINISHED,
        etree.ErrorTypes.ERR_NAME_TOO_LONG,
    }
)


def parse(data: bytes) -> Element:
    """The root element, without comments and processing instructions; raises Unreadable naming the place.

    An element's text is whole: what stood on both sides of a comment, or in CDATA, is one string.
    """
    _refuse_size(data)
    marked = _byte_order_mark(data)
    plain = _utf8_of_utf16(data) if marked == "utf-16" else data
    encoding = _encoding(plain, marked)
    _refuse_many_tags(plain)
    _refuse_doctype(plain)
    root = _tree(data, encoding)
    _refuse_xinclude(root)
    return root


def names(element: Element) -> tuple[str, str]:
    """Namespace (empty when there is none) and local name of an element."""
    namespace, _, local = str(element.tag).rpartition("}")
    return namespace[1:], local


def place_of(element: Element) -> str:
    """Where an element stands: local names from the root, numbered where there are several, and the line."""
    path = "/".join(_step(one) for one in (*reversed(list(element.iterancestors())), element))
    return f"{path}, line {element.sourceline}"


def text_of(element: Element) -> str:
    """An element's own text, without the white space around it."""
    return (element.text or "").strip(SPACE)


def decimal_of(element: Element) -> Decimal | None:
    """A number as xsd:decimal writes it, at most 30 characters: no exponent, no NaN, ASCII digits only.

    None when the element is empty.
    """
    text = (element.text or "").strip(SPACE)
    if not text:
        return None
    if len(text) <= MAX_DIGITS and _is_decimal(text):
        return Decimal(text)
    raise _bad_value(element, "value.number", "a number")


def date_of(element: Element) -> date | None:
    """A day as `YYYY-MM-DD`; a time zone after it is allowed and ignored, so the day never shifts.

    None when the element is empty.
    """
    text = (element.text or "").strip(SPACE)
    if not text:
        return None
    found = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise _bad_value(element, "value.date", "a date") from None


def new(name: str, namespaces: Mapping[str | None, str]) -> Element:
    """A root element to write; `name` is `{namespace}local`."""
    return etree.Element(name, nsmap=dict(namespaces))


def add(parent: Element, name: str, text: str = "", attributes: Mapping[str, str] | None = None) -> Element:
    """A new last child of `parent`."""
    child = etree.SubElement(parent, name, dict(attributes or {}))
    child.text = text or None
    return child


def serialise(root: Element) -> bytes:
    """UTF-8 with a declaration, as it stands: the only way XML leaves the hub."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, with_tail=False)


def _refuse_size(data: bytes) -> None:
    if not data:
        raise _unreadable("xml.empty", "the file is empty")
    if len(data) > MAX_BYTES:
        raise _unreadable("xml.too_large", f"the file has {len(data)} bytes; at most {MAX_BYTES} are read")


def _byte_order_mark(data: bytes) -> str:
    if b"\0" in data[:2] or data[2:4] == b"\0\0":
        raise _unreadable("xml.encoding", "the encoding cannot be known: UTF-16 needs a byte order mark")
    if data.startswith(_UTF16):
        return "utf-16"
    return "utf-8" if data.startswith(codecs.BOM_UTF8) else ""


def _utf8_of_utf16(data: bytes) -> bytes:
    try:
        return data.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        raise _unreadable("xml.encoding", f"the byte order mark says UTF-16, byte {error.start} is not") from None


def _encoding(plain: bytes, marked: str) -> str | None:
    """What libxml2 must decode with, whatever it would guess; None for UTF-16, whose mark tells it."""
    found = _DECLARED.match(plain)
    declared = found[1].decode("latin-1").lower() if found else marked or "utf-8"
    if not declared.startswith(marked):
        raise _unreadable("xml.encoding", f"the byte order mark says {marked}, the file {declared[:40]!a}")
    if marked == "utf-16":
        return None
    if declared not in ENCODINGS:
        raise _unreadable("xml.encoding", f"the encoding {declared[:40]!a} is not read; UTF-8 is best")
    return declared


def _refuse_many_tags(plain: bytes) -> None:
    if plain.count(b"<") > MAX_TAGS:
        raise _unreadable("xml.too_large", f"the file has more than {MAX_TAGS} tags")


def _refuse_doctype(plain: bytes) -> None:
    """Before libxml2 sees it, so that no entity is expanded and no DTD is looked for."""
    end = _PROLOG.match(plain)
    if end and plain.startswith(b"<!DOCTYPE", end.end()):
        raise _unreadable("xml.doctype", "the file has a DOCTYPE, which no business paper needs")


def _tree(data: bytes, encoding: str | None) -> Element:
    """Parse with a parser of our own: a plugin may have changed lxml's default one."""
    parser = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable([_problem(error)]) from None


def _problem(error: etree.XMLSyntaxError) -> Problem:
    line, column = error.position
    where = f"at line {line}, column {column}"
    code, message = _judge(error, str(error.msg).partition(", line ")[0].strip())
    return Problem(code, f"{message}, {where}", f"{line}:{column}", Severity.FATAL)


def _judge(error: etree.XMLSyntaxError, reason: str) -> tuple[str, str]:
    if reason.startswith("Excessive depth"):
        return "xml.too_deep", f"elements are nested more than {MAX_DEPTH} deep"
    if error.code in _LIMIT_ERRORS:
        return "xml.too_large", f"a text exceeds {MAX_TEXT} bytes (an embedded file of 7.5 MB)"
    if error.code == etree.ErrorTypes.ERR_INVALID_ENCODING:
        return "xml.encoding", "the bytes do not fit the encoding"
    return "xml.not_well_formed", f"not well-formed XML ({reason[:200]!a})"  # it may quote the paper


def _refuse_xinclude(root: Element) -> None:
    found = next(root.iter(_XINCLUDE), None)
    if found is not None:
        raise _unreadable("xml.xinclude", "the file asks to include another one (XInclude)", place_of(found))


def _step(element: Element) -> str:
    local, tag = names(element)[1], str(element.tag)
    before = len(list(element.itersiblings(tag, preceding=True)))
    alone = not before and next(element.itersiblings(tag), None) is None
    return local if alone else f"{local}[{before + 1}]"


def _bad_value(element: Element, code: str, wanted: str) -> Unreadable:
    value = text_of(element)[:40]
    return _unreadable(code, f"{names(element)[1]} is {value!a}, which is not {wanted}", place_of(element))


def _unreadable(code: str, message: str, place: str = "") -> Unreadable:
    return Unreadable([Problem(code, message, place, Severity.FATAL)])
