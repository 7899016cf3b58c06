"""Loading what sign-in, the board and the first page after it need, while the passphrase is being typed."""

from importlib import import_module

from rich.cells import cell_len

from spoc.widgets.memory import keep_loaded

_BOARD = (
    "spoc.screens.desk.board",
    "spoc.screens.desk.notices",
    "spoc.screens.safety_net.lines",
    "spoc.storage.desk",
    "spoc.storage.followups.ringing",
    "spoc.storage.secrecy.comparing",
    "spoc.storage.service.passphrases",
    "cryptography.hazmat.backends.openssl.backend",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.kdf.argon2",
    "cryptography.hazmat.primitives.kdf.hkdf",
    "filelock",
)
# These come last: somebody who types fast has the board before they are loaded.
_AFTER = (
    "spoc.screens.call.contact",
    "spoc.screens.call.email",
    "spoc.screens.contacts.page.contact_page",
    "spoc.screens.contacts.contacts",
    "spoc.screens.desk.users.own_passphrase",
    "spoc.screens.followups.calendar",
    "spoc.screens.followups.followups",
    "spoc.screens.followups.handover",
    "spoc.screens.followups.requests",
    "spoc.screens.followups.unborn",
    "jellyfish",
    # Loaded as a whole, here and wherever it is used: its parts import one another, and two threads that
    # begin with different parts get half a module.
    "rapidfuzz",
)


def load() -> None:
    """Loads it all, and reads the calendar and the packs that come with spoc; the store later says which pack
    is in force."""
    for name in _BOARD:
        import_module(name)
    from spoc.guidance import pack
    from spoc.guidance.calendar import bank_holidays

    bank_holidays()
    cell_len("→")  # the first such letter makes Rich read a table of widths
    for name in pack.available():
        pack.load(name)
    for name in _AFTER:
        import_module(name)
    keep_loaded()
