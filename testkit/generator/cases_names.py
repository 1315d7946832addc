"""Cases of bytes and names: pae, id, title-tag (sections 1, 6 and 8 of specs/formats.md)."""

from collections.abc import Iterator
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, bad, good
from generator.ids import id_text
from generator.pae import encode
from generator.world import ACCOUNT, OLGA, ROBOT

Json = dict[str, Any]


def pae_cases() -> Iterator[Case]:
    """Section 1: the encoding and its one shape."""
    texts: list[list[str | int]] = [
        ["text", "sr/v1/example"],
        ["int", 2],
        ["text", "a"],
        ["int", 1],
        ["text", "b"],
    ]
    written = {
        "only_empty_parts": (
            "three parts without a byte",
            [["text", ""], ["hex", ""], ["text", ""]],
        ),
        "text_beyond_ascii": (
            "lengths count bytes of UTF-8, not characters",
            [["text", "\u00e9\u20ac\U0001f511"]],
        ),
        "integers": (
            "zero, one, and the largest that is exact everywhere",
            [["int", 0], ["int", 1], ["int", 2**53 - 1]],
        ),
        "list_inside": (
            "a list is its count and then its elements' parts",
            [*texts, ["int", 2]],
        ),
        "split_elsewhere": (
            "the same bytes in other parts are another PAE",
            [["text", "ab"], ["text", "c"]],
        ),
    }
    for condition, (comment, parts) in written.items():
        yield good("pae", condition, comment, {"op": "encode", "parts": parts})
    empty = {"op": "decode", "pae": encode().hex()}
    yield good("pae", "decode_empty", "no parts at all", empty)
    yield from _pae_faults()


def _pae_faults() -> Iterator[Case]:
    plain = encode("a", "bc")
    faults = {
        "left_over": ("a byte after the last part", plain + b"\0"),
        "no_count": ("seven bytes: not even a count", plain[:7]),
        "nothing": ("no bytes at all", b""),
        "cut_in_length": ("the second length is cut", plain[:20]),
        "cut_in_part": ("the last byte is missing", plain[:-1]),
        "count_too_low": ("announces one part of two", b"\1" + plain[1:]),
        "length_beyond_end": ("a length of 2^63", plain[:8] + bytes(7) + b"\x80" + plain[16:]),
        "count_enormous": ("announces 2^63 parts", bytes(7) + b"\x80" + plain[8:]),
    }
    for condition, (comment, data) in faults.items():
        yield bad("pae", condition, comment, {"op": "decode", "pae": data.hex()}, "form")


def _id_faults() -> Iterator[Case]:
    text = id_text(derive_bytes("id", 16))
    spellings = {
        "upper_case": ("upper case", text.upper()),
        "one_upper_case": ("one letter in upper case", text[0].upper() + text[1:]),
        "short": ("25 characters", text[:25]),
        "long": ("27 characters", text + "a"),
        "padded": ("padding", text + "======"),
        "empty": ("no character", ""),
        "digit_eight": ("8 is not in the alphabet", "8" + text[1:]),
        "line_end": ("a line end behind it", text + "\n"),
        "letter_beyond_ascii": ("a small letter of another script", "\u0430" + text[1:]),
    }
    for condition, (comment, spelled) in spellings.items():
        given = {"op": "text", "text": spelled}
        yield bad("id", condition, comment, given, "spelling", "invalid_id")
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    for bits in (1, 2, 3):
        spelled = text[:-1] + alphabet[alphabet.index(text[-1]) + bits]
        given = {"op": "text", "text": spelled}
        comment = f"the spare bits hold {bits}"
        yield bad("id", f"spare_bits_{bits}", comment, given, "spare-bits", "invalid_id")


def id_cases() -> Iterator[Case]:
    """Section 1: one spelling; sections 4 and 6: ids that prove what they name."""
    texts = {"zeros": bytes(16), "ones": b"\xff" * 16}
    for name, raw in texts.items():
        asked = {"op": "text", "text": id_text(raw)}
        yield good("id", name, "all bits alike, but the two spare ones", asked)
    yield from _id_faults()
    containers = {
        "personal_vault": (1, 1),
        "vault_without_administrators": (1, 3),
        "environment": (2, 0),
        "group": (3, 0),
        "account": (4, 0),
    }
    for name, (kind, subtype) in containers.items():
        given: dict[str, str | int] = {
            "op": "container",
            "account": ACCOUNT.hex(),
            "kind": kind,
            "subtype": subtype,
            "creator": OLGA.id.hex(),
            "salt": derive_bytes("salt/id").hex(),
        }
        yield good("id", f"container_of_{name}", "kind and subtype are part of the id", given)
    keys = {"enc_pk": ROBOT.keys.enc_pk.hex(), "sign_pk": ROBOT.keys.sign_pk.hex()}
    robot = {"op": "principal", "account": ACCOUNT.hex(), "kind": 3, **keys}
    yield good("id", "principal_of_service_account", "the kind is part of the id", robot)


TITLES = {
    "empty": ("no title", ""),
    "only_blanks": ("only blanks is as good as none", "   "),
    "letter_a_with_ring": ("NFC before A-Z: the capital stays", "A\u030angstr\u00f6m"),
    "kelvin_sign": ("NFC makes an ASCII letter, A-Z then maps it", "\u212a2"),
    "capital_i_with_dot": ("only A-Z are mapped", "\u0130stanbul"),
    "ligature_is_kept": ("NFC, not NFKC", "\ufb01le"),
    "no_break_space_is_kept": ("only U+0020 is stripped", "\u00a0db\u00a0"),
    "inner_blanks_are_kept": ("blanks inside stay as they are", "My   DB"),
    "line_end_is_kept": ("a line end is no blank", "db\n"),
    "beyond_the_plane": ("a letter of four bytes", "\U0001f511 Key"),
}
ANSWERS = {
    "answer_tab": ("a tab is no blank", "db", "\tdb"),
    "answer_other_capital": ("capitals beyond ASCII differ", "\u00e9tat", "\u00c9tat"),
    "answer_inner_blank": ("one blank is not two", "my db", "my  db"),
    "answer_prefix": ("the beginning of a title is not the title", "db", "db2"),
    "answer_ligature": ("compatibility letters differ", "file", "\ufb01le"),
}


def title_cases() -> Iterator[Case]:
    """Section 8: blanks, then NFC, then A-Z."""
    key, container = derive_bytes("key/title"), derive_bytes("container/title", 16)
    under = {"op": "tag", "container_key": key.hex(), "container": container.hex()}
    for condition, (comment, title) in TITLES.items():
        yield good("title-tag", condition, comment, {**under, "title": title})
    composed = {"op": "answer", "asked": "Caf\u00e9", "title": "Cafe\u0301"}
    comment = "composed and decomposed are one title"
    yield good("title-tag", "answer_decomposed", comment, composed)
    for condition, (comment, asked, title) in ANSWERS.items():
        given = {"op": "answer", "asked": asked, "title": title}
        yield bad("title-tag", condition, comment, given, "title")
