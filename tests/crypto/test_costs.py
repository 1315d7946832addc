"""Costs of a key derivation; their limits are tested with the derivation (test_unlock.py)."""

import pytest

from strongroom.crypto.public.costs import KdfParameters

MINE, OTHER = b"m" * 16, b"o" * 16
RAISED = {
    "less of both": ((3, 65_536), (4, 70_000), (4, 70_000)),
    "more of both": ((5, 80_000), (4, 70_000), (5, 80_000)),
    "fewer passes, more memory": ((3, 80_000), (4, 70_000), (4, 80_000)),
    "more passes, less memory": ((5, 65_536), (4, 70_000), (5, 70_000)),
}


@pytest.mark.parametrize(("mine", "other", "expected"), RAISED.values(), ids=RAISED)
def test_raised(mine, other, expected):
    """Passes and memory are each the greater ones; salt and lanes stay."""
    raised = KdfParameters(MINE, *mine, 2).raised(KdfParameters(OTHER, *other, 8))
    assert raised == KdfParameters(MINE, *expected, 2)
