"""Cases of what is sealed: envelope, epoch-link, grant, file."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, bad, good
from generator.crypto import sha256
from generator.envelope import Sealing, pad, padded_size, seal, seal_padded
from generator.errors import Refused
from generator.files import CHUNK, SIZE_MAX, chunk_context, seal_chunk
from generator.grants import grant_info, open_key, seal_key, seal_link
from generator.keys import key_id
from generator.pae import Part
from generator.world import ACCOUNT, EDITORS, KIM, OLGA, RITA, ROBOT, Principal

Json = dict[str, Any]
CONTAINER = derive_bytes("container/sealed", 16)
OBJECT = derive_bytes("object/sealed", 16)
KEY = derive_bytes("key/sealed")
SALT = derive_bytes("salt/sealed", 24)
OVERVIEW: tuple[Part, ...] = (ACCOUNT, 1, CONTAINER, 1, OBJECT, 1, "")
TITLE = b'{"title":"mail"}'


def _typed(parts: tuple[Part, ...]) -> list[list[Any]]:
    names: dict[type, str] = {bytes: "hex", str: "text", int: "int"}
    return [[names[type(p)], p.hex() if isinstance(p, bytes) else p] for p in parts]


def _ask(sealing: Sealing, envelope: bytes, **fields: Any) -> Json:
    given = {"purpose": sealing.purpose, "key": sealing.key.hex(),
             "context": _typed(sealing.context), "derived": sealing.derived,
             "envelope": envelope.hex()}
    return {**given, **fields}


def envelope_good() -> Iterator[Case]:
    """Section 3: every purpose, and sizes on both sides of a padding step."""
    for size, name in ((124, "fills_128"), (125, "one_over_128"), (1000, "of_1000"),
                       (65_537, "of_65537")):
        sealing = Sealing(1, KEY, OVERVIEW, SALT)
        yield good("envelope", f"overview_{name}", f"{size} bytes of data",
                   _ask(sealing, seal(sealing, b"o" * size)))
    details = Sealing(2, KEY, (*OVERVIEW[:-1], sha256(b"overview")), SALT)
    yield good("envelope", "details_fills_256", "252 bytes of data",
               _ask(details, seal(details, b"d" * 252)))
    yield good("envelope", "details_one_over_256", "253 bytes of data",
               _ask(details, seal(details, b"d" * 253)))
    link = Sealing(10, KEY, (ACCOUNT, 1, CONTAINER, 1), SALT)
    yield good("envelope", "epoch_link", "not padded",
               _ask(link, seal(link, derive_bytes("key/older"))))
    state = Sealing(9, KEY, (ACCOUNT, OLGA.id, "state"), SALT)
    yield good("envelope", "state_file", "not padded", _ask(state, seal(state, b"{}")))
    empty = Sealing(9, KEY, (ACCOUNT, OLGA.id, "cache"), SALT)
    yield good("envelope", "smallest", "97 bytes: no data and no padding",
               _ask(empty, seal(empty, b"")))
    chunk = Sealing(5, KEY, (ACCOUNT, CONTAINER, OBJECT, 3, 0, 5), SALT)
    yield good("envelope", "inner_chunk", "not the last chunk",
               _ask(chunk, seal(chunk, b"c" * 300)))


def envelope_bad() -> Iterator[Case]:
    """Section 3: one fault for every step of opening."""
    sealing = Sealing(1, KEY, OVERVIEW, SALT)
    whole = seal(sealing, TITLE)
    tiny = Sealing(9, KEY, (ACCOUNT, OLGA.id, "state"), SALT)
    yield bad("envelope", "one_byte_short", "96 bytes", _ask(tiny, seal(tiny, b"")[:96]),
              "length", "truncated")
    yield bad("envelope", "nothing", "no bytes", _ask(sealing, b""), "length", "truncated")
    yield bad("envelope", "only_header", "the header alone", _ask(sealing, whole[:45]),
              "length", "truncated")
    for version in (0, 2, 255):
        other = replace(sealing, version=version)
        yield bad("envelope", f"version_{version}", "everything else belongs to that version",
                  _ask(sealing, seal(other, TITLE)), "version", "unsupported_version")
    yield bad("envelope", "other_magic", "begins with SR2",
              _ask(sealing, seal(replace(sealing, magic=b"SR2"), TITLE)), "version")
    yield bad("envelope", "other_purpose", "details where an overview is expected",
              _ask(sealing, seal(replace(sealing, purpose=2), TITLE)), "purpose")
    yield bad("envelope", "other_key", "sealed under another key",
              _ask(sealing, whole, key=derive_bytes("key/other").hex()), "key-id")
    yield bad("envelope", "derived_key_named", "key id present where it must be zero",
              _ask(sealing, whole, derived=True), "key-id")
    yield bad("envelope", "key_id_zero", "key id zero where it must be present",
              _ask(sealing, seal(replace(sealing, derived=True), TITLE)), "key-id")
    yield from _commitment_faults(sealing, whole)
    for place, comment in ((77, "first byte of the ciphertext"), (len(whole) - 1, "last byte of the tag")):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        yield bad("envelope", f"changed_at_{place}", comment, _ask(sealing, changed), "tag")
    yield bad("envelope", "cut_at_the_end", "the last byte is missing",
              _ask(sealing, whole[:-1]), "tag")
    yield bad("envelope", "byte_added", "a byte behind the tag", _ask(sealing, whole + b"\0"), "tag")
    yield from _padding_faults(sealing)


def _commitment_faults(sealing: Sealing, whole: bytes) -> Iterator[Case]:
    flipped = whole[:45] + bytes([whole[45] ^ 1]) + whole[46:]
    yield bad("envelope", "commitment_changed", "first byte of the commitment",
              _ask(sealing, flipped), "commitment")
    salted = whole[:44] + bytes([whole[44] ^ 1]) + whole[45:]
    yield bad("envelope", "salt_changed", "last byte of the salt", _ask(sealing, salted), "commitment")
    names = ("account", "kind", "container", "epoch", "object", "version", "last_part")
    others: tuple[Part, ...] = (derive_bytes("account/other", 16), 2, derive_bytes("c2", 16), 2,
                                derive_bytes("o2", 16), 2, sha256(b""))
    for place, name in enumerate(names):
        context = (*OVERVIEW[:place], others[place], *OVERVIEW[place + 1 :])
        yield bad("envelope", f"other_{name}", f"another {name.replace('_', ' ')} in the context",
                  _ask(sealing, whole, context=_typed(context)), "commitment")
    local = Sealing(9, KEY, (ACCOUNT, OLGA.id, "session"), SALT)
    yield bad("envelope", "session_as_state", "a session file where the state file is expected",
              _ask(replace(local, context=(ACCOUNT, OLGA.id, "state")), seal(local, b"{}")),
              "commitment")


def _padding_faults(sealing: Sealing) -> Iterator[Case]:
    size = len(TITLE)
    padded = pad(1, TITLE)
    link = Sealing(10, KEY, (ACCOUNT, 1, CONTAINER, 1), SALT)
    framed = pad(10, derive_bytes("key/older"))
    faults = {
        "padding_not_zero": ("last padding byte is 1", sealing, padded[:-1] + b"\1"),
        "first_padding_byte": ("first padding byte is 1", sealing,
                               padded[: size + 4] + b"\1" + padded[size + 5 :]),
        "padded_too_far": ("256 bytes where 128 are enough", sealing, padded.ljust(256, b"\0")),
        "not_padded": ("no padding at all", sealing, padded[: size + 4]),
        "one_byte_too_few": ("127 bytes", sealing, padded[:127]),
        "length_beyond_end": ("the length says more than there is", sealing,
                              (200).to_bytes(4, "little") + padded[4:]),
        "length_enormous": ("a length of 2^32 - 1", sealing, b"\xff" * 4 + padded[4:]),
        "padded_link": ("an epoch link is not padded", link, framed.ljust(256, b"\0")),
        "step_skipped": ("1,000 bytes of data in 1,056 instead of "
                         f"{padded_size(1, 1000)}", sealing,
                         ((1000).to_bytes(4, "little") + b"o" * 1000).ljust(1056, b"\0")),
    }
    for condition, (comment, how, plain) in faults.items():
        yield bad("envelope", condition, comment, _ask(how, seal_padded(how, plain)), "padding")


def link_cases() -> Iterator[Case]:
    """Section 6: the key of epoch e under that of e + 1."""
    newer, older, stranger = (derive_bytes(f"key/link/{n}") for n in ("newer", "older", "else"))
    context = (ACCOUNT, 2, CONTAINER, 4)
    link = seal_link(older, newer, context, SALT)

    def ask(**fields: Any) -> Json:
        given = {"link": link.hex(), "link_hash": sha256(link).hex(), "key": newer.hex(),
                 "account": ACCOUNT.hex(), "kind": 2, "container": CONTAINER.hex(), "epoch": 4,
                 "key_id": key_id(older).hex()}
        given.update(fields)
        return given

    def of(made: bytes) -> Json:
        return ask(link=made.hex(), link_hash=sha256(made).hex())

    area = "epoch-link"
    yield good(area, "of_environment", "epoch 4 of an environment", ask())
    yield bad(area, "other_hash", "the record names another link",
              ask(link_hash=sha256(b"else").hex()), "link-hash")
    yield bad(area, "other_epoch", "the link of epoch 3 offered for epoch 4",
              of(seal_link(older, newer, (ACCOUNT, 2, CONTAINER, 3), SALT)), "commitment")
    yield bad(area, "other_container", "the link of another container",
              of(seal_link(older, newer, (ACCOUNT, 2, OBJECT, 4), SALT)), "commitment")
    yield bad(area, "other_kind", "made for a vault",
              of(seal_link(older, newer, (ACCOUNT, 1, CONTAINER, 4), SALT)), "commitment")
    yield bad(area, "stranger_key", "a good link to a key that sealed nothing here",
              of(seal_link(stranger, newer, context, SALT)), "link-key-id")


Kept = Callable[[str, Callable[[], bytes], Callable[[bytes], bool]], bytes]


def keep_from(folder: Path) -> Kept:
    """Use the sealed key of an earlier run while it still answers its question.

    HPKE is randomised; without this every run would change files for nothing.
    """

    def keep(name: str, make: Callable[[], bytes], fits: Callable[[bytes], bool]) -> bytes:
        path = folder / f"{name}.json"
        if path.exists():
            sealed = bytes.fromhex(json.loads(path.read_text())["input"]["sealed"])
            if fits(sealed):
                return sealed
        return make()

    return keep


def grant_cases(keep: Kept) -> Iterator[Case]:
    """Section 6: sealed keys, opened."""
    key, stranger = derive_bytes("key/grant"), derive_bytes("key/grant/else")

    def ask(condition: str, who: Principal, sealed_as: Json | None = None,
            content: bytes = key, **fields: Any) -> Json:
        about: Json = {"account": ACCOUNT, "kind": 1, "container": CONTAINER, "epoch": 1,
                       "accessor": who.id, "fp": who.fp}
        info = grant_info(**{**about, **(sealed_as or {})})

        def fits(sealed: bytes) -> bool:
            try:
                open_key(sealed, sealed_hash=sha256(sealed), keyset=who.keys, info=info,
                         name=key_id(content))
            except Refused:
                return False
            return True

        made = keep(f"grant_{condition}", lambda: seal_key(content, who.keys.enc_pk, info), fits)
        given = {"seed": who.keys.seed.hex(), "accessor": who.id.hex(),
                 "accessor_kind": who.kind, "account": ACCOUNT.hex(), "kind": 1,
                 "container": CONTAINER.hex(), "epoch": 1, "sealed": made.hex(),
                 "sealed_hash": sha256(made).hex(), "key_id": key_id(key).hex()}
        return {**given, **fields}

    yield good("grant", "user", "a vault's key sealed to a user", ask("user", RITA))
    yield good("grant", "second_keyset", "sealed to the keyset that is current",
               ask("second_keyset", KIM))
    yield good("grant", "rotated_group", "sealed to a group of epoch 2",
               ask("rotated_group", EDITORS))
    others: dict[str, tuple[str, Json]] = {
        "other_account": ("sealed for another account", {"account": OBJECT}),
        "other_kind": ("sealed for an environment", {"kind": 2}),
        "other_container": ("sealed for another container", {"container": OBJECT}),
        "other_epoch": ("sealed for epoch 2", {"epoch": 2}),
        "other_accessor": ("sealed for another accessor with the same key", {"accessor": OLGA.id}),
        "other_fp": ("sealed under another fingerprint", {"fp": OLGA.fp}),
    }
    for condition, (comment, sealed_as) in others.items():
        yield bad("grant", condition, comment, ask(condition, ROBOT, sealed_as), "hpke")
    yield bad("grant", "other_hash", "the record names another sealed key",
              ask("other_hash", ROBOT, sealed_hash=sha256(b"else").hex()), "sealed-hash")
    yield bad("grant", "other_key", "opens to a key that the record does not name",
              ask("other_key", ROBOT, content=stranger), "key-id")


def file_cases() -> Iterator[Case]:
    """Section 10: chunks know their place."""
    key, file = derive_bytes("key/file"), derive_bytes("file", 16)
    data = derive_bytes("file/content", 500)

    def chunk(content: bytes = data, index: int = 0, count: int = 1, **other: bytes) -> str:
        container = other.get("container", CONTAINER)
        context = chunk_context(ACCOUNT, container, other.get("file", file), index, count)
        salt = derive_bytes(f"salt/chunk/{index}", 24)
        return seal_chunk(other.get("key", key), context, salt, content).hex()

    def ask(*chunks: str, size: int = len(data)) -> Json:
        return {"account": ACCOUNT.hex(), "container": CONTAINER.hex(), "file": file.hex(),
                "key": key.hex(), "size": size, "chunks": list(chunks)}

    yield good("file", "of_500_bytes", "one chunk", ask(chunk()))
    yield good("file", "one_byte", "one byte", ask(chunk(b"x"), size=1))
    yield bad("file", "no_chunk", "an empty file without its chunk", ask(size=0), "count")
    yield bad("file", "missing_chunk", "one byte over a chunk, one chunk",
              ask(chunk(count=2), size=CHUNK + 1), "count")
    yield bad("file", "full_chunk_and_empty", "exactly one chunk long, an empty one behind",
              ask(chunk(count=2), chunk(b"", 1, 2), size=CHUNK), "count")
    faults = {
        "reordered": ("the last of two chunks comes first",
                      ask(chunk(index=1, count=2), chunk(count=2), size=CHUNK + 500)),
        "cut_to_first": ("the first of two chunks as the whole", ask(chunk(count=2))),
        "other_index": ("the second of two chunks as the whole", ask(chunk(index=1, count=2))),
        "other_file": ("a chunk of another file", ask(chunk(file=OBJECT))),
        "other_container": ("a chunk of another container", ask(chunk(container=OBJECT))),
    }
    for condition, (comment, given) in faults.items():
        yield bad("file", condition, comment, given, "commitment")
    yield bad("file", "short_chunk", "499 bytes of 500", ask(chunk(data[:-1])), "size")
    yield bad("file", "long_chunk", "501 bytes of 500", ask(chunk(data + b"x")), "size")
    yield bad("file", "not_empty", "a byte where none is declared", ask(chunk(b"x"), size=0), "size")
    yield bad("file", "too_large", "a byte over 16 GiB", ask(chunk(), size=SIZE_MAX + 1),
              "size", "invalid_file")
    yield bad("file", "negative", "a size below zero", ask(chunk(), size=-1), "size", "invalid_file")


def sealed_cases(folder: Path) -> Iterator[Case]:
    """Everything of this module; `folder` holds what an earlier run made."""
    yield from envelope_good()
    yield from envelope_bad()
    yield from link_cases()
    yield from grant_cases(keep_from(folder))
    yield from file_cases()
