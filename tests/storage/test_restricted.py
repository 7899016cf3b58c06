"""Restricted contacts: sealed, opened to few, and nothing of them anywhere else."""

import pytest
from samples import ADVISOR, a_colleague, close_one

from spoc.model.errors import NotAllowed
from spoc.storage import contacts
from spoc.storage.store import Store
from spoc.storage.verify import verify

STAFF = {"restricted": "staff-allegation", "about_staff": "Pat Jones"}


def test_a_restricted_contact_is_sealed_and_opened_to_its_circle(store: Store) -> None:
    nora, key = a_colleague(store, "Nora Named", "named-professional")
    pat, pats = a_colleague(store, "Pat Jones", "named-professional")
    record = close_one(store, values=STAFF, notes="MARKER")
    row = contacts.recent(store, ADVISOR)[0]
    assert row.restricted and row.children == () and row.caller == "" and row.service == ""
    parts = contacts.get(store, ADVISOR, record)
    assert [p.values["text"] for p in parts if p.tbl == "note"] == ["MARKER"]
    assert [p.values["name"] for p in parts if p.tbl == "person"] == [
        "Nora Nurse",
        "Molly Mulberry",
    ]
    store.keyring.hold(pat.id, pats)
    with pytest.raises(NotAllowed, match="opened to 2 people"):
        contacts.get(store, pat, record)
    store.keyring.hold(nora.id, key)
    assert contacts.get(store, nora, record)[0].values["service"] == "ED"
    assert verify(store).findings == ()
