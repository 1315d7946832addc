"""Unlock: limits of the costs and of passwords, all before any work."""

import pytest

from strongroom.crypto.public.costs import KdfParameters, check_parameters
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.unlock import UnlockKeys, check_new_password, normalise_password
from strongroom.errors import InvalidPasswordError, KdfDowngradeError, KdfRefusedError

SALT = b"s" * 16
INSIDE = {
    "the floor": KdfParameters(SALT, 3, 65_536, 1),
    "the usual": KdfParameters(SALT),
    "the ceiling": KdfParameters(SALT, 16, 1_048_576, 16),
}
OUTSIDE = {
    "too few passes": KdfParameters(SALT, 2, 65_536, 4),
    "too many passes": KdfParameters(SALT, 17, 65_536, 4),
    "too little memory": KdfParameters(SALT, 3, 65_535, 4),
    "too much memory": KdfParameters(SALT, 3, 1_048_577, 4),
    "no lanes": KdfParameters(SALT, 3, 65_536, 0),
    "too many lanes": KdfParameters(SALT, 3, 65_536, 17),
    "a short salt": KdfParameters(SALT[1:]),
    "a long salt": KdfParameters(SALT + b"s"),
    "negative": KdfParameters(SALT, -3, -65_536, -1),
}


@pytest.mark.parametrize("parameters", INSIDE.values(), ids=INSIDE.keys())
def test_costs_inside(parameters):
    """Floor and ceiling themselves are good."""
    check_parameters(parameters, remembered=None)
    check_parameters(parameters, remembered=(parameters.t, parameters.m))


@pytest.mark.parametrize("parameters", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_costs_outside(parameters):
    """One step outside is refused, whatever the device remembers."""
    for remembered in (None, (16, 1_048_576)):
        with pytest.raises(KdfRefusedError):
            check_parameters(parameters, remembered=remembered)


@pytest.mark.parametrize("remembered", [(4, 65_536), (3, 65_537)], ids=["passes", "memory"])
def test_costs_below_those_remembered(remembered):
    """Costs may rise, but neither passes nor memory may fall below those of the device."""
    with pytest.raises(KdfDowngradeError):
        check_parameters(KdfParameters(SALT), remembered=remembered)
    check_parameters(KdfParameters(SALT, 4, 65_537), remembered=remembered)


PASSWORDS = {
    "blanks at both ends": ("  pass word ", b"pass word"),
    "composed and decomposed": ("\u00e9", "e\u0301".encode()),
    "compatibility forms": ("\uff21\u2460", b"A1"),
    "other blanks stay": ("\tx\n", b"\tx\n"),
    "just short enough": ("x" * 1024, b"x" * 1024),
}


@pytest.mark.parametrize(("typed", "raw"), PASSWORDS.values(), ids=PASSWORDS.keys())
def test_passwords(typed, raw):
    """A password is stripped of blanks and brought to NFKD."""
    assert normalise_password(typed) == raw


NOT_PASSWORDS = {
    "empty": "",
    "blanks only": "    ",
    "too long": "x" * 1025,
    "too long once decomposed": "\u00e9" * 342,
    "with NUL": "pass\0word",
}


@pytest.mark.parametrize("typed", NOT_PASSWORDS.values(), ids=NOT_PASSWORDS.keys())
def test_refused_passwords(typed):
    """What cannot be a password is refused without quoting it."""
    with pytest.raises(InvalidPasswordError) as caught:
        normalise_password(typed)
    assert "pass\0" not in str(caught.value)


def test_new_passwords():
    """A new password has 10 characters or more, blanks at the ends not counted."""
    check_new_password("0123456789")
    for short in ("012345678", "  012345678  "):
        with pytest.raises(InvalidPasswordError, match="at least 10"):
            check_new_password(short)


def test_unlock_keys_print_nothing():
    """What password and Secret Key give is not in any text."""
    keys = UnlockKeys(SymmetricKey(b"unlock-key"), b"auth-seed")
    assert repr(keys) == str(keys) == "UnlockKeys([secret])"
