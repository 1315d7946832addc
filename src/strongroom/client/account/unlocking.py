"""The seed of a user, sealed under password and Secret Key: opening it and sealing it.

Source: specs/formats.md section 2. Unlocking has two steps, because the key that
asks for the sealed seed comes out of the derivation, too.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.keysets import SEED_BYTES
from strongroom.crypto.public.costs import KdfParameters, check_parameters
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import HASH_BYTES
from strongroom.crypto.public.signatures import derive_public_key
from strongroom.crypto.sealing import NO_KEY_ID, Purpose, open_envelope, seal
from strongroom.crypto.unlock import UnlockKeys, derive_unlock_keys
from strongroom.errors import ConflictError, IntegrityError, UnauthorizedError
from strongroom.ids import AccountId, PrincipalId
from strongroom.limits import INTEGER_MAX
from strongroom.secret import Secret, veil
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wire.messages import CostsAnswer, SeedAnswer, UserRow


class Unlocked(msgspec.Struct, frozen=True):
    """What password and Secret Key opened: the seed, and the pin that came with it.

    `kdf` is what it took, for the device to remember.
    """

    seed: bytes
    pin: Pin
    head: HeadMark
    kdf: KdfParameters

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Unlocked([secret])"


class UserKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed for a user: the seed of a keyset, and the pin for a new device."""

    account: AccountId
    user: PrincipalId
    seed: bytes
    keyset: int
    pin: Pin
    head: HeadMark

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "UserKeys([secret])"


class Derived(msgspec.Struct, frozen=True):
    """The keys that a password and a Secret Key give under the costs that the service named."""

    keys: UnlockKeys
    kdf: KdfParameters

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Derived([secret])"


def derive(
    costs: CostsAnswer,
    *,
    account: AccountId,
    user: PrincipalId,
    secret_key: Secret[str],
    password: Secret[str],
    remembered: KdfParameters | None,
) -> Derived:
    """Derive what asks for the sealed seed, and what opens it.

    Args:
        remembered: The derivation parameters that this device has seen.

    Raises:
        KdfRefusedError: The keeper's parameters are outside the limits.
        KdfDowngradeError: They are weaker than remembered.
        InvalidPasswordError: The password cannot be one.
    """
    kdf = KdfParameters(costs.salt, costs.t, costs.m, costs.lanes)
    check_parameters(kdf, remembered=(remembered.t, remembered.m) if remembered else None)
    return Derived(
        _derive(
            password=password, secret_key=secret_key, parameters=kdf, account=account, user=user
        ),
        kdf,
    )


def open_seed(
    derived: Derived, sealed: SeedAnswer, *, account: AccountId, user: PrincipalId
) -> Unlocked:
    """Open a user's seed.

    Raises:
        ConflictError: It was sealed anew since the costs were asked for.
        UnauthorizedError: Wrong password or Secret Key; never said which.
        IntegrityError: What was opened is not a seed.
    """
    if sealed.salt != derived.kdf.salt:
        message = "the password or the Secret Key was changed at the same time"
        raise ConflictError(message, hint="try again with the new password or Secret Key")
    if not 1 <= sealed.keyset <= INTEGER_MAX:
        message = "the user's row in the database is damaged"
        raise IntegrityError(message)
    try:
        raw = open_envelope(
            derived.keys.unlock,
            Purpose.KEYSET_SEED,
            (account, user, sealed.keyset),
            sealed.seed,
            what="the sealed keys of the account",
            key_id=NO_KEY_ID,
        )
    except IntegrityError as error:
        if error.layer not in ("commitment", "tag"):
            raise
        raise _wrong() from None
    return _parse_seed(raw, derived.kdf)


def seal_user_row(
    keys: UserKeys,
    *,
    email: str,
    password: Secret[str],
    secret_key: Secret[str],
    kdf: KdfParameters,
) -> UserRow:
    """Seal a user's seed under password and Secret Key; return the row that the service keeps."""
    derived = _derive(
        password=password,
        secret_key=secret_key,
        parameters=kdf,
        account=keys.account,
        user=keys.user,
    )
    record = {
        "seed": encode_base64url(keys.seed),
        "root": [keys.pin.version, encode_base64url(keys.pin.hash)],
        "head": [keys.head.generation, keys.head.rev],
        "keyset": keys.keyset,
    }
    sealed = seal(
        derived.unlock,
        Purpose.KEYSET_SEED,
        (keys.account, keys.user, keys.keyset),
        json.dumps(record, separators=(",", ":")).encode(),
        key_id=NO_KEY_ID,
    )
    return UserRow(
        email=email,
        salt=kdf.salt,
        t=kdf.t,
        m=kdf.m,
        lanes=kdf.lanes,
        keyset=keys.keyset,
        seed=sealed,
        auth_pk=derive_public_key(derived.auth_seed),
    )


def _derive(
    *,
    password: Secret[str],
    secret_key: Secret[str],
    parameters: KdfParameters,
    account: AccountId,
    user: PrincipalId,
) -> UnlockKeys:
    return derive_unlock_keys(
        password=password.expose(),  # to derive from it
        secret_key=secret_key.expose(),  # likewise
        parameters=parameters,
        account=account,
        user=user,
    )


def _wrong() -> UnauthorizedError:
    # One text whatever was wrong; the hint is what a person needs whose other device changed one.
    message = "the password or the Secret Key is wrong"
    hint = (
        "if you changed either on another computer, use the new one; "
        "for a new Secret Key, run `strongroom account add --kit FILE`"
    )
    return UnauthorizedError(message, hint=hint)


def _parse_seed(raw: bytes, kdf: KdfParameters) -> Unlocked:
    try:
        record: dict[str, Any] = json.loads(raw)
        seed = decode_base64url(record["seed"])
        root_version, root_hash = record["root"]
        generation, rev = record["head"]
        pin = Pin(int(root_version), Hash(decode_base64url(root_hash)))
        unlocked = Unlocked(seed, pin, HeadMark(int(generation), int(rev)), kdf)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        unlocked = None
    if unlocked is None or (len(seed), len(pin.hash)) != (SEED_BYTES, HASH_BYTES):
        message = "the sealed keys of the account do not hold a seed"
        raise IntegrityError(message, layer="document")
    return unlocked
