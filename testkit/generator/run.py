"""Puts one vector's question to this implementation (section 19 of specs/formats.md)."""

import json
from collections.abc import Callable
from typing import Any

from generator import directory_check, files, grants, kdf, requests_, shares, tokens
from generator.access_check import Known, check_access, check_step
from generator.crypto import public_of, sha256
from generator.directory import parse_entry, parse_head, parse_root
from generator.envelope import open_envelope
from generator.errors import Refused, require
from generator.ids import container_id, parse_id, principal_id
from generator.keys import Keyset
from generator.pae import Part, decode, encode
from generator.revision import Asked, check_revision
from generator.secretkey import parse_secret_key
from generator.titles import normalise_title, title_tag

Json = dict[str, Any]
hexed = bytes.fromhex


def typed_parts(rows: list[list[Any]]) -> tuple[Part, ...]:
    """Parts as vectors write them: a type and a value each."""
    return tuple(hexed(value) if kind == "hex" else value for kind, value in rows)


def _pae_encode(i: Json) -> Json:
    return {"pae": encode(*typed_parts(i["parts"])).hex()}


def _pae_decode(i: Json) -> Json:
    return {"parts": [part.hex() for part in decode(hexed(i["pae"]))]}


def _id_text(i: Json) -> Json:
    return {"id": parse_id(i["text"]).hex()}


def _id_container(i: Json) -> Json:
    found = container_id(
        hexed(i["account"]), i["kind"], i["subtype"], hexed(i["creator"]), hexed(i["salt"])
    )
    return {"container": found.hex()}


def _id_principal(i: Json) -> Json:
    enc_pk_hash = sha256(hexed(i["enc_pk"]))
    found = principal_id(hexed(i["account"]), i["kind"], enc_pk_hash, hexed(i["sign_pk"]))
    return {"principal": found.hex()}


def _title_tag(i: Json) -> Json:
    tag = title_tag(hexed(i["container_key"]), hexed(i["container"]), i["title"])
    return {"normalised": normalise_title(i["title"]), "tag": tag.hex()}


def _title_answer(i: Json) -> Json:
    require(normalise_title(i["asked"]) == normalise_title(i["title"]), "title")
    return {}


def _secret_key(i: Json) -> Json:
    hint, sk = parse_secret_key(i["typed"])
    return {"hint": hint, "sk": sk}


def _kdf(i: Json) -> Json:
    given = kdf.Parameters(hexed(i["salt"]), i["t"], i["m"], i["lanes"])
    kdf.check_parameters(given, i.get("remembered"))
    password = kdf.prepare_password(i["password"])
    unlock, auth = kdf.derive_unlock(
        password, given, account=hexed(i["account"]), user=hexed(i["user"]), sk=i["sk"].encode()
    )
    return {"unlock": unlock.hex(), "auth_seed": auth.hex(), "auth_pk": public_of(auth).hex()}


def _keyset(i: Json) -> Json:
    keys = Keyset(hexed(i["seed"]))
    return {
        "enc_pk": keys.enc_pk.hex(),
        "sign_pk": keys.sign_pk.hex(),
        "auth_pk": public_of(keys.auth_seed).hex(),
        "local": keys.local_key.hex(),
        "fp": keys.fp(hexed(i["principal"]), i["kind"]).hex(),
    }


def _envelope(i: Json) -> Json:
    envelope = hexed(i["envelope"])
    data = open_envelope(
        envelope, purpose=i["purpose"], key=hexed(i["key"]),
        context=typed_parts(i["context"]), derived=i["derived"],
    )
    return {"data": data.hex(), "size": len(envelope)}


def _epoch_link(i: Json) -> Json:
    older = grants.open_link(
        hexed(i["link"]), link_hash=hexed(i["link_hash"]), newer=hexed(i["key"]),
        context=(hexed(i["account"]), i["kind"], hexed(i["container"]), i["epoch"]),
        name=hexed(i["key_id"]),
    )
    return {"older_key": older.hex()}


def _grant(i: Json) -> Json:
    keys = Keyset(hexed(i["seed"]))
    accessor = hexed(i["accessor"])
    info = grants.grant_info(
        account=hexed(i["account"]), kind=i["kind"], container=hexed(i["container"]),
        epoch=i["epoch"], accessor=accessor, fp=keys.fp(accessor, i["accessor_kind"]),
    )
    key = grants.open_key(
        hexed(i["sealed"]), sealed_hash=hexed(i["sealed_hash"]), keyset=keys, info=info,
        name=hexed(i["key_id"]),
    )
    return {"key": key.hex()}


def _file(i: Json) -> Json:
    data = files.open_file(
        [hexed(chunk) for chunk in i["chunks"]], account=hexed(i["account"]),
        container=hexed(i["container"]), file=hexed(i["file"]), key=hexed(i["key"]),
        size=i["size"],
    )
    return {"sha256": sha256(data).hex(), "chunks": len(i["chunks"])}


def _root(i: Json) -> Json:
    documents = [
        directory_check.Document(
            hexed(d["body"]), tuple((hexed(who), hexed(sig)) for who, sig in d["signatures"])
        )
        for d in i["documents"]
    ]
    pin = (i["pin"][0], hexed(i["pin"][1]))
    root = directory_check.check_root_chain(hexed(i["account"]), pin, documents)
    return {"version": root.version, "hash": root.hash.hex(), "generation": root.generation}


