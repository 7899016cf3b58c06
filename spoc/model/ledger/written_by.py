"""The commands that write each kind of record: the signer's role must allow one of them."""

from collections.abc import Mapping

from spoc.model.ledger.records import tables
from spoc.model.rules.access import WRITES


def _written_by() -> Mapping[str, tuple[str, ...]]:
    owned = {name: WRITES[table.owner] for name, table in tables().items() if table.owner in WRITES}
    return {**owned, **WRITES}


WRITTEN_BY = _written_by()  # from WRITES; otherwise those of the owner
