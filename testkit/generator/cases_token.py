"""Cases of tokens (section 2 of specs/formats.md)."""

import json
from collections.abc import Iterator
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad, good
from generator.ids import id_text
from generator.tokens import base64url, checksum, print_text, print_token
from generator.world import ACCOUNT, HEAD_REV, ROBOT, ROOT_1, T0, WALT

Json = dict[str, Any]
SRV = derive_bytes("installation", 16)


def claims(**fields: Any) -> Json:
    """The claims of a good token, some replaced, `chk` computed last."""
    made: Json = {
        "v": 1,
        "url": "https://strongroom.example:8443",
        "srv": id_text(SRV),
        "acc": id_text(ACCOUNT),
        "id": id_text(ROBOT.id),
        "seed": base64url(ROBOT.keys.seed),
        "root": [1, base64url(ROOT_1.hash)],
        "head": [0, HEAD_REV],
        "exp": T0 + 1,
    }
    made.update(fields)
    return {**made, "chk": checksum(made)}


def ask_token(text: str, now: int = T0) -> Json:
    """The question about a token at a time."""
    return {"token": text, "now": now}


def token_good() -> Iterator[Case]:
    """Tokens that open."""
    yield good(
        "token",
        "last_millisecond",
        "one millisecond before its expiry",
        ask_token(print_token(claims())),
    )
    yield good(
        "token",
        "plain_http",
        "http is a matter of the transport",
        ask_token(print_token(claims(url="http://127.0.0.1:8080", exp=None))),
    )
    yield good(
        "token",
        "file_with_blank",
        "a percent-encoded path",
        ask_token(print_token(claims(url="file:///srv/my%20strongroom.db", srv=""))),
    )
    yield good(
        "token",
        "after_restore",
        "generation 1 and a large rev",
        ask_token(print_token(claims(head=[1, 1_000_050], exp=None))),
    )


def _json(made: Json) -> str:
    return json.dumps(made, separators=(",", ":"))


def _token_texts() -> dict[str, tuple[str, str, str]]:
    """Faults before the claims are looked at."""
    whole = print_token(claims())
    raw = whole.removeprefix("ops_")
    plain = _json(claims())
    # One byte more or less moves the end of the base64 text between its three forms.
    longer = (print_token(claims(url=f"https://{'s' * n}.example")) for n in range(1, 4))
    ending_in_one = next(t for t in longer if len(t.removeprefix("ops_")) % 4 == 2)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spare = ending_in_one[:-1] + alphabet[alphabet.index(ending_in_one[-1]) + 1]
    return {
        "other_prefix": ("begins with opq_", "opq_" + raw, "prefix"),
        "no_prefix": ("no prefix", raw, "prefix"),
        "upper_case_prefix": ("OPS_ is another prefix", "OPS_" + raw, "prefix"),
        "padded": ("padding behind it", ending_in_one + "==", "base64"),
        "spare_bits": ("the last character has a spare bit set", spare, "base64"),
        "line_end": ("a line end inside", whole[:40] + "\n" + whole[40:], "base64"),
        "line_end_behind": ("a line end behind it", whole + "\n", "base64"),
        "odd_length": (
            "a length that base64 cannot have",
            next(whole[:n] for n in range(len(whole), 0, -1) if (n - 4) % 4 == 1),
            "base64",
        ),
        "no_json": ("not JSON", print_text(plain[:-1]), "json"),
        "array": ("JSON, but a list", print_text(f"[{plain}]"), "json"),
        "nothing_inside": ("an empty text", "ops_", "json"),
        "two_objects": ("a second object behind the first", print_text(plain + "{}"), "json"),
    }


def _swap(made: Json, first: str, second: str) -> Json:
    keys = list(made)
    a, b = keys.index(first), keys.index(second)
    keys[a], keys[b] = keys[b], keys[a]
    return {key: made[key] for key in keys}


def _token_keys() -> dict[str, tuple[str, str]]:
    """Faults of keys and types."""
    base = claims()
    without = {key: value for key, value in base.items() if key != "exp"}
    doubled = _json(base).replace('"exp":', f'"exp":{base["exp"]},"exp":', 1)
    longer = [*base["root"], 1]
    return {
        "key_missing": ("no exp", _json(without)),
        "key_added": ("a key that version 1 does not know", _json({**base, "x": 1})),
        "key_twice": ("exp twice, with equal values", doubled),
        "keys_in_other_order": ("acc before srv", _json(_swap(base, "srv", "acc"))),
        "exp_as_text": ("exp is a text", _json({**base, "exp": str(base["exp"])})),
        "exp_negative": ("exp below zero", _json({**base, "exp": -1})),
        "exp_too_large": ("exp is 2^53", _json(claims(exp=2**53))),
        "rev_as_fraction": ("a rev of 50.0", _json(base).replace("[0,50]", "[0,50.0]")),
        "rev_too_large": ("a rev of 2^53", _json(claims(head=[0, 2**53]))),
        "root_of_three": ("a root of three elements", _json({**base, "root": longer})),
        "head_as_text": ("a head that is no list", _json({**base, "head": "0,50"})),
        "version_as_true": ("true is not 1", _json({**base, "v": True})),
    }


