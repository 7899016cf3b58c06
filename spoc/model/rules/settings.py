"""Settings: each says whose it is, the service's or one desk's. A new one has to be declared here.

What the service has set holds on every desk that it reaches; what is a desk's own (its name, its folders, the
minutes to its lock) is kept by the others and not applied.
"""

STALE_HOURS = "24"  # without a sync, after which what others wrote may be missing
SERVICE, DESK = "service", "desk"

_WHOSE = {
    "service": SERVICE,  # its name
    "pack": SERVICE,
    "closures": SERVICE,
    "hours.desk": SERVICE,
    "hours.csc": SERVICE,
    "denominator": SERVICE,
    "reviews_counted": SERVICE,  # in the year-on-year series: ED reviews with a concern, or all
    "ed_expected_by": SERVICE,
    "accredited_domains": SERVICE,
    "list_key": SERVICE,  # keys the marks of rows of ED lists: the same row is known on every desk
    "desk": DESK,  # its name
    "demo": DESK,
    "idle_minutes": DESK,
    "backup_folder": DESK,
    "sync": DESK,
    "closed_when_shared": DESK,  # yes: for a computer that keeps nothing
    "stale_hours": SERVICE,
    "rejoin": SERVICE,  # yes: who was at a desk comes back with her passphrase alone
}
_FAMILIES = {
    "adopted.": SERVICE,  # packs
    "pattern.": SERVICE,  # rule sets that were switched on
    "search.": SERVICE,  # an advisor's saved searches: theirs wherever they sit
}


def whose(key: str) -> str:
    """Whose a setting is: SERVICE or DESK; "" of one that this version does not know: it is not applied."""
    family = next((each for each in _FAMILIES if key.startswith(each)), "")
    return _WHOSE.get(key) or _FAMILIES.get(family, "")
