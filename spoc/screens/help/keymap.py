"""A user's own keys, checked before any of them is used."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from string import ascii_lowercase
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

import spoc.screens
from spoc.screens.child.child_page import ChildPage
from spoc.screens.child.children import WhyScreen
from spoc.screens.child.linking import LinkScreen
from spoc.screens.child.looked import LookedScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.readback import ReadBackScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.leaving import LeaveScreen
from spoc.screens.followups.calendar import CalendarScreen
from spoc.screens.followups.followups import FollowUpsScreen
from spoc.screens.followups.handover import HandoverScreen
from spoc.screens.followups.outputs import OutputsScreen
from spoc.screens.followups.request_page import RequestPage
from spoc.screens.followups.requests import RequestsScreen
from spoc.screens.followups.unborn import UnbornScreen
from spoc.screens.help.jump import JumpScreen
from spoc.screens.help.keys import KeysScreen
from spoc.widgets.forms.line_input import LineInput
from spoc.widgets.forms.text_box import TextBox
from spoc.widgets.pages.keybar import shown_key
from spoc.widgets.textual_private import bound_keys, key_name

# Pages without fields to type into: any letter may be a key there.
WITHOUT_FIELDS = (
    BoardScreen,
    FollowUpsScreen,
    RequestsScreen,
    HandoverScreen,
    OutputsScreen,
    UnbornScreen,
    CalendarScreen,
    RequestPage,
    ContactPage,
    ChildPage,
    LinkScreen,
    LookedScreen,
    WhyScreen,
    LeaveScreen,
    KeysScreen,
    JumpScreen,
    ReadBackScreen,
)

# What every terminal sends. Ctrl with i, j, m, h or c is another key or none.
_NAMED = (
    "enter", "tab", "shift+tab", "escape", "up", "down", "left", "right", "home", "end", "pageup", "pagedown",
    "insert", "delete", "backspace", "space", "ctrl+backspace", "alt+backspace",
)  # fmt: skip
_SAID = frozenset(
    [*_NAMED, "f12", *(f"f{n}" for n in range(1, 11))]
    + [f"ctrl+{letter}" for letter in ascii_lowercase if letter not in "ijmhc"]
    + [f"alt+{letter}" for letter in ascii_lowercase]
)
# Keys that belong to a text as much as its letters do.
_WRITING = frozenset(("left", "right", "home", "end", "delete", "backspace", "space", "insert"))


def usable(wanted: Mapping[str, str], app: type[App[Any]]) -> tuple[dict[str, str], str]:
    """The keys to use and ""; or no keys and the sentence that says why."""
    text = _fault(wanted, app)
    if text:
        return {}, f"settings.toml, [keys]: {text} The usual keys are used."
    return {id: ",".join(_names(keys)) for id, keys in wanted.items()}, ""


def _names(keys: str) -> list[str]:
    """Keys as Textual names them: "/" is "slash"."""
    parts = [each.strip() for each in keys.split(",")]
    return [key_name(each) if len(each) == 1 else each.lower() for each in parts]


def _own(page: type[DOMNode]) -> Iterator[Binding]:
    """The bindings declared for a page, one for each key."""
    for kind in page.__mro__:
        if kind.__module__.startswith("spoc."):
            yield from Binding.make_bindings(vars(kind).get("BINDINGS", ()))


def pages() -> list[type[Screen[Any]]]:
    """Every page of spoc that has keys."""
    for module in pkgutil.walk_packages(spoc.screens.__path__, "spoc.screens."):
        importlib.import_module(module.name)
    found: list[type[Screen[Any]]] = []
    unseen: list[type[Screen[Any]]] = [Screen]
    while unseen:
        each = unseen.pop()
        unseen += each.__subclasses__()
        if each.__module__.startswith("spoc.screens.") and any(_own(each)):
            found.append(each)
    return sorted(found, key=lambda each: each.__name__)


def _letter(key: str) -> bool:
    return key in _WRITING or not (key in _SAID or "+" in key)


def _fault(wanted: Mapping[str, str], app: type[App[Any]]) -> str:
    """What is wrong with the keys that a user wants, in one sentence, or ""."""
    places: list[type[DOMNode]] = [app, LineInput, *pages()]
    known = {each.id for page in places for each in _own(page) if each.id}
    for id, keys in wanted.items():
        if id not in known:
            return f"there is nothing called “{id}”."
        for key, name in zip(keys.split(","), _names(keys), strict=True):
            typed = len(key.strip()) == 1 and key.strip().isprintable()
            if not (typed or name in _SAID or name in ("slash", "question_mark")):
                return f"“{key.strip()}” for {id} is a key that a terminal cannot tell from others."
    for page in pages():
        text = _clash(wanted, app, page, () if page in WITHOUT_FIELDS else (LineInput, TextBox))
        if text:
            return text
    return ""


def _clash(
    wanted: Mapping[str, str],
    app: type[App[Any]],
    page: type[DOMNode],
    fields: tuple[type[DOMNode], ...],
) -> str:
    """Whether two things on a page would have one key, or a letter would not be a letter there."""
    usual: dict[str, set[str]] = {}
    after: dict[str, set[str]] = {}
    # with a letter as usual key: these leave the letter to a field themselves
    letters: set[str] = set()
    of_field = [*_own(LineInput)] if LineInput in fields else []
    for each in (*_own(page), *_own(app), *of_field):
        name = each.id or each.action
        usual.setdefault(each.key, set()).add(name)
        for key in _names(wanted[name]) if name in wanted else [each.key]:
            after.setdefault(key, set()).add(name)
        if _letter(each.key):
            letters.add(name)
    writes = {key for field in fields for key in bound_keys(field)}
    for key, names in after.items():
        if len(names) > 1 and not names <= usual.get(key, set()):
            return f"{shown_key(key)} would mean two things, {' and '.join(sorted(names))}."
        moved = [name for name in sorted(names) if name in wanted]
        if fields and moved and _letter(key) and moved[0] not in letters:
            return f"{shown_key(key)} for {moved[0]} is a key that is typed in a field."
        if moved and key in writes and key not in usual:
            return f"{shown_key(key)} for {moved[0]} is a key that edits what is typed in a field."
    return ""
