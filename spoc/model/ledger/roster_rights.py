"""What an act may say, given the role of whoever signed it, or if the desk itself did: part of the roster."""

from collections.abc import Iterable, Mapping

from spoc.model.ledger.act import Act
from spoc.model.ledger.written_by import WRITTEN_BY
from spoc.model.rules.access import BY_DESK, COMMANDS, counts, may

OF_A_NEW_DESK = ("service", "pack", "desk")  # the settings that a new desk begins with

_OF_A_CONTACT = {tbl for tbl, commands in WRITTEN_BY.items() if commands[0] == "contact.log"}


def beyond_a_desk(written: Iterable[tuple[str, Mapping[str, object] | None]]) -> str:
    """Why a desk may not write these fields of these tables by itself; "" if it may."""
    every = list(written)
    begins = any(tbl == "contact" for tbl, _ in every)
    for tbl, fields in every:
        if tbl in _OF_A_CONTACT and not begins:
            return "a desk may not write that by itself."
        if not any(may(BY_DESK, one) for one in WRITTEN_BY.get(tbl, ())):
            return "a desk may not write that by itself."
        if tbl == "contact" and (fields or {}).get("closed_at"):
            return "a desk may not close a contact by itself."
    return ""


def begins_a_desk(act: Act) -> bool:
    """Whether an act sets up the desk of somebody who was invited: it replaces nothing."""
    own = act.actor.hex()
    return any(
        each.tbl == "desk" and (each.fields or {}).get("user") == own and not each.parents
        for each in act.entries
    )


def of_setting(key: str, actor: bytes, role: str) -> str:
    family = key.split(".")[0]
    if family == "search":
        return "" if key.startswith(f"search.{actor.hex()}.") else may_not("desk.setup")
    command = {"adopted": "pack.adopt", "pattern": "pattern.adopt", "list_key": "attendance.import"}
    commands = (command.get(family, "desk.setup"), "desk.setup" if family == "list_key" else "")
    return "" if any(each and counts(role, each) for each in commands) else may_not(commands[0])


def may_not(command: str) -> str:
    return f"whoever signed it may not {COMMANDS[command][1]}."
