"""Counts of how safety prompts were met: which are always overridden, so that they can be removed."""

from dataclasses import dataclass

from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require, sight_of
from spoc.model.rules.guiding.guide import Prompt
from spoc.model.rules.guiding.guiding import DISMISSED, DONE, OVERRIDDEN
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Count:
    """How often a prompt fired in closed contacts, and how it was met there. ``prompt`` is None for one
    that is no longer in the pack."""

    code: str
    prompt: Prompt | None
    fired: int = 0
    done: int = 0
    overridden: int = 0
    dismissed: int = 0

    @property
    def never_done(self) -> bool:
        """Whether it fired and was dismissed every time: a prompt to review."""
        return self.fired > 0 and self.overridden + self.dismissed == self.fired


def counts(store: Store, actor: Actor, since: str = "", until: str = "~") -> list[Count]:
    """Every prompt of the pack, and others that fired, in the pack's order; for contacts received from
    ``since`` up to before ``until`` (UTC text)."""
    require(actor.role, "prompt.list")
    found: dict[str, dict[str, int]] = {}
    if sight_of(actor.role).rows:
        for code, state, number in store.reader.conn.execute(
            "SELECT prompt.code, prompt.state, count(*) FROM prompt JOIN contact ON contact.id = prompt.contact"
            " WHERE prompt._void = 0 AND contact._void = 0 AND contact.closed_at IS NOT NULL"
            " AND contact.received_at >= ? AND contact.received_at < ? GROUP BY prompt.code, prompt.state",
            (since, until),
        ):
            found.setdefault(code, {})[state] = number
    known = store.pack.guide.prompt_by_code
    return [
        Count(
            code,
            known.get(code),
            sum(of.values()),
            of.get(DONE, 0),
            of.get(OVERRIDDEN, 0),
            of.get(DISMISSED, 0),
        )
        for code in dict.fromkeys([*known, *sorted(found)])
        for of in (found.get(code, {}),)
    ]


def reasons(store: Store, actor: Actor, code: str, limit: int = 20) -> list[str]:
    """The latest reasons for overriding a prompt, newest first."""
    require(actor.role, "contact.view")
    found = store.reader.conn.execute(
        "SELECT why FROM prompt WHERE code = ? AND state = ? AND _void = 0 AND why <> ''"
        " ORDER BY at DESC LIMIT ?",
        (code, OVERRIDDEN, limit),
    )
    return [why for (why,) in found]
