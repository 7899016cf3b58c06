"""Settings: each belongs to the service or to one desk. Declare new ones here.

A setting of the service applies on every desk it reaches; a setting of one desk (its name, its folders, the
minutes to its lock) is stored by the others but not applied.
"""

STALE_HOURS = "24"  # time without a sync after which the others' records may be out of date
SERVICE, DESK = "service", "desk"

_SCOPES = {
    "service": SERVICE,  # its name
    "pack": SERVICE,
    "closures": SERVICE,
    "hours.desk": SERVICE,
    "hours.csc": SERVICE,
    "denominator": SERVICE,
    "reviews_counted": SERVICE,  # in the year-on-year series: ED reviews with a concern, or all
    "ed_expected_by": SERVICE,
    "accredited_domains": SERVICE,
    "list_key": SERVICE,  # keys the marks of rows of ED lists, so that every desk recognises the same row
    "desk": DESK,  # its name
    "demo": DESK,
    "idle_minutes": DESK,
    "backup_folder": DESK,
    "sync": DESK,
    "closed_when_shared": DESK,  # yes: for a computer that keeps nothing
    "stale_hours": SERVICE,
    "rejoin": SERVICE,  # yes: a user can come back with only their passphrase
}
_FAMILIES = {
    "adopted.": SERVICE,  # packs
    "pattern.": SERVICE,  # rule sets that were switched on
    "search.": SERVICE,  # an advisor's saved searches, available wherever they sit
}

# What is a secret, or may name a child: nobody without a key of the store is given it.
_PRIVATE = ("list_key", "sync", "search.")


def is_private(key: str) -> bool:
    """Whether a setting stays out of the extract (see ``spoc.model.ledger.extract``)."""
    return key.startswith(_PRIVATE)


def scope_of(key: str) -> str:
    """SERVICE or DESK; "" for a setting that this version does not know, and so does not apply."""
    family = next((each for each in _FAMILIES if key.startswith(each)), "")
    return _SCOPES.get(key) or _FAMILIES.get(family, "")
