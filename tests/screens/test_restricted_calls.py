"""A restricted call through the app: said, sealed, listed as one, opened by some and refused to others."""

from keyboard import shown, type_in, until
from samples import ADVISOR, PRIVATE, Clock, a_colleague, close_one
from screens.conftest import page
from seated import at_the_board

from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

CALL = (
    "n", "@caller", "Quill, Amy", "<enter>", "@service", "ED", "<enter>", "@role", "nurse", "<enter>", "@callback", "4521", "<enter>", "@verified", "k", "<enter>", "@child",
    "Brook, Ty", "<enter>", "190721", "<enter>", "<enter>", "@where_now", "ed", "<enter>", "@category", "p", "<enter>", "@issues",
    "burn", "<enter>", "@actions", "ao", "<enter>", "@outcome", "aa", "<enter>",
    "@notes", "He slapped the boy.",
)  # fmt: skip


async def take_the_call(store: Store) -> None:
    """Ada takes a call about Pat Jones, restricts it, and closes it."""
    async with at_the_board(store) as pilot:
        await type_in(pilot, *CALL)
        screen = await shown(pilot, ContactScreen)
        await type_in(pilot, "<ctrl+r>")
        await until(pilot, lambda: "Should colleagues not see this" in page(pilot))
        await type_in(pilot, "s")
        await until(pilot, lambda: "RESTRICTED" in page(pilot))
        await until(pilot, lambda: "Which user of spoc" in page(pilot))
        await type_in(pilot, "Pat Jones", "<enter>")
        await until(pilot, lambda: "closed to Pat Jones" in screen.restricted)
        await until(pilot, lambda: screen.keeper.saved_version == screen.keeper.version)
        await type_in(pilot, "<f2>")
        await until(
            pilot,
            lambda: (
                "all kinds of abuse" in page(pilot).lower()
                or isinstance(pilot.app.screen, BoardScreen)
            ),
        )
        await type_in(pilot, "y")
        await until(pilot, lambda: "Ctrl+B begins an open contact for the child" in page(pilot))
        await type_in(pilot, "<f2>")
        await shown(pilot, BoardScreen)
        await until(pilot, lambda: "restricted contact" in page(pilot))
        assert "Brook" not in page(pilot) and "Quill" not in page(pilot)


async def test_it_is_marked_closed_listed_opened_by_some_and_refused_to_others(
    store: Store,
) -> None:
    nora, key = a_colleague(store, "Nora Named", "named-professional")
    pat, pats = a_colleague(store, "Pat Jones", "named-professional")
    await take_the_call(store)
    (row,) = contacts.recent(store, ADVISOR)
    assert row.restricted and not row.open
    for who, private, opens in ((ADVISOR, PRIVATE, True), (nora, key, True), (pat, pats, False)):
        store.keyring.hold(who.id, private)
        async with at_the_board(store, actor=who) as pilot:
            await type_in(pilot, "<enter>")
            await shown(pilot, ContactPage)
            await until(pilot, lambda: "restricted" in page(pilot).lower())
            said = page(pilot)
            assert (
                ("Allegation against staff" in said or "Quill, Amy" in said)
                == opens
                == ("Brook, Ty" in said)
            )
            if opens:
                assert "Opened to  Ada Advisor, Nora Named" in said
                assert "p open it to" in said
            else:
                assert "it is opened to 2 people" in " ".join(said.split()) and "recorded" in said
                await type_in(pilot, "a", "t", "o", "r", "g", "p")
                assert isinstance(pilot.app.screen, ContactPage)
                tries = store.reader.conn.execute(
                    "SELECT _by, subject FROM audit WHERE kind = 'refused'"
                )
                await until(pilot, lambda: tries.fetchall() == [] or True)
            await type_in(pilot, "<escape>")
            await shown(pilot, BoardScreen)
            await type_in(pilot, "/", "brook")
            await until(pilot, lambda: "Nothing found" in page(pilot))
    kinds = [each for (each,) in store.reader.conn.execute("SELECT kind FROM audit ORDER BY n")]
    assert kinds.count("view") == 2 and kinds.count("refused") == 1
    assert verify(store).findings == ()


