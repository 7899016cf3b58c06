"""Key bindings, with an id for the settings file, what the key does and to what."""

from collections.abc import Mapping
from functools import cache

from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.screen import Screen

Subject = Binding.Group

CALL = Subject("Call")
FIELD = Subject("Field")
WALK = Subject("SBAR")
LIST = Subject("List")
SEARCH = Subject("Search")
CONTACT = Subject("Contact")
DESK = Subject("Desk")
HELP = Subject("Help")
HERE = Subject("Here")
MOVE = Subject("Moving about")


def key(
    keys: str,
    action: str,
    words: str,
    does: str,
    id: str,
    subject: Subject,
    *,
    show: bool = True,
    key_display: str | None = None,
) -> Binding:
    """A screen's key: ``words`` for the footer, ``does`` for F1 and the commands by name.

    Every key is a priority binding, so that one typed ahead acts before the next goes to a field.
    """
    return Binding(
        keys,
        action,
        words,
        show=show,
        key_display=key_display,
        priority=True,
        tooltip=does,
        id=id,
        group=subject,
    )


def arrows(
    page: str, *, above: str = "Mark the line above", below: str = "Mark the line below"
) -> list[Binding]:
    """The keys that move the mark of a list."""
    return [
        key("up", "mark(-1)", "up", above, f"{page}.up", MOVE, show=False),
        key("down", "mark(1)", "down", below, f"{page}.down", MOVE, show=False),
    ]


def leaves(page: str) -> list[Binding]:
    """The keys that move the mark of a list by a screenful."""
    return [
        key("pageup", "leaf(-1)", "page up", "Go up a page", f"{page}.page-up", MOVE, show=False),
        key(
            "pagedown",
            "leaf(1)",
            "page down",
            "Go down a page",
            f"{page}.page-down",
            MOVE,
            show=False,
        ),
    ]


def active(screen: Screen[object]) -> list[ActiveBinding]:
    """The screen's active bindings in the order they were declared, even if a user moved a key or the field
    with the focus has one of its own for it."""
    ranks = _ranks(type(screen), type(screen.app))
    found = list(screen.active_bindings.values())
    found.sort(key=lambda each: ranks.get(each.binding.id or "", len(ranks)))
    return found


def bound(screen: DOMNode, pressed: str) -> list[Binding]:
    """The screen's own bindings of a key, whether they work now or not; a user may have moved them."""
    keymap = getattr(screen.app, "own_keys", {})
    own = [each for kind in type(screen).__mro__ for each in vars(kind).get("BINDINGS", ())]
    return [
        each
        for each in own
        if isinstance(each, Binding) and pressed in keymap.get(each.id, each.key).split(",")
    ]


@cache
def _ranks(*kinds: type[DOMNode]) -> Mapping[str, int]:
    """The place of each binding with an id, in the order in which these classes and those they inherit from
    declare them."""
    classes = [each for kind in kinds for each in reversed(kind.__mro__)]
    own = [each for kind in classes for each in vars(kind).get("BINDINGS", ())]
    return {
        each.id: place for place, each in enumerate(own) if isinstance(each, Binding) and each.id
    }


def working(screen: Screen[object]) -> list[tuple[DOMNode, Binding]]:
    """Every binding of ours that works now, and where it belongs: first the page's own, then the app's."""
    app = screen.app
    found: list[tuple[DOMNode, Binding]] = [
        (each.node, each.binding) for each in active(screen) if each.enabled
    ]
    if screen.is_modal:  # a card has its own keys and those that work everywhere
        keymap = getattr(app, "own_keys", {})
        everywhere = [each for kind in type(app).__mro__ for each in vars(kind).get("BINDINGS", ())]
        found += [
            (app, each.with_key(keymap.get(each.id, each.key), each.key_display))
            for each in everywhere
            if isinstance(each, Binding) and each.group and app.check_action(each.action, ())
        ]
    found.sort(key=lambda each: each[0] is app)
    return [(node, each) for node, each in found if each.tooltip and (each.group or node is screen)]
