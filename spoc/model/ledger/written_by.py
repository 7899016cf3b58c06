"""By which commands each kind of record is written: what a signature is held to."""

from collections.abc import Mapping

from spoc.model.ledger.records import tables
from spoc.model.rules.access import WRITES


def _written_by() -> Mapping[str, tuple[str, ...]]:
    owned = {name: WRITES[table.owner] for name, table in tables().items() if table.owner in WRITES}
    return {**owned, **WRITES}


WRITTEN_BY = _written_by()  # as WRITES says; else as its owner is
