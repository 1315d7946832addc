"""Cases of envelopes (section 3 of specs/formats.md)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad, good
from generator.crypto import sha256
from generator.envelope import Sealing, pad, padded_size, seal, seal_padded
from generator.pae import Part
from generator.world import ACCOUNT, OLGA

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
    given = {
        "purpose": sealing.purpose,
        "key": sealing.key.hex(),
        "context": _typed(sealing.context),
        "derived": sealing.derived,
        "envelope": envelope.hex(),
    }
    return {**given, **fields}


def envelope_good() -> Iterator[Case]:
    """Section 3: every purpose, and sizes on both sides of a padding step."""
    for size, name in (
        (124, "fills_128"),
        (125, "one_over_128"),
        (1000, "of_1000"),
        (65_537, "of_65537"),
    ):
        sealing = Sealing(1, KEY, OVERVIEW, SALT)
        yield good(
            "envelope",
            f"overview_{name}",
            f"{size} bytes of data",
            _ask(sealing, seal(sealing, b"o" * size)),
        )
    details = Sealing(2, KEY, (*OVERVIEW[:-1], sha256(b"overview")), SALT)
    yield good(
        "envelope",
        "details_fills_256",
        "252 bytes of data",
        _ask(details, seal(details, b"d" * 252)),
    )
    yield good(
        "envelope",
        "details_one_over_256",
        "253 bytes of data",
        _ask(details, seal(details, b"d" * 253)),
    )
    link = Sealing(10, KEY, (ACCOUNT, 1, CONTAINER, 1), SALT)
    yield good(
        "envelope", "epoch_link", "not padded", _ask(link, seal(link, derive_bytes("key/older")))
    )
    state = Sealing(9, KEY, (ACCOUNT, OLGA.id, "state"), SALT)
    yield good("envelope", "state_file", "not padded", _ask(state, seal(state, b"{}")))
    seen = Sealing(9, KEY, (ACCOUNT, OLGA.id, "objects"), SALT)
    yield good("envelope", "objects_file", "not padded", _ask(seen, seal(seen, b"{}")))
    empty = Sealing(9, KEY, (ACCOUNT, OLGA.id, "cache"), SALT)
    yield good(
        "envelope", "smallest", "97 bytes: no data and no padding", _ask(empty, seal(empty, b""))
    )
    chunk = Sealing(5, KEY, (ACCOUNT, CONTAINER, OBJECT, 3, 0, 5), SALT)
    yield good(
        "envelope", "inner_chunk", "not the last chunk", _ask(chunk, seal(chunk, b"c" * 300))
    )


def _header_faults() -> Iterator[Case]:
    sealing = Sealing(1, KEY, OVERVIEW, SALT)
    whole = seal(sealing, TITLE)
    tiny = Sealing(9, KEY, (ACCOUNT, OLGA.id, "state"), SALT)
    short = {
        "one_byte_short": ("96 bytes", _ask(tiny, seal(tiny, b"")[:96])),
        "nothing": ("no bytes", _ask(sealing, b"")),
        "only_header": ("the header alone", _ask(sealing, whole[:45])),
    }
    yield from all_bad("envelope", "length", short, code="truncated")
    versions = {
        f"version_{number}": (
            "everything else belongs to that version",
            _ask(sealing, seal(replace(sealing, version=number), TITLE)),
        )
        for number in (0, 2, 255)
    }
    yield from all_bad("envelope", "version", versions, code="unsupported_version")
    magic = _ask(sealing, seal(replace(sealing, magic=b"SR2"), TITLE))
    yield bad("envelope", "other_magic", "begins with SR2", magic, "version")
    # 300 bytes are padded alike as overview and as details.
    details = _ask(sealing, seal(replace(sealing, purpose=2), b"x" * 300))
    comment = "details where an overview is expected"
    yield bad("envelope", "other_purpose", comment, details, "purpose")


def _key_id_faults() -> Iterator[Case]:
    sealing = Sealing(1, KEY, OVERVIEW, SALT)
    whole = seal(sealing, TITLE)
    table = {
        "other_key": (
            "sealed under another key",
            _ask(sealing, whole, key=derive_bytes("key/other").hex()),
        ),
        "derived_key_named": (
            "key id present where it must be zero",
            _ask(sealing, whole, derived=True),
        ),
        "key_id_zero": (
            "key id zero where it must be present",
            _ask(sealing, seal(replace(sealing, derived=True), TITLE)),
        ),
    }
    yield from all_bad("envelope", "key-id", table)


def envelope_bad() -> Iterator[Case]:
    """Section 3: one fault for every step of opening."""
    yield from _header_faults()
    yield from _key_id_faults()
    sealing = Sealing(1, KEY, OVERVIEW, SALT)
    whole = seal(sealing, TITLE)
    yield from _commitment_faults(sealing, whole)
    first = whole[:77] + bytes([whole[77] ^ 1]) + whole[78:]
    last = whole[:-1] + bytes([whole[-1] ^ 1])
    tags = {
        "changed_ciphertext": ("first byte of the ciphertext", _ask(sealing, first)),
        "changed_tag": ("last byte of the tag", _ask(sealing, last)),
        "cut_at_the_end": ("the last byte is missing", _ask(sealing, whole[:-1])),
        "byte_added": ("a byte behind the tag", _ask(sealing, whole + b"\0")),
    }
    yield from all_bad("envelope", "tag", tags)
    yield from _padding_faults(sealing)


def _commitment_faults(sealing: Sealing, whole: bytes) -> Iterator[Case]:
    flipped = whole[:45] + bytes([whole[45] ^ 1]) + whole[46:]
    yield bad(
        "envelope",
        "commitment_changed",
        "first byte of the commitment",
        _ask(sealing, flipped),
        "commitment",
    )
    salted = whole[:44] + bytes([whole[44] ^ 1]) + whole[45:]
    yield bad(
        "envelope", "salt_changed", "last byte of the salt", _ask(sealing, salted), "commitment"
    )
    names = ("account", "kind", "container", "epoch", "object", "version", "last_part")
    others: tuple[Part, ...] = (
        derive_bytes("account/other", 16),
        2,
        derive_bytes("c2", 16),
        2,
        derive_bytes("o2", 16),
        2,
        sha256(b""),
    )
    for place, name in enumerate(names):
        context = (*OVERVIEW[:place], others[place], *OVERVIEW[place + 1 :])
        yield bad(
            "envelope",
            f"other_{name}",
            f"another {name.replace('_', ' ')} in the context",
            _ask(sealing, whole, context=_typed(context)),
            "commitment",
        )
    seen = Sealing(9, KEY, (ACCOUNT, OLGA.id, "objects"), SALT)
    yield bad(
        "envelope",
        "objects_as_state",
        "an objects file where the state file is expected",
        _ask(replace(seen, context=(ACCOUNT, OLGA.id, "state")), seal(seen, b"{}")),
        "commitment",
    )
    local = Sealing(9, KEY, (ACCOUNT, OLGA.id, "session"), SALT)
    yield bad(
        "envelope",
        "session_as_state",
        "a session file where the state file is expected",
        _ask(replace(local, context=(ACCOUNT, OLGA.id, "state")), seal(local, b"{}")),
        "commitment",
    )


def _padding_faults(sealing: Sealing) -> Iterator[Case]:
    size = len(TITLE)
    padded = pad(1, TITLE)
    link = Sealing(10, KEY, (ACCOUNT, 1, CONTAINER, 1), SALT)
    framed = pad(10, derive_bytes("key/older"))
    faults = {
        "padding_not_zero": ("last padding byte is 1", sealing, padded[:-1] + b"\1"),
        "first_padding_byte": (
            "first padding byte is 1",
            sealing,
            padded[: size + 4] + b"\1" + padded[size + 5 :],
        ),
        "padded_too_far": ("256 bytes where 128 are enough", sealing, padded.ljust(256, b"\0")),
        "not_padded": ("no padding at all", sealing, padded[: size + 4]),
        "one_byte_too_few": ("127 bytes", sealing, padded[:127]),
        "length_beyond_end": (
            "the length says more than there is",
            sealing,
            (200).to_bytes(4, "little") + padded[4:],
        ),
        "length_enormous": ("a length of 2^32 - 1", sealing, b"\xff" * 4 + padded[4:]),
        "padded_link": ("an epoch link is not padded", link, framed.ljust(256, b"\0")),
        "step_skipped": (
            f"1,000 bytes of data in 1,056 instead of {padded_size(1, 1000)}",
            sealing,
            ((1000).to_bytes(4, "little") + b"o" * 1000).ljust(1056, b"\0"),
        ),
    }
    for condition, (comment, how, plain) in faults.items():
        yield bad("envelope", condition, comment, _ask(how, seal_padded(how, plain)), "padding")
