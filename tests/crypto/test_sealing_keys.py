"""Which encryption keys can be sealed to, by arithmetic alone; the library is asked beside it."""

import pytest

from strongroom.crypto.grants import SEALED_KEY_BYTES, GrantContext, seal_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.principals import ENC_PUBLIC_KEY_BYTES, check_sealing_key
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError, InvalidKeyError
from support.sealing_keys import edge_keys, false_keys

GOOD = Keyset(b"s" * 32).enc_pk
CONTEXT = GrantContext(
    account=b"a" * 16, kind=1, container=b"c" * 16, epoch=1, accessor=b"p" * 16, fp=b"f" * 32
)
FALSE, EDGES = false_keys(GOOD), edge_keys(GOOD)


def test_good_keys():
    """Keys out of seeds pass, and have the length of the format."""
    assert ENC_PUBLIC_KEY_BYTES == len(GOOD) == 1216
    for number in range(50):
        check_sealing_key(Keyset(bytes([number]) * 32).enc_pk)


@pytest.mark.parametrize(("enc_pk", "layer"), FALSE.values(), ids=FALSE.keys())
def test_false_keys(enc_pk, layer):
    """Each check refuses what only it can see, in one text that shows nothing of the key."""
    with pytest.raises(
        InvalidKeyError, match="nothing can be sealed to this encryption key"
    ) as caught:
        check_sealing_key(enc_pk)
    assert (caught.value.layer, caught.value.code) == (layer, "invalid_key")


@pytest.mark.parametrize("enc_pk", EDGES.values(), ids=EDGES.keys())
def test_edges(enc_pk):
    """What is just inside the limits passes, and the library seals to it."""
    check_sealing_key(enc_pk)
    assert len(seal_key(SymmetricKey(b"k" * 32), enc_pk, CONTEXT)) == SEALED_KEY_BYTES


def test_nothing_the_library_refuses_passes():
    """A key that the library cannot seal to is refused by the arithmetic too."""
    refused = set()
    for name, (enc_pk, _) in FALSE.items():
        try:
            seal_key(SymmetricKey(b"k" * 32), enc_pk, CONTEXT)
        except IntegrityError:
            refused.add(name)
    passed = []
    for name in refused:
        try:
            check_sealing_key(FALSE[name][0])
            passed.append(name)
        except InvalidKeyError:
            pass
    assert refused
    assert passed == []
    # Second spellings are what the arithmetic adds: the library reads them as another key.
    assert {name.split()[0] for name in FALSE.keys() - refused} == {"second", "top"}