async def test_its_author_adds_to_it_and_opens_it_to_one_more(store: Store, clock: Clock) -> None:
    kim, key = a_colleague(store, "Kim Field", "reviewer")
    record = close_one(store, values={"restricted": "own-child", "about_staff": "nobody-here"})
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        await shown(pilot, ContactPage)
        await type_in(pilot, "t", "Rang the mother.", "<f2>")
        await until(pilot, lambda: "Rang the mother." in repr(contacts.get(store, ADVISOR, record)))
        await shown(pilot, ContactPage)
        clock.step(minutes=3)
        await type_in(pilot, "p", "Pat", "<enter>")
        await until(pilot, lambda: "No user of this store has that name" in page(pilot))
        await type_in(pilot, *["<backspace>"] * 3, "kim field", "<enter>")
        await until(pilot, lambda: "Kim Field (by Ada Advisor" in page(pilot))
    store.keyring.hold(kim.id, key)
    notes = [part.values["text"] for part in contacts.get(store, kim, record) if part.tbl == "note"]
    assert notes[-1] == "Rang the mother."


async def test_a_restricted_call_that_waits_is_nobody_elses_and_survives_the_end(
    store: Store,
) -> None:
    kim, key = a_colleague(store, "Kim Field", "advisor")
    async with at_the_board(store) as pilot:
        await type_in(pilot, *CALL, "<ctrl+r>", "s")
        screen = await shown(pilot, ContactScreen)
        await until(
            pilot,
            lambda: screen.restricted and screen.keeper.saved_version == screen.keeper.version,
        )
        assert drafts.waiting(store, ADVISOR)[0].sheet.notes == "He slapped the boy."
        assert "slapped" not in store.reader.conn.execute("SELECT body FROM draft").fetchone()[0]
        # and no key was pressed to end it: as after a crash
    store.keyring.hold(kim.id, key)
    async with at_the_board(store, actor=kim) as pilot:
        await until(pilot, lambda: "restricted call" in page(pilot))
        assert "by Ada Advisor" in page(pilot) and "Brook" not in page(pilot)
        await type_in(pilot, "1")
        await until(pilot, lambda: "not open to you" in page(pilot))
        await type_in(pilot, "<enter>", "n", "Brook, Lea", "<escape>")
        await shown(pilot, BoardScreen)
        assert "Quill" not in page(pilot)
    store.keyring.hold(ADVISOR.id, PRIVATE)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "1")
        screen = await shown(pilot, ContactScreen)
        assert screen.sheet.notes == "He slapped the boy." and "RESTRICTED" in page(pilot)


async def test_an_open_contact_is_begun_beside_it_with_the_child_alone(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, *CALL, "<ctrl+b>")  # does nothing while the call is not restricted
        screen = await shown(pilot, ContactScreen)
        await type_in(pilot, "<ctrl+r>", "s")
        await until(pilot, lambda: screen.restricted)
        await type_in(pilot, "Pat Jones", "<enter>", "<ctrl+b>")
        await until(
            pilot,
            lambda: pilot.app.screen is not screen and isinstance(pilot.app.screen, ContactScreen),
        )
        beside = await shown(pilot, ContactScreen)
        assert [child.name for child in beside.sheet.children] == ["Brook, Ty"]
        assert (beside.sheet.caller.name, beside.sheet.notes, beside.sheet.many) == ("", "", {})
        assert "RESTRICTED" not in page(pilot) and "the desk sees all of it" in page(pilot)
        own, other = screen.keeper.draft.id, beside.keeper.draft.id
        await type_in(pilot, "<escape>")
        await shown(pilot, BoardScreen)
    held = {each.id: each.sheet for each in drafts.waiting(store, ADVISOR)}
    assert held[own].values["beside"] == other.hex()


async def test_the_key_goes_when_the_desk_locks(store: Store) -> None:
    record = close_one(store, values={"restricted": "refuge-address"})
    async with at_the_board(store) as pilot:
        assert contacts.get(store, ADVISOR, record)
        pilot.app.lock("key")
        await until(pilot, lambda: not store.keyring.holds(ADVISOR.id))


async def test_whom_it_is_about_is_chosen_among_the_users_and_no_other_words_are_taken(
    store: Store,
) -> None:
    a_colleague(store, "Ann Jones", "named-professional")
    a_colleague(store, "Pat Jones", "named-professional")
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "<ctrl+r>")
        screen = await shown(pilot, ContactScreen)
        await type_in(pilot, "s")
        await until(pilot, lambda: screen.asking == "about_staff")
        await type_in(pilot, "jones")
        await until(pilot, lambda: "Ann Jones" in page(pilot) and "Pat Jones" in page(pilot))
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: "not the full name of any user" in page(pilot))
        assert not screen.sheet.values.get("about_staff")
        await type_in(pilot, "<down>", "<down>", "<enter>")
        await until(pilot, lambda: screen.sheet.values.get("about_staff") == "Pat Jones")
        assert "closed to Pat Jones; opened to you, Ann Jones" in screen.restricted
