"""What the program refuses, each as one sentence for the person at the desk.

A refusal says what happened, what is safe and what to do. It is raised where it is found
and shown in one place: the command line prints it, the app shows it and leaves.
"""


class Refusal(Exception):
    """Something spoc will not do. ``str(refusal)`` is the sentence the user reads."""


class EncryptionMissing(Refusal):
    """No SQLCipher behind the driver: nothing may be opened or created."""


class NotAStore(Refusal):
    """The folder holds no store."""


class StoreExists(Refusal):
    """The folder already holds a store; set-up never overwrites one."""


class WrongPassphrase(Refusal):
    """The passphrase, the user's name or the recovery code does not open the store."""


class StoreDamaged(Refusal):
    """The store or its key file cannot be read as what it should be."""


class StoreTooNew(Refusal):
    """A later version of spoc wrote this store."""


class StoreInUse(Refusal):
    """Another window holds the store."""


class StoreBusy(Refusal):
    """Another program kept the store locked for too long."""


class FolderUnusable(Refusal):
    """The folder cannot be written, is on a network or a synced drive, or does not last."""


class DiskFull(Refusal):
    """There is no room to save."""


class NotAllowed(Refusal):
    """The actor's role may not do this."""


class BadInput(Refusal):
    """What was given cannot be used as it stands."""


class LooksAlike(BadInput):
    """A name could be taken for somebody else's; it is used once somebody says that it is another person's."""


class BadPack(Refusal):
    """A guidance pack does not hold: the sentence names file, line and reason."""
