"""What sign-in and the board need, loaded while the passphrase is being typed."""

from importlib import import_module

from rich.cells import cell_len

from spoc.widgets.memory import keep_loaded

_NEEDED = (
    "spoc.screens.desk.board",
    "spoc.screens.desk.notices",
    "spoc.screens.desk.own_passphrase",
    "spoc.screens.safety_net.lines",
    "spoc.storage.desk",
    "spoc.storage.followups.ringing",
    "spoc.storage.secrecy.comparing",
    "cryptography.hazmat.backends.openssl.backend",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.kdf.argon2",
    "cryptography.hazmat.primitives.kdf.hkdf",
    "filelock",
    "jellyfish",
    "rapidfuzz.distance",
    "rapidfuzz.process",
)


def load() -> None:
    """Loads it, and reads the calendar and the packs that come with spoc: which of them is in force, the store says
    later."""
    for name in _NEEDED:
        import_module(name)
    from spoc.guidance import pack
    from spoc.guidance.calendar import bank_holidays

    bank_holidays()
    for name in pack.available():
        pack.load(name)
    cell_len("→")  # the first such letter has a table of widths read
    keep_loaded()