def _head(i: Json) -> Json:
    head = directory_check.check_head(
        hexed(i["head"]), hexed(i["sig"]), account=hexed(i["account"]),
        roots=[parse_root(hexed(r)) for r in i["roots"]], mark=i.get("mark"),
    )
    return {
        "generation": head.generation, "rev": head.rev, "count": head.count,
        "hash": head.hash.hex(),
    }


def _path(i: Json) -> Json:
    entry = directory_check.check_path(
        parse_head(hexed(i["head"])), parse_root(hexed(i["root"])), hexed(i["entry"]),
        [hexed(node) for node in i["path"]], hexed(i["enc_pk"]),
    )
    return {
        "principal": entry.principal.hex(), "index": entry.index, "state": entry.state,
        "fp": entry.keysets[-1].fp.hex(),
    }


def _known(i: Json) -> Known:
    entries = [parse_entry(hexed(body)) for body in i["entries"]]
    records = [(hexed(body), hexed(sig)) for body, sig in i["records"]]
    return Known(
        hexed(i["account"]), {e.principal: e for e in entries},
        [parse_root(hexed(body)) for body in i["roots"]],
        {sha256(body): (body, sig) for body, sig in records}, i["head_rev"],
    )


def _access_record(i: Json) -> Json:
    known = _known(i)
    container = hexed(i["container"]) if "container" in i else None
    record = check_access(
        known, hexed(i["body"]), hexed(i["sig"]), container=container, mark=i.get("mark"),
        for_writing=i.get("for_writing", False),
    )
    return {
        "access_rev": record.access_rev, "epoch": record.epoch, "hash": record.hash.hex(),
        "signature_checks": known.signature_checks,
    }


def _access_step(i: Json) -> Json:
    after = check_step(_known(i), hexed(i["before"]), hexed(i["after"]), hexed(i["sig"]))
    return {"access_rev": after.access_rev}


def _revision(i: Json) -> Json:
    asked = Asked(
        i["kind"], hexed(i["container"]), hexed(i["object"]), i.get("asked"), i.get("mark")
    )
    revision, overview, details = check_revision(
        _known(i), hexed(i["body"]), hexed(i["sig"]), hexed(i["overview"]), hexed(i["details"]),
        hexed(i["key"]), asked,
    )
    return {
        "version": revision.version, "state": revision.state, "overview": overview.decode(),
        "details": details.decode(),
    }


def _token(i: Json) -> Json:
    claims = tokens.check_token(i["token"], i["now"])
    return {key: claims[key] for key in ("url", "srv", "acc", "id", "root", "head", "exp")}


def _request_sign(i: Json) -> Json:
    request = requests_.Request(
        hexed(i["srv"]), i["authority"], hexed(i["account"]), hexed(i["principal"]),
        i["key_kind"], hexed(i["device"]), i["method"], i["path"], hexed(i["body"]), i["time"],
        hexed(i["nonce"]), i["client"],
    )
    base = requests_.check_request(
        request, hexed(i["sig"]), hexed(i["pk"]), addresses=i["server_addresses"],
        server_time=i["server_time"],
    )
    return {"base": base.hex()}


def _request_nonce(i: Json) -> Json:
    require(i["stored"] == i["again"], "nonce", "conflict")
    return {}


def _share_open(i: Json) -> Json:
    secret = hexed(i["secret"])
    data = shares.open_share(
        secret, identifier=hexed(i["id"]), token_hash=hexed(i["token_hash"]),
        expiry=i["expiry"], envelope=hexed(i["envelope"]),
    )
    return {
        "id": shares.share_id(secret).hex(), "token": shares.share_token(secret).hex(),
        "data": data.hex(),
    }


def _share_join(i: Json) -> Json:
    secret, account = hexed(i["secret"]), hexed(i["account"])
    join = shares.Join(
        account, hexed(i["user"]), i["email"], hexed(i["enc_pk"]), hexed(i["sign_pk"])
    )
    invite = shares.open_invite(
        hexed(i["sealed"]), hexed(i["administrators_key"]), account, secret
    )
    shares.check_join(join, invite, hexed(i["mac"]), i["now"])
    return {"id": shares.invite_id(secret).hex(), "mac": i["mac"]}


_QUESTIONS: dict[tuple[str, str], Callable[[Json], Json]] = {
    ("pae", "encode"): _pae_encode,
    ("pae", "decode"): _pae_decode,
    ("id", "text"): _id_text,
    ("id", "container"): _id_container,
    ("id", "principal"): _id_principal,
    ("title-tag", "tag"): _title_tag,
    ("title-tag", "answer"): _title_answer,
    ("secret-key", ""): _secret_key,
    ("kdf", ""): _kdf,
    ("keyset", ""): _keyset,
    ("envelope", ""): _envelope,
    ("epoch-link", ""): _epoch_link,
    ("grant", ""): _grant,
    ("file", ""): _file,
    ("root", ""): _root,
    ("head", ""): _head,
    ("path", ""): _path,
    ("access", "record"): _access_record,
    ("access", "step"): _access_step,
    ("revision", ""): _revision,
    ("token", ""): _token,
    ("request", "sign"): _request_sign,
    ("request", "nonce"): _request_nonce,
    ("share", "open"): _share_open,
    ("share", "join"): _share_join,
}


def answer(area: str, given: Json) -> Json:
    """`expect`, and `output` or `layer`, exactly as a vector file holds them."""
    question = _QUESTIONS[area, given.get("op", "")]
    try:
        output = question(given)
    except Refused as refused:
        return {"expect": refused.code, "layer": refused.layer}
    return {"expect": "ok", "output": json.loads(json.dumps(output))}
