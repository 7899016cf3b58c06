"""Adopting a guidance pack: a named professional, the digest, who and when; nothing is refused until then."""

import json
from dataclasses import replace

import pytest
from samples import ADVISOR, Clock, a_colleague, close_one

from spoc.model.errors import NotAllowed
from spoc.storage.service import adopting, settings
from spoc.storage.store import Store


def test_until_a_pack_is_adopted_a_line_says_so_and_contactsclose_all_the_same(
    store: Store,
) -> None:
    assert adopting.note(store).startswith("Guidance not adopted yet: spoc pack adopt generic")
    assert "\n" not in adopting.note(store) and len(adopting.note(store)) <= 76
    assert close_one(store)


def test_a_named_professional_adopts_it_as_it_is_and_it_is_known_who_and_when(
    store: Store, clock: Clock
) -> None:
    nurse, _ = a_colleague(store, "Nina Named", "named-professional")
    adopting.adopt(store, nurse, store.pack).result()
    settings.take(store)
    assert adopting.note(store) == ""
    found = adopting.adopted(store.settings, "generic")
    assert found is not None
    assert (found.digest, found.by) == (store.pack.digest, "Nina Named")
    assert found.at == store.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_pack_that_changes_has_to_be_adopted_anew(store: Store) -> None:
    nurse, _ = a_colleague(store, "Nina Named", "named-professional")
    adopting.adopt(store, nurse, replace(store.pack, digest="0" * 64)).result()
    settings.take(store)
    assert adopting.note(store).startswith("Guidance changed since adopted: spoc pack adopt")
    adopting.adopt(store, nurse, store.pack).result()
    settings.take(store)
    assert adopting.note(store) == ""


@pytest.mark.parametrize("role", ["advisor", "reviewer", "analyst", "admin"])
def test_nobody_else_adopts(store: Store, role: str) -> None:
    actor = ADVISOR if role == "advisor" else a_colleague(store, "Other, Sam", role)[0]
    with pytest.raises(NotAllowed, match="may not adopt a guidance pack"):
        adopting.adopt(store, actor, store.pack)
    settings.take(store)
    assert adopting.note(store)


@pytest.mark.parametrize("held", ["", "no JSON", "[]", json.dumps({"digest": "x"}), "7"])
def test_what_is_no_adoption_is_none(held: str) -> None:
    assert adopting.adopted({"adopted.generic": held}, "generic") is None
