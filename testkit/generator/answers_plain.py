"""Answers to questions about bytes, names, secrets and what is sealed."""

from typing import Any

from generator import files, grants, kdf
from generator.crypto import public_of, sha256
from generator.enc_keys import check_enc_pk
from generator.envelope import open_envelope
from generator.errors import require
from generator.ids import container_id, parse_id, principal_id
from generator.keys import Keyset
from generator.pae import Part, decode, encode
from generator.secretkey import parse_secret_key
from generator.titles import normalise_title, title_tag

Json = dict[str, Any]
hexed = bytes.fromhex


def typed_parts(rows: list[list[Any]]) -> tuple[Part, ...]:
    """Parts as vectors write them: a type and a value each."""
    return tuple(hexed(value) if kind == "hex" else value for kind, value in rows)


def pae_encode(i: Json) -> Json:
    """Area pae, op encode."""
    return {"pae": encode(*typed_parts(i["parts"])).hex()}


def pae_decode(i: Json) -> Json:
    """Area pae, op decode."""
    return {"parts": [part.hex() for part in decode(hexed(i["pae"]))]}


def id_text(i: Json) -> Json:
    """Area id, op text."""
    return {"id": parse_id(i["text"]).hex()}


def id_container(i: Json) -> Json:
    """Area id, op container."""
    found = container_id(
        hexed(i["account"]), i["kind"], i["subtype"], hexed(i["creator"]), hexed(i["salt"])
    )
    return {"container": found.hex()}


def id_principal(i: Json) -> Json:
    """Area id, op principal."""
    enc_pk_hash = sha256(hexed(i["enc_pk"]))
    found = principal_id(hexed(i["account"]), i["kind"], enc_pk_hash, hexed(i["sign_pk"]))
    return {"principal": found.hex()}


def tag_of_title(i: Json) -> Json:
    """Area title-tag, op tag."""
    tag = title_tag(hexed(i["container_key"]), hexed(i["container"]), i["title"])
    return {"normalised": normalise_title(i["title"]), "tag": tag.hex()}


def title_answer(i: Json) -> Json:
    """Area title-tag, op answer."""
    require(normalise_title(i["asked"]) == normalise_title(i["title"]), "title")
    return {}


def secret_key(i: Json) -> Json:
    """Area secret-key."""
    hint, sk = parse_secret_key(i["typed"])
    return {"hint": hint, "sk": sk}


def unlock(i: Json) -> Json:
    """Area kdf."""
    given = kdf.Parameters(hexed(i["salt"]), i["t"], i["m"], i["lanes"])
    kdf.check_parameters(given, i.get("remembered"))
    password = kdf.prepare_password(i["password"])
    unlock, auth = kdf.derive_unlock(
        password, given, account=hexed(i["account"]), user=hexed(i["user"]), sk=i["sk"].encode()
    )
    return {"unlock": unlock.hex(), "auth_seed": auth.hex(), "auth_pk": public_of(auth).hex()}


def keyset(i: Json) -> Json:
    """Area keyset."""
    keys = Keyset(hexed(i["seed"]))
    return {
        "enc_pk": keys.enc_pk.hex(),
        "sign_pk": keys.sign_pk.hex(),
        "auth_pk": public_of(keys.auth_seed).hex(),
        "local": keys.local_key.hex(),
        "fp": keys.fp(hexed(i["principal"]), i["kind"]).hex(),
    }


def enc_key_check(i: Json) -> Json:
    """Area keyset, op check."""
    check_enc_pk(hexed(i["enc_pk"]))
    return {}


def envelope(i: Json) -> Json:
    """Area envelope."""
    envelope = hexed(i["envelope"])
    data = open_envelope(
        envelope,
        purpose=i["purpose"],
        key=hexed(i["key"]),
        context=typed_parts(i["context"]),
        derived=i["derived"],
    )
    return {"data": data.hex(), "size": len(envelope)}


def epoch_link(i: Json) -> Json:
    """Area epoch-link."""
    older = grants.open_link(
        hexed(i["link"]),
        link_hash=hexed(i["link_hash"]),
        newer=hexed(i["key"]),
        context=(hexed(i["account"]), i["kind"], hexed(i["container"]), i["epoch"]),
        name=hexed(i["key_id"]),
    )
    return {"older_key": older.hex()}


def grant(i: Json) -> Json:
    """Area grant."""
    keys = Keyset(hexed(i["seed"]))
    accessor = hexed(i["accessor"])
    info = grants.grant_info(
        account=hexed(i["account"]),
        kind=i["kind"],
        container=hexed(i["container"]),
        epoch=i["epoch"],
        accessor=accessor,
        fp=keys.fp(accessor, i["accessor_kind"]),
    )
    key = grants.open_key(
        hexed(i["sealed"]),
        sealed_hash=hexed(i["sealed_hash"]),
        keyset=keys,
        info=info,
        name=hexed(i["key_id"]),
    )
    return {"key": key.hex()}


def file(i: Json) -> Json:
    """Area file."""
    data = files.open_file(
        [hexed(chunk) for chunk in i["chunks"]],
        account=hexed(i["account"]),
        container=hexed(i["container"]),
        file=hexed(i["file"]),
        key=hexed(i["key"]),
        size=i["size"],
        content_hash=hexed(i["hash"]) if "hash" in i else None,
    )
    return {"sha256": sha256(data).hex(), "chunks": len(i["chunks"])}
