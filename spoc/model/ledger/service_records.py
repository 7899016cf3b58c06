"""Kinds of record of the service itself: its users and desks, by which keys they are known, settings, audit.

See ``spoc.model.ledger.records``.
"""

from spoc.model.ledger.table import Column, Table, table


def service() -> tuple[Table, ...]:
    """Every table of them."""
    return (
        table(  # by ``sign_key`` it is known what they signed
            "user",
            Column("name"),
            Column("role", "code"),
            Column("public_key"),
            Column("sign_key", "word"),
        ),
        table(  # a further key of a user, of one of their desks
            "user_key",
            Column("user", "ref", indexed=True),
            Column("public_key", "word"),
            Column("sign_key", "word"),
            natural=("public_key",),
        ),
        table(  # the recovery code of one desk's store, by what is sealed to it and what it signed
            "recovery", Column("public_key", "word"), Column("sign_key", "word")
        ),
        table(  # JSON: where each stream ended before acts were signed
            "cover", Column("heads", "word")
        ),
        table(  # a desk of the service: by which keys its segments are signed and what is sent to it sealed
            "desk",
            Column("name", "word"),
            Column("user", "ref"),
            Column("sign_key", "word"),
            Column("seal_key", "word"),
        ),
        table(  # somebody says that a desk is shut out, and what of it still counts
            "shut_out",
            Column("desk", "ref", indexed=True),
            Column("user", "ref"),
            Column("at", "instant"),
            Column("why", "word"),
            Column("streams", "word"),  # JSON: how far each was seen, and which are the desk's own
            Column(
                "second", "word"
            ),  # "code": the recovery code signed beside, for a second person
            natural=("desk", "user"),
        ),
        table(  # somebody says that both ways of a stream count
            "both_ways",
            Column("stream", "word", indexed=True),
            Column("user", "ref"),
            Column("from_number", "int"),  # the first number that two entries have
            Column("at", "instant"),
            Column("why", "word"),
            Column(
                "second", "word"
            ),  # "code": the recovery code signed beside, for a second person
            natural=("stream", "user"),
        ),
        table(  # see spoc.model.rules.settings; ``desk`` is whose, where it is a desk's own
            "setting",
            Column("key"),
            Column("value"),
            Column("desk", "ref"),
            natural=("key", "desk"),
        ),
        table(  # what a service's own pack says, for desks without its files
            "pack_files",
            Column("pack", "word"),
            Column("digest", "word"),
            Column("files", "word"),  # JSON: by pack and name
            natural=("digest",),
        ),
        table(
            "audit",
            Column("kind", "code"),
            Column("subject", "ref", indexed=True),
            Column("purpose", "code"),
            Column("detail"),
            Column("who", "ref"),  # of whom the desk says it, where their key was gone by then
        ),
    )
