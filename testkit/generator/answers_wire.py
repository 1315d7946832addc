"""Answers to questions about tokens, requests, shares and invites."""

from generator import requests_, shares, tokens
from generator.answers_plain import Json, hexed
from generator.errors import require


def token(i: Json) -> Json:
    """Area token."""
    claims = tokens.check_token(i["token"], i["now"])
    return {key: claims[key] for key in ("url", "srv", "acc", "id", "root", "head", "exp")}


def request_sign(i: Json) -> Json:
    """Area request, op sign."""
    request = requests_.Request(
        hexed(i["srv"]),
        i["authority"],
        hexed(i["account"]),
        hexed(i["principal"]),
        i["key_kind"],
        hexed(i["device"]),
        i["method"],
        i["path"],
        hexed(i["body"]),
        i["time"],
        hexed(i["nonce"]),
        i["client"],
    )
    base = requests_.check_request(
        request,
        hexed(i["sig"]),
        hexed(i["pk"]),
        addresses=i["server_addresses"],
        server_time=i["server_time"],
    )
    return {"base": base.hex()}


def request_nonce(i: Json) -> Json:
    """Area request, op nonce."""
    require(i["stored"] == i["again"], "nonce", "conflict")
    return {}


def share_open(i: Json) -> Json:
    """Area share, op open."""
    secret = hexed(i["secret"])
    data = shares.open_share(
        secret,
        identifier=hexed(i["id"]),
        token_hash=hexed(i["token_hash"]),
        expiry=i["expiry"],
        envelope=hexed(i["envelope"]),
    )
    return {
        "id": shares.share_id(secret).hex(),
        "token": shares.share_token(secret).hex(),
        "data": data.hex(),
    }


def share_join(i: Json) -> Json:
    """Area share, op join."""
    secret, account = hexed(i["secret"]), hexed(i["account"])
    join = shares.Join(
        account, hexed(i["user"]), i["email"], hexed(i["enc_pk"]), hexed(i["sign_pk"])
    )
    keys = shares.GroupKeys(hexed(i["administrators_key"]), hexed(i.get("owners_key", "")))
    invite = shares.open_invite(hexed(i["sealed"]), keys, account, secret, i["role"])
    shares.check_join(join, invite, hexed(i["mac"]), i["now"])
    return {"id": shares.invite_id(secret).hex(), "mac": i["mac"]}