def _token_spellings() -> dict[str, tuple[str, str]]:
    """Faults of spelling; `chk` fits wherever it can be computed."""
    base = claims()
    seed = base["seed"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    loose = seed[:-1] + alphabet[alphabet.index(seed[-1]) + 1]
    urls = {
        "file_with_host": ("a file address with a host", "file://host/srv/strongroom.db"),
        "file_relative": ("a file address, not absolute", "file://strongroom.db"),
        "file_with_query": ("a file address with a query", "file:///strongroom.db?mode=rw"),
        "file_not_encoded": ("a blank that is not encoded", "file:///srv/my strongroom.db"),
    }
    return {
        "id_upper_case": ("an id in upper case", _json({**base, "id": base["id"].upper()})),
        "id_spare_bits": (
            "an account id with a spare bit set",
            _json({**base, "acc": _loose_id(base["acc"])}),
        ),
        "seed_padded": ("a padded seed", _json({**base, "seed": seed + "="})),
        "seed_spare_bits": ("a seed with a spare bit set", _json({**base, "seed": loose})),
        "seed_other_alphabet": ("a seed in standard base64", _json(_plus_seed())),
        "short_seed": ("a seed of 31 bytes", _json({**base, "seed": base64url(bytes(31))})),
        **{name: (text, _json(claims(url=url, srv=""))) for name, (text, url) in urls.items()},
    }


def _loose_id(text: str) -> str:
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def _plus_seed() -> Json:
    """A token whose seed holds + and / instead of - and _."""
    made = claims(seed=base64url(b"\xfb\xff" * 16))
    return {**made, "seed": made["seed"].replace("-", "+").replace("_", "/")}


def token_bad() -> Iterator[Case]:
    """One fault for every check, in the order of the text."""
    for condition, (comment, text, layer) in _token_texts().items():
        yield bad("token", condition, comment, ask_token(text), layer, "invalid_token")
    foreign = {"email": "a@example.com", "signInAddress": "https://my.example.com"}
    given = ask_token(print_text(_json(foreign)))
    comment = "another product's token, refused by name"
    yield bad("token", "of_other_product", comment, given, "json", "foreign_token")
    versions = {
        f"version_{number}": (
            "everything else belongs to that version",
            ask_token(print_token(claims(v=number))),
        )
        for number in (0, 2)
    }
    yield from all_bad("token", "v", versions, code="unsupported_version")
    for condition, (comment, text) in {**_token_keys(), **_token_spellings()}.items():
        given = ask_token(print_text(text))
        yield bad("token", condition, comment, given, "keys", "invalid_token")
    for condition, (comment, made) in _token_changes().items():
        given = ask_token(print_token(made))
        yield bad("token", condition, comment, given, "chk", "invalid_token")
    whole = print_token(claims())
    expired = {
        "expires_now": ("exactly at its expiry", ask_token(whole, T0 + 1)),
        "expired": ("a day later", ask_token(whole, T0 + 86_400_000)),
    }
    yield from all_bad("token", "expiry", expired, code="token_expired")


def _token_changes() -> dict[str, tuple[str, Json]]:
    """One claim changed, `chk` kept."""
    base = claims()
    return {
        "url_changed": ("another server", {**base, "url": "https://strongroom.example:8444"}),
        "srv_changed": ("another installation", {**base, "srv": id_text(bytes(16))}),
        "id_changed": ("another service account", {**base, "id": id_text(WALT.id)}),
        "root_changed": ("a pin one version higher", {**base, "root": [2, base["root"][1]]}),
        "exp_changed": ("a later expiry", {**base, "exp": T0 + 2}),
        "exp_dropped": ("no expiry any more", {**base, "exp": None}),
        "chk_upper_case": ("chk in upper case", {**base, "chk": _letters(base["chk"])}),
        "chk_short": ("seven digits of eight", {**base, "chk": base["chk"][:7]}),
    }


def _letters(chk: str) -> str:
    """Upper case, so that only the spelling differs."""
    assert chk != chk.upper(), "this chk has no letter: choose another label"
    return chk.upper()
