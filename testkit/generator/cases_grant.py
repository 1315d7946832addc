"""Cases of sealed keys and epoch links (section 6 of specs/formats.md)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_good, bad, good
from generator.crypto import sha256
from generator.errors import RefusedError
from generator.grants import grant_info, open_key, seal_key, seal_link
from generator.keys import key_id
from generator.world import ACCOUNT, EDITORS, OLGA, RITA, ROBOT, RUNNER, Principal
from generator.xwing import ENC_SIZE, LATTICE_CT, curve_share

Json = dict[str, Any]
CONTAINER = derive_bytes("container/sealed", 16)
OBJECT = derive_bytes("object/sealed", 16)
SALT = derive_bytes("salt/sealed", 24)


OLDER, NEWER, STRANGER = (derive_bytes(f"key/link/{name}") for name in ("older", "newer", "else"))
LINKED = (ACCOUNT, 2, CONTAINER, 4)


def _ask_link(made: bytes, **fields: Any) -> Json:
    given = {
        "link": made.hex(),
        "link_hash": sha256(made).hex(),
        "key": NEWER.hex(),
        "account": ACCOUNT.hex(),
        "kind": 2,
        "container": CONTAINER.hex(),
        "epoch": 4,
        "key_id": key_id(OLDER).hex(),
    }
    return {**given, **fields}


def link_cases() -> Iterator[Case]:
    """Section 6: the key of epoch e under that of e + 1."""
    area = "epoch-link"
    link = seal_link(OLDER, NEWER, LINKED, SALT)
    yield good(area, "of_environment", "epoch 4 of an environment", _ask_link(link))
    other_hash = _ask_link(link, link_hash=sha256(b"else").hex())
    yield bad(area, "other_hash", "the record names another link", other_hash, "link-hash")
    contexts = {
        "other_epoch": ("the link of epoch 3 offered for epoch 4", (ACCOUNT, 2, CONTAINER, 3)),
        "other_container": ("the link of another container", (ACCOUNT, 2, OBJECT, 4)),
        "other_kind": ("made for a vault", (ACCOUNT, 1, CONTAINER, 4)),
    }
    for condition, (comment, context) in contexts.items():
        made = seal_link(OLDER, NEWER, context, SALT)
        yield bad(area, condition, comment, _ask_link(made), "commitment")
    stranger = _ask_link(seal_link(STRANGER, NEWER, LINKED, derive_bytes("salt/link", 24)))
    other_key = _ask_link(seal_link(OLDER, STRANGER, LINKED, SALT))
    yield bad(area, "under_other_key", "sealed under another key", other_key, "key-id")
    comment = "a good link to a key that sealed nothing here"
    yield bad(area, "stranger_key", comment, stranger, "link-key-id")


Kept = Callable[[str, Callable[[], bytes], Callable[[bytes], bool]], bytes]


def keep_from(folder: Path) -> Kept:
    """Use the sealed key of an earlier run while it still answers its question.

    ML-KEM is randomised; without this every run would change files for nothing.
    """

    def keep(name: str, make: Callable[[], bytes], fits: Callable[[bytes], bool]) -> bytes:
        path = folder / f"{name}.json"
        if path.exists():
            sealed = bytes.fromhex(json.loads(path.read_text())["input"]["sealed"])
            if fits(sealed):
                return sealed
        return make()

    return keep


KEY = derive_bytes("key/grant")


@dataclass(frozen=True)
class _Granting:
    """Seals the key of one container; `keep` decides what is sealed anew."""

    keep: Kept

    def ask(self, condition: str, who: Principal, content: bytes = KEY, **sealed_as: Any) -> Json:
        """The question about a key sealed to `who`; `sealed_as` is what it is bound to."""
        about: Json = {
            "account": ACCOUNT,
            "kind": 1,
            "container": CONTAINER,
            "epoch": 1,
            "accessor": who.id,
            "fp": who.fp,
        }
        info = grant_info(**{**about, **sealed_as})
        ephemeral = derive_bytes(f"ephemeral/grant/{condition}")
        made = self.keep(
            f"grant_{condition}",
            lambda: seal_key(content, who.keys.enc_pk, info, ephemeral),
            lambda sealed: _ours(sealed, ephemeral) and _opens(sealed, who, info, content),
        )
        return {
            "seed": who.keys.seed.hex(),
            "accessor": who.id.hex(),
            "accessor_kind": who.kind,
            "account": ACCOUNT.hex(),
            "kind": 1,
            "container": CONTAINER.hex(),
            "epoch": 1,
            "sealed": made.hex(),
            "sealed_hash": sha256(made).hex(),
            "key_id": key_id(KEY).hex(),
        }


def _ours(sealed: bytes, ephemeral: bytes) -> bool:
    """Whether the half of the encapsulation that is not drawn at random is this one."""
    return sealed[LATTICE_CT:ENC_SIZE] == curve_share(ephemeral)


def _opens(sealed: bytes, who: Principal, info: bytes, content: bytes) -> bool:
    name = key_id(content)
    try:
        open_key(sealed, sealed_hash=sha256(sealed), keyset=who.keys, info=info, name=name)
    except RefusedError:
        return False
    return True


def grant_cases(keep: Kept) -> Iterator[Case]:
    """Section 6: sealed keys, opened."""
    ask = _Granting(keep).ask
    table = {
        "user": ("a vault's key sealed to a user", ask("user", RITA)),
        "second_keyset": (
            "sealed to the keyset that is current",
            ask("second_keyset", RUNNER),
        ),
        "rotated_group": ("sealed to a group of epoch 2", ask("rotated_group", EDITORS)),
    }
    yield from all_good("grant", table)
    yield from _changed_grants(table["user"][1])
    others: dict[str, tuple[str, Json]] = {
        "account": ("sealed for another account", {"account": OBJECT}),
        "kind": ("sealed for an environment", {"kind": 2}),
        "container": ("sealed for another container", {"container": OBJECT}),
        "epoch": ("sealed for epoch 2", {"epoch": 2}),
        "accessor": ("sealed for another accessor with the same key", {"accessor": OLGA.id}),
        "fp": ("sealed under another fingerprint", {"fp": OLGA.fp}),
    }
    for name, (comment, sealed_as) in others.items():
        given = ask(f"other_{name}", ROBOT, **sealed_as)
        yield bad("grant", f"other_{name}", comment, given, "hpke")
    other_hash = {**ask("other_hash", ROBOT), "sealed_hash": sha256(b"else").hex()}
    comment = "the record names another sealed key"
    yield bad("grant", "other_hash", comment, other_hash, "sealed-hash")
    stranger = ask("other_key", ROBOT, derive_bytes("key/grant/else"))
    comment = "opens to a key that the record does not name"
    yield bad("grant", "other_key", comment, stranger, "key-id")


def _changed_grants(whole: Json) -> Iterator[Case]:
    """A good sealed key with one byte changed; the hash is the changed one's."""
    sealed = bytes.fromhex(whole["sealed"])
    last = len(sealed) - 1
    places = {"changed_lattice": 0, "changed_curve": 1100, "changed_key": 1120, "changed_tag": last}
    made = {
        name: sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        for name, at in places.items()
    }
    made["byte_added"] = sealed + b"\0"
    for condition, data in made.items():
        given = {**whole, "sealed": data.hex(), "sealed_hash": sha256(data).hex()}
        yield bad("grant", condition, "one byte is another, or one too many", given, "hpke")
