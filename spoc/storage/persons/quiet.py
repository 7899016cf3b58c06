"""Unborn babies who were lost, or whose pregnancy ended: they show to those who work the case alone."""

from spoc.model.followups.unborn import QUIET
from spoc.model.ledger.entry import Actor
from spoc.storage.driver import Database

WORDS = "an unborn baby"  # in place of the name, where a list would have it
_LEADS = "named-professional"
_OTHERS = """
SELECT unborn.person FROM unborn WHERE unborn.ended IN ({}) AND unborn._void = 0
AND coalesce(unborn.ended_by, x'') <> ?
AND NOT EXISTS (SELECT 1 FROM contact_person JOIN contact ON contact.id = contact_person.contact
  WHERE contact_person.person = unborn.person AND contact.advisor = ?)
"""


def hidden(db: Database, actor: Actor) -> frozenset[bytes]:
    """Those of whom nothing is shown to the actor, in no list, search or suggestion: whoever said that the baby
    was lost, took a contact about them, or leads the service sees them."""
    if actor.role == _LEADS:
        return frozenset()
    sql = _OTHERS.format(", ".join("?" * len(QUIET)))
    found = db.conn.execute(sql, [*QUIET, actor.id, actor.id]).fetchall()
    return frozenset(each for (each,) in found)
