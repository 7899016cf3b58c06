"""The private key of whoever sits at the desk: in memory only, until the desk is locked, left or handed over."""

from spoc.storage.sealing import SealBroken, signing_seed, unseal


class Keyring:
    """Holds one user's private key, or none. A copy that the interpreter made may outlive ``wipe``."""

    def __init__(self) -> None:
        self._user = b""
        self._private = bytearray()

    def hold(self, user: bytes, private: bytes) -> None:
        """Hold a user's key in place of any other."""
        self.wipe()
        self._user, self._private = user, bytearray(private)

    def wipe(self) -> None:
        """Hold nobody's key any more."""
        for at in range(len(self._private)):
            self._private[at] = 0
        self._user, self._private = b"", bytearray()

    def holds(self, user: bytes) -> bool:
        """Whether the key it holds is this user's."""
        return bool(self._private) and user == self._user

    def seed_of(self, user: bytes) -> bytes:
        """What the user signs with; nothing where the key is not theirs."""
        return signing_seed(bytes(self._private)) if self.holds(user) else b""

    def unseal(self, user: bytes, sealed: bytes, bound_to: bytes) -> bytes | None:
        """What was sealed to the user; None where the key is not theirs, or it was sealed to a former one."""
        if not self.holds(user):
            return None
        try:
            return unseal(bytes(self._private), sealed, bound_to)
        except SealBroken:
            return None
