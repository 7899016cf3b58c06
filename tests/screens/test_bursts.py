"""Keys typed ahead, all at once: each letter lands in its field."""

import pytest
from keyboard import burst, keys, shown, type_in, until
from samples import ADVISOR
from seated import at_the_board

from spoc.screens.call.contact import ContactScreen
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store


@pytest.mark.parametrize(
    ("desk", "times"),
    [
        ("cold", 3),
        ("warm", 6),
        ("saving", 3),
        pytest.param("cold", 10, marks=pytest.mark.long),
        pytest.param("saving", 10, marks=pytest.mark.long),
    ],
)
async def test_a_burst_of_typed_ahead_keys_lands_letter_by_letter_in_its_fields(
    store: Store, desk: str, times: int
) -> None:
    starts, rounds = (times, 1) if desk == "cold" else (1, times)
    for _ in range(starts):
        async with at_the_board(store, size=(80, 24)) as pilot:
            for _ in range(rounds):
                busy = None
                if desk == "saving":
                    busy = store.submit(
                        lambda db: db.conn.execute("SELECT count(*) FROM entry, entry a")
                    )
                burst(pilot.app, keys("n", "ab", "<enter>", "cd", "<enter>", "ef"))
                await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
                screen = await shown(pilot, ContactScreen)
                await until(pilot, lambda: screen.entries and screen.entries["role"].value == "ef")
                assert screen.entries["caller"].value == "ab"
                assert screen.sheet.caller.name == "ab"
                assert screen.sheet.values["service"] == "cd"
                await until(pilot, lambda: screen.sheet.pending == {"role": "ef"})
                if busy:
                    busy.result()
                await type_in(pilot, "<f9>")
                await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
    assert all(each.sheet.caller.name == "ab" for each in drafts.waiting(store, ADVISOR))


async def test_a_whole_call_in_one_burst_is_logged_as_it_was_typed(store: Store) -> None:
    async with at_the_board(store) as pilot:
        burst(
            pilot.app,
            keys(
                "n", "Reed, Amy", "<enter>", "ed", "<enter>", "nurse", "<enter>", "4521", "<enter>", "k", "<enter>",
                "Brook, Ty", "<enter>", "190726", "<enter>", "9990000018", "<enter>", "ward", "<enter>",
                "p", "<enter>", "burn", "<enter>", "bnm", "<enter>", "<enter>", "ao", "<enter>", "<enter>",
                "aa", "<enter>", "@notes", "Red mark on the arm", "<enter>", "seen today", "<alt+b>", "m", "<f2>", "y",
            ),
        )  # fmt: skip
        await until(pilot, lambda: contacts.recent(store, ADVISOR))
    parts = contacts.get(store, ADVISOR, contacts.recent(store, ADVISOR)[0].id)
    own = parts[0].values
    assert (own["service"], own["role"], own["callback"], own["where_now"]) == (
        "ED",
        "nurse",
        "4521",
        "ward",
    )
    assert own["issues"] == ["bruise-nonmobile", "burn"]
    people = {part.part: part.values for part in parts if part.tbl == "person"}
    assert people["caller"]["name"] == "Reed, Amy"
    assert (people["child"]["dob"], people["child"]["nhs_number"]) == ("2026-07-19", "9990000018")
    assert [part.values["text"] for part in parts if part.tbl == "note"] == [
        "Red mark on the arm\nseen today"
    ]
