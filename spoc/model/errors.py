"""Refusals: what the program will not do, each as one sentence for the person at the desk.

A refusal says what happened, what is safe and what to do. It is raised where it is found
and shown in one place: the command line prints it, the app shows it and leaves.
"""


class Refusal(Exception):
    """Something spoc will not do. ``str(refusal)`` is the sentence the user reads."""


class EncryptionMissing(Refusal):
    """The driver has no SQLCipher: nothing may be opened or created."""


class NotAStore(Refusal):
    """There is no store in the folder."""


class StoreExists(Refusal):
    """There is already a store in the folder; set-up never overwrites one."""


class WrongPassphrase(Refusal):
    """The passphrase, the user's name or the recovery code does not open the store."""


class StoreDamaged(Refusal):
    """The store or its key file is damaged."""


class StoreTooNew(Refusal):
    """A later version of spoc wrote this store."""


class StoreInUse(Refusal):
    """The store is open in another window."""


class StoreBusy(Refusal):
    """Another program kept the store locked for too long."""


class FolderUnusable(Refusal):
    """The folder cannot be written, is on a network or a synced drive, or does not last."""


class DiskFull(Refusal):
    """There is no room to save."""


class NotAllowed(Refusal):
    """The actor's role may not do this."""


class BadInput(Refusal):
    """The input cannot be used as it is."""


class LooksAlike(BadInput):
    """A name could be mistaken for somebody else's; it is accepted once somebody confirms that it belongs to
    another person."""


class BadPack(Refusal):
    """A guidance pack is invalid: the sentence names file, line and reason."""
