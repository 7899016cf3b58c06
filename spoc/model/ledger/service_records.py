"""Kinds of record about the service itself: its users and desks, their keys, its settings, the audit.

See ``spoc.model.ledger.records``.
"""

from spoc.model.ledger.table import Column, Table, table


def service() -> tuple[Table, ...]:
    """The tables of these kinds."""
    return (
        table(  # ``sign_key`` shows what they signed
            "user",
            Column("name"),
            Column("role", "code"),
            Column("public_key"),
            Column("sign_key", "word"),
        ),
        table(  # an additional key of a user, for one of their desks
            "user_key",
            Column("user", "ref", indexed=True),
            Column("public_key", "word"),
            Column("sign_key", "word"),
            natural=("public_key",),
        ),
        table(  # the recovery code of one desk's store: the keys for sealing to it and for checking its signatures
            "recovery", Column("public_key", "word"), Column("sign_key", "word")
        ),
        table(  # JSON: where each stream ended before acts were signed
            "cover", Column("heads", "word")
        ),
        table(  # a desk of the service: its keys for signing segments and for what is sealed to it
            "desk",
            Column("name", "word"),
            Column("user", "ref"),
            Column("sign_key", "word"),
            Column("seal_key", "word"),
        ),
        table(  # somebody shut out a desk, and what still counts of its work
            "shut_out",
            Column("desk", "ref", indexed=True),
            Column("user", "ref"),
            Column("at", "instant"),
            Column("why", "word"),
            # JSON: how far each stream was seen, and which are the desk's own
            Column("streams", "word"),
            # "code": the recovery code signed beside, for a second person
            Column("second", "word"),
            natural=("desk", "user"),
        ),
        table(  # somebody let both ways of a stream count
            "both_ways",
            Column("stream", "word", indexed=True),
            Column("user", "ref"),
            Column("from_number", "int"),  # the first number that occurs twice
            Column("at", "instant"),
            Column("why", "word"),
            # "code": the recovery code signed beside, for a second person
            Column("second", "word"),
            natural=("stream", "user"),
        ),
        table(  # see spoc.model.rules.settings; ``desk`` is given if it is a desk's own
            "setting",
            Column("key"),
            Column("value"),
            Column("desk", "ref"),
            natural=("key", "desk"),
        ),
        table(  # the contents of a service's own pack, for desks without its files
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
            # the person concerned, if the desk wrote it because their key was gone
            Column("who", "ref"),
        ),
    )
