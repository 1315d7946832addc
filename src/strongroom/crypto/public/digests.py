"""What is a hash and what is a fingerprint, to the type checker; plain bytes at run time.

Apart from `hashes`, so that messages and bodies may say so without the crypto library.
"""

from __future__ import annotations

from typing import Final, NewType

# SHA-256 of something; empty where a format allows that there is nothing.
Hash = NewType("Hash", bytes)
# The hash that names one keyset of one principal.
Fingerprint = NewType("Fingerprint", bytes)

NO_HASH: Final = Hash(b"")
NO_FINGERPRINT: Final = Fingerprint(b"")
