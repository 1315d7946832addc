"""Accounts for the anomaly loop; they are made without the cost of deriving keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest

from strongroom.crypto import unlock
from support.anomalies.engines import Stage, make_stage


class CheapDerivation:
    """As Argon2id from outside, at no cost: a use case derives keys again at each try."""

    def __init__(self, **options: object) -> None:
        self._options = repr(sorted(options.items()))

    def derive(self, password: bytes) -> bytes:
        return sha256(self._options.encode() + password).digest()


@contextmanager
def cheap_derivation() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unlock, "Argon2id", CheapDerivation)
        yield


# Of a module and no longer: other tests of the same process derive keys as everybody does.
@pytest.fixture(scope="module", autouse=True)
def _cheap() -> Iterator[None]:
    with cheap_derivation():
        yield


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """An account with something of everything."""
    with cheap_derivation():
        return make_stage(tmp_path_factory.mktemp("stage"))
