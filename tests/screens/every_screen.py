"""Every screen that the program opens, found in the program itself."""

import re
from pathlib import Path
from typing import Any

from textual.screen import Screen

import spoc
from spoc.screens.help.keymap import pages


def every_screen() -> set[str]:
    """The names of the screens that are opened somewhere; a base of others alone is none."""
    pages()  # brings in every module
    program = "\n".join(each.read_text("utf-8") for each in Path(spoc.__path__[0]).rglob("*.py"))
    kinds: set[str] = set()
    unseen: list[type[Screen[Any]]] = [Screen]
    while unseen:
        each = unseen.pop()
        unseen += each.__subclasses__()
        if each.__module__.startswith("spoc."):
            kinds.add(each.__name__)
    return kinds & set(re.findall(r"(?<!class )\b([A-Z]\w+)\(", program))


def left_out(tried: set[str], excused: dict[str, str]) -> list[str]:
    """The screens that are neither tried nor excused; and, after a minus, what needs no excuse any more."""
    every = every_screen()
    return sorted(every - tried - excused.keys()) + sorted(
        f"-{each}" for each in excused if each in tried or each not in every
    )
