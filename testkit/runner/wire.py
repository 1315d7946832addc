"""Areas about what travels: files in chunks, invites, share links, requests."""

from __future__ import annotations

import hashlib

from runner.secrets import Values, same
from strongroom.crypto import invites, shares
from strongroom.crypto.chunks import ChunkOpener, ChunkSealer, FileKey
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.trust.requests import check_request, check_same_request, verify_request
from strongroom.wire.requests import Received, SignatureBase, format_headers, parse_headers


def request_sign(data: Values) -> Values:
    raw = {name: bytes.fromhex(data[name]) for name in ("srv", "account", "principal", "device")}
    body = bytes.fromhex(data["body"])
    request = SignatureBase(
        **raw,
        authority=data["authority"],
        key_kind=data["key_kind"],
        method=data["method"],
        path=data["path"],
        body_hash=sha256(body),
        time_ms=data["time"],
        nonce=bytes.fromhex(data["nonce"]),
        client=data["client"],
    )
    signature = bytes.fromhex(data["sig"])
    check_request(request, addresses=data["server_addresses"], now=data["server_time"])
    verify_request(request, signature=signature, public_key=bytes.fromhex(data["pk"]))
    seen = Received(
        srv=request.srv,
        authority=request.authority,
        method=request.method,
        path=request.path,
        body=body,
    )
    headers = format_headers(request, signature)
    same(parse_headers(headers.items(), seen), (request, signature))
    return {"base": request.encode().hex()}


def request_nonce(data: Values) -> Values:
    check_same_request(stored=bytes.fromhex(data["stored"]), again=bytes.fromhex(data["again"]))
    return {}


def share_open(data: Values) -> Values:
    secret = bytes.fromhex(data["secret"])
    share, token_hash = bytes.fromhex(data["id"]), bytes.fromhex(data["token_hash"])
    expiry = data["expiry"]

    def opened(sealed: bytes) -> bytes:
        return shares.open_share(
            secret, share=share, token_hash=token_hash, expires_ms=expiry, sealed=sealed
        )

    document = opened(bytes.fromhex(data["envelope"]))
    same(opened(shares.seal_share(secret, document=document, expires_ms=expiry)), document)
    return {
        "id": shares.derive_share_id(secret).hex(),
        "token": shares.derive_share_token(secret).hex(),
        "data": document.hex(),
    }


def share_join(data: Values) -> Values:
    account, role = bytes.fromhex(data["account"]), data["role"]
    keys = invites.InviteKeys(
        SymmetricKey(bytes.fromhex(data["administrators_key"])),
        SymmetricKey(bytes.fromhex(data["owners_key"])) if "owners_key" in data else None,
    )
    invite = invites.derive_invite_id(bytes.fromhex(data["secret"]))
    terms = invites.open_invite(keys, account, invite, bytes.fromhex(data["sealed"]), role=role)
    sealed = invites.seal_invite(keys, account, invite, terms)
    same(invites.open_invite(keys, account, invite, sealed, role=role), terms)
    invites.check_invite_expiry(terms, now=data["now"])
    joiner = {
        "account": account,
        "user": bytes.fromhex(data["user"]),
        "enc_pk": bytes.fromhex(data["enc_pk"]),
        "sign_pk": bytes.fromhex(data["sign_pk"]),
    }
    mac = bytes.fromhex(data["mac"])
    invites.check_join_mac(terms.secret, **joiner, email=terms.email, mac=mac)
    same(invites.join_mac(terms.secret, **joiner, email=terms.email), mac)
    return {"id": invite.hex(), "mac": mac.hex()}


def file(data: Values) -> Values:
    place = {name: bytes.fromhex(data[name]) for name in ("account", "container", "file")}
    key = FileKey(**place, key=SymmetricKey(bytes.fromhex(data["key"])))
    size, chunks = data["size"], [bytes.fromhex(chunk) for chunk in data["chunks"]]
    said = bytes.fromhex(data["hash"]) if "hash" in data else None
    opener = ChunkOpener(key, size=size, chunks=len(chunks), content_hash=said)
    content = [opener.open(chunk) for chunk in chunks]
    opener.end()
    sealer, again = (
        ChunkSealer(key, size=size),
        ChunkOpener(key, size=size, chunks=len(chunks)),
    )
    same([again.open(sealer.seal(part)) for part in content], content)
    same(sealer.end(), sha256(b"".join(content)))
    return {"sha256": hashlib.sha256(b"".join(content)).hexdigest(), "chunks": len(chunks)}
