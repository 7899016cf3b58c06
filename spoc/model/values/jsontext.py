"""JSON text with one object or a list of them, read one by one: the whole text is checked first, but never
all in memory."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BLANK = re.compile(r"[ \t\r\n]*")


# Control characters that JSON leaves alone and a terminal obeys, direction marks, line separators.
_OBEYED = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x7F, 0xA0),
        0x061C,
        0x200E,
        0x200F,
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
    )
}


def dumps(value: Any, **how: Any) -> str:
    """JSON in readable letters, with anything escaped that a terminal would obey. ``how`` as in json.dumps."""
    return json.dumps(value, ensure_ascii=False, **how).translate(_OBEYED)


class BadJson(Exception):
    """Text that is not such JSON: ``line`` and ``column``, from 1, and ``why`` in a few words."""

    def __init__(self, text: str, at: int, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.line = text.count("\n", 0, at) + 1
        self.column = at - text.rfind("\n", 0, at)


class RepeatedKeys(dict[str, Any]):
    """An object with the same key twice: the author meant both, so spoc must not choose."""


def objects(text: str) -> Iterator[Any]:
    """Each value of a list, or the only value. Raises BadJson at once, before returning any."""
    for _ in _values(text):
        pass
    return _values(text)


def _values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(object_pairs_hook=_object)
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        value, at = _value(decoder, text, at)
        yield value
    else:
        at = _skip(text, at + 1)
        while text[at : at + 1] != "]":
            value, at = _value(decoder, text, at)
            yield value
            at = _skip(text, at)
            if text[at : at + 1] == ",":
                at = _skip(text, at + 1)
                if text[at : at + 1] == "]":
                    raise BadJson(text, at, "a value is missing after the comma")
            elif text[at : at + 1] != "]":
                raise BadJson(text, at, "a comma or the end of the list is missing")
        at += 1
    if _skip(text, at) != len(text):
        raise BadJson(text, _skip(text, at), "something follows the end; write a list in [ ]")


def _value(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise BadJson(text, error.pos, error.msg[:1].lower() + error.msg[1:]) from None
    except RecursionError:
        raise BadJson(text, at, "it is nested too deep") from None
    except ValueError:
        raise BadJson(text, at, "a number is too long") from None


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _object(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else RepeatedKeys(fields)
