"""Areas about values, keys and envelopes.

A positive answer is also re-encoded: the code that writes must give the bytes
that the code that reads has accepted.
"""

from __future__ import annotations

from typing import Any

from strongroom.base64url import encode_base64url
from strongroom.crypto import titles
from strongroom.crypto.grants import GrantContext, open_epoch_link, open_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.costs import KdfParameters, check_parameters
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import check_sealing_key, derive_principal_id
from strongroom.crypto.public.signatures import derive_public_key
from strongroom.crypto.sealing import (
    HEADER_BYTES,
    NO_KEY_ID,
    SALT_BYTES,
    Purpose,
    open_envelope,
    seal,
)
from strongroom.crypto.secret_keys import format_secret_key, parse_secret_key
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.tokens import format_token, parse_token
from strongroom.crypto.unlock import derive_unlock_keys
from strongroom.ids import format_id, parse_id
from strongroom.pae import Part, pae, parse_pae
from strongroom.wire.access import derive_container_id

Values = dict[str, Any]


class ReencodeError(AssertionError):
    """Reading and writing disagree."""


def same(written: object, read: object) -> None:
    """Require that what was read is written in the same way."""
    if written != read:
        raise ReencodeError


def parts(rows: list[list[Any]]) -> list[Part]:
    """Read typed parts: ["hex", …], ["text", …], ["int", …]."""
    return [bytes.fromhex(value) if kind == "hex" else value for kind, value in rows]


def pae_encode(data: Values) -> Values:
    encoded = pae(*parts(data["parts"]))
    same(pae(*parse_pae(encoded)), encoded)
    return {"pae": encoded.hex()}


def pae_decode(data: Values) -> Values:
    body = bytes.fromhex(data["pae"])
    found = parse_pae(body)
    same(pae(*found), body)
    return {"parts": [part.hex() for part in found]}


def id_text(data: Values) -> Values:
    value = parse_id(data["text"])
    same(format_id(value), data["text"])
    return {"id": value.hex()}


def id_container(data: Values) -> Values:
    container = derive_container_id(
        account=bytes.fromhex(data["account"]),
        kind=data["kind"],
        subtype=data["subtype"],
        creator=bytes.fromhex(data["creator"]),
        salt=bytes.fromhex(data["salt"]),
    )
    return {"container": container.hex()}


def id_principal(data: Values) -> Values:
    principal = derive_principal_id(
        bytes.fromhex(data["account"]),
        data["kind"],
        sha256(bytes.fromhex(data["enc_pk"])),
        bytes.fromhex(data["sign_pk"]),
    )
    return {"principal": principal.hex()}


def title_tag(data: Values) -> Values:
    key = titles.derive_tag_key(SymmetricKey(bytes.fromhex(data["container_key"])))
    tag = titles.derive_title_tag(key, bytes.fromhex(data["container"]), data["title"])
    return {"normalised": titles.normalise_title(data["title"]), "tag": tag.hex()}


def title_answer(data: Values) -> Values:
    titles.check_title(asked=data["asked"], title=data["title"], what="the object")
    return {}


def secret_key(data: Values) -> Values:
    hint, secret = parse_secret_key(data["typed"])
    same(parse_secret_key(format_secret_key(account_id=hint, secret=secret)), (hint, secret))
    return {"hint": hint, "sk": secret}


def kdf(data: Values) -> Values:
    parameters = KdfParameters(bytes.fromhex(data["salt"]), data["t"], data["m"], data["lanes"])
    remembered = data.get("remembered")
    check_parameters(parameters, remembered=tuple(remembered[:2]) if remembered else None)
    keys = derive_unlock_keys(
        password=data["password"],
        secret_key=data["sk"],
        parameters=parameters,
        account=bytes.fromhex(data["account"]),
        user=bytes.fromhex(data["user"]),
    )
    return {
        "unlock": keys.unlock.expose_key().hex(),
        "auth_seed": keys.auth_seed.hex(),
        "auth_pk": derive_public_key(keys.auth_seed).hex(),
    }


def sealing_key(data: Values) -> Values:
    check_sealing_key(bytes.fromhex(data["enc_pk"]))
    return {}


def keyset(data: Values) -> Values:
    keys = Keyset(bytes.fromhex(data["seed"]))
    return {
        "enc_pk": keys.enc_pk.hex(),
        "sign_pk": keys.sign_pk.hex(),
        "auth_pk": derive_public_key(keys.auth_seed).hex(),
        "local": keys.local_key.expose_key().hex(),
        "fp": keys.fingerprint(bytes.fromhex(data["principal"]), data["kind"]).hex(),
    }


def envelope(data: Values) -> Values:
    key, sealed = SymmetricKey(bytes.fromhex(data["key"])), bytes.fromhex(data["envelope"])
    purpose, context = Purpose(data["purpose"]), tuple(parts(data["context"]))
    key_id = NO_KEY_ID if data.get("derived") else None
    opened = open_envelope(key, purpose, context, sealed, what="the object", key_id=key_id)
    salt = sealed[HEADER_BYTES - SALT_BYTES : HEADER_BYTES]
    same(seal(key, purpose, context, opened, key_id=key_id, salt=salt), sealed)
    return {"data": opened.hex(), "size": len(sealed)}


def epoch_link(data: Values) -> Values:
    key = open_epoch_link(
        bytes.fromhex(data["link"]),
        SymmetricKey(bytes.fromhex(data["key"])),
        account=bytes.fromhex(data["account"]),
        kind=data["kind"],
        container=bytes.fromhex(data["container"]),
        epoch=data["epoch"],
        link_hash=bytes.fromhex(data["link_hash"]),
        key_id=bytes.fromhex(data["key_id"]),
    )
    return {"older_key": key.expose_key().hex()}


def grant(data: Values) -> Values:
    keys = Keyset(bytes.fromhex(data["seed"]))
    accessor = bytes.fromhex(data["accessor"])
    context = GrantContext(
        account=bytes.fromhex(data["account"]),
        kind=data["kind"],
        container=bytes.fromhex(data["container"]),
        epoch=data["epoch"],
        accessor=accessor,
        fp=keys.fingerprint(accessor, data["accessor_kind"]),
    )
    key = open_key(
        bytes.fromhex(data["sealed"]),
        keys,
        context,
        sealed_hash=bytes.fromhex(data["sealed_hash"]),
        key_id=bytes.fromhex(data["key_id"]),
    )
    return {"key": key.expose_key().hex()}


def token(data: Values) -> Values:
    read = parse_token(data["token"], now=data["now"])
    same(format_token(read), data["token"])
    return {
        "url": read.url,
        "srv": format_id(read.srv) if read.srv else "",
        "acc": format_id(read.account),
        "id": format_id(read.principal),
        "root": [read.root_version, encode_base64url(read.root_hash)],
        "head": [read.generation, read.rev],
        "exp": read.expires_ms,
    }
