"""Cases without keys of others: pae, id, title-tag, secret-key, kdf, keyset."""

from collections.abc import Iterator
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, bad, good
from generator.ids import id_text
from generator.keys import Keyset
from generator.pae import encode
from generator.secretkey import SYMBOLS, check_symbols, print_secret_key
from generator.world import ACCOUNT, EDITORS, KIM, OLGA, ROBOT

Json = dict[str, Any]


def pae_cases() -> Iterator[Case]:
    """Section 1: the encoding and its one shape."""
    def write(*parts: list[Any]) -> Json:
        return {"op": "encode", "parts": list(parts)}

    yield good("pae", "only_empty_parts", "three parts without a byte",
               write(["text", ""], ["hex", ""], ["text", ""]))
    yield good("pae", "text_beyond_ascii", "lengths count bytes of UTF-8, not characters",
               write(["text", "\u00e9\u20ac\U0001f511"]))
    yield good("pae", "integers", "zero, one, and the largest that is exact everywhere",
               write(["int", 0], ["int", 1], ["int", 2**53 - 1]))
    yield good("pae", "list_inside", "a list is its count and then its elements' parts",
               write(["text", "sr/v1/example"], ["int", 2], ["text", "a"], ["int", 1],
                     ["text", "b"], ["int", 2]))
    yield good("pae", "split_elsewhere", "the same bytes in other parts are another PAE",
               write(["text", "ab"], ["text", "c"]))
    yield good("pae", "decode_empty", "no parts at all", {"op": "decode", "pae": encode().hex()})
    plain = encode("a", "bc")
    faults = {
        "left_over": ("a byte after the last part", plain + b"\0"),
        "no_count": ("seven bytes: not even a count", plain[:7]),
        "nothing": ("no bytes at all", b""),
        "cut_in_length": ("the second length is cut", plain[:20]),
        "cut_in_part": ("the last byte is missing", plain[:-1]),
        "count_too_low": ("announces one part of two", b"\1" + plain[1:]),
        "length_beyond_end": ("a length of 2^63", plain[:17] + bytes(7) + b"\x80" + plain[25:]),
        "count_enormous": ("announces 2^63 parts", bytes(7) + b"\x80" + plain[8:]),
    }
    for condition, (comment, data) in faults.items():
        yield bad("pae", condition, comment, {"op": "decode", "pae": data.hex()}, "form")


def id_cases() -> Iterator[Case]:
    """Section 1: one spelling; sections 4 and 6: ids that prove what they name."""
    raw = derive_bytes("id", 16)
    text = id_text(raw)

    def ask(spelled: str) -> Json:
        return {"op": "text", "text": spelled}

    yield good("id", "zeros", "sixteen zero bytes", ask("a" * 26))
    yield good("id", "ones", "all bits set but the two spare ones", ask(id_text(b"\xff" * 16)))
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
        yield bad("id", condition, comment, ask(spelled), "spelling", "invalid_id")
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    for bits in (1, 2, 3):
        spelled = text[:-1] + alphabet[alphabet.index(text[-1]) + bits]
        yield bad("id", f"spare_bits_{bits}", f"the spare bits hold {bits}", ask(spelled),
                  "spare-bits", "invalid_id")
    for kind, subtype, name in ((1, 1, "personal_vault"), (1, 3, "vault_without_administrators"),
                                (2, 0, "environment"), (3, 0, "group"), (4, 0, "account")):
        yield good("id", f"container_of_{name}", "kind and subtype are part of the id", {
            "op": "container", "account": ACCOUNT.hex(), "kind": kind, "subtype": subtype,
            "creator": OLGA.id.hex(), "salt": derive_bytes("salt/id").hex()})
    yield good("id", "principal_of_service_account", "the kind is part of the id", {
        "op": "principal", "account": ACCOUNT.hex(), "kind": 3,
        "enc_pk": ROBOT.keys.enc_pk.hex(), "sign_pk": ROBOT.keys.sign_pk.hex()})


def title_cases() -> Iterator[Case]:
    """Section 8: blanks, then NFC, then A-Z."""
    titles = {
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
    for condition, (comment, title) in titles.items():
        yield good("title-tag", condition, comment, {
            "op": "tag", "container_key": derive_bytes("key/title").hex(),
            "container": derive_bytes("container/title", 16).hex(), "title": title})
    pairs = {
        "answer_decomposed": ("composed and decomposed are one title", "Caf\u00e9", "Cafe\u0301", ""),
        "answer_tab": ("a tab is no blank", "db", "\tdb", "title"),
        "answer_other_capital": ("capitals beyond ASCII differ", "\u00e9tat", "\u00c9tat", "title"),
        "answer_inner_blank": ("one blank is not two", "my db", "my  db", "title"),
        "answer_prefix": ("the beginning of a title is not the title", "db", "db2", "title"),
        "answer_ligature": ("compatibility letters differ", "file", "\ufb01le", "title"),
    }
    for condition, (comment, asked, title, layer) in pairs.items():
        given = {"op": "answer", "asked": asked, "title": title}
        yield (bad("title-tag", condition, comment, given, layer) if layer
               else good("title-tag", condition, comment, given))


HINT = id_text(ACCOUNT)[:6].upper()


def _symbols(label: str) -> str:
    return "".join(SYMBOLS[b % len(SYMBOLS)] for b in derive_bytes(label, 26))


def secret_key_cases() -> Iterator[Case]:
    """Section 2: what people type."""
    body = _symbols("sk")
    printed = print_secret_key(HINT, body)
    check = check_symbols(HINT, body)
    area = "secret-key"
    yield good(area, "no_dashes", "dashes and blanks are only for the eye",
               {"typed": printed.replace("-", "")})
    yield good(area, "other_groups", "dashes anywhere", {"typed": "-".join(printed)})
    yield good(area, "hint_with_digits_and_i_o", "the hint is base32, not the 31 symbols",
               {"typed": print_secret_key("IO27LU", body)})
    other = SYMBOLS[(SYMBOLS.index(check[-1]) + 1) % len(SYMBOLS)]
    swapped = body[1] + body[0] + body[2:]
    faults = {
        "wrong_check": ("the last symbol is another", printed[:-1] + other, "check"),
        "swapped": ("two neighbours are swapped",
                    print_secret_key(HINT, swapped)[:-2] + check, "check"),
        "other_hint": ("the hint of another account",
                       printed.replace(HINT, "ABCDEF"), "check"),
        "short": ("a symbol is missing", printed[:-1], "length"),
        "long": ("a symbol too many", printed + "2", "length"),
        "only_prefix": ("nothing but the prefix", "SR1-", "length"),
        "other_prefix": ("the next version's prefix", "SR2" + printed[3:], "prefix"),
        "no_prefix": ("the prefix is missing", printed[4:], "prefix"),
        "empty": ("nothing at all", "", "prefix"),
        "letter_i": ("I is not read as 1", f"SR1-{HINT}-I{body[1:]}{check}", "symbols"),
        "digit_zero": ("0 is no symbol", f"SR1-{HINT}-0{body[1:]}{check}", "symbols"),
        "digit_one": ("1 is no symbol", f"SR1-{HINT}-1{body[1:]}{check}", "symbols"),
    }
    for condition, (comment, typed, layer) in faults.items():
        yield bad(area, condition, comment, {"typed": typed}, layer, "invalid_secret_key")


def _kdf_input(**fields: Any) -> Json:
    given = {"password": "correct horse battery", "salt": derive_bytes("salt/kdf", 16).hex(),
             "t": 3, "m": 65_536, "lanes": 4, "account": ACCOUNT.hex(), "user": OLGA.id.hex(),
             "sk": _symbols("sk")}
    return {**given, **fields}


def kdf_cases() -> Iterator[Case]:
    """Section 2: limits before work, memory of the device, then the password."""
    yield good("kdf", "remembered_equal", "no less than the device remembers",
               _kdf_input(remembered=[3, 65_536]))
    yield good("kdf", "raised", "more than the device remembers",
               _kdf_input(t=4, m=65_600, lanes=1, remembered=[3, 65_536]))
    yield good("kdf", "blank_made_by_nfkd", "blanks are stripped before NFKD, not after",
               _kdf_input(password="\u3000correct horse\u00a0"))
    yield good("kdf", "ligature", "NFKD takes letters apart",
               _kdf_input(password="\ufb01le \u00c5ngstr\u00f6m 2\u00b2"))
    yield good("kdf", "longest_password", "1,024 bytes", _kdf_input(password="x" * 1024))
    yield good("kdf", "short_password", "ten characters are asked for at creation only",
               _kdf_input(password="x"))
    parameters = {
        "t_below": ("t below the floor", {"t": 2}),
        "t_above": ("t above the ceiling", {"t": 17}),
        "m_below": ("m below the floor", {"m": 65_535}),
        "m_above": ("m above the ceiling", {"m": 1_048_577}),
        "lanes_above": ("lanes above the ceiling", {"lanes": 17}),
        "no_lanes": ("no lanes at all", {"lanes": 0}),
    }
    for condition, (comment, fields) in parameters.items():
        yield bad("kdf", condition, comment, _kdf_input(**fields), "parameters", "kdf_refused")
    yield bad("kdf", "t_lowered", "t below what the device remembers",
              _kdf_input(remembered=[4, 65_536]), "remembered", "kdf_downgrade")
    yield bad("kdf", "m_lowered", "m below what the device remembers, t above",
              _kdf_input(t=5, remembered=[3, 65_537]), "remembered", "kdf_downgrade")
    passwords = {
        "empty_password": ("nothing typed", ""),
        "long_password": ("1,025 bytes", "x" * 1025),
        "long_after_nfkd": ("342 characters that NFKD makes 1,026 bytes", "\ufb03" * 342),
        "nul_in_password": ("a NUL inside", "correct\0horse"),
    }
    for condition, (comment, password) in passwords.items():
        yield bad("kdf", condition, comment, _kdf_input(password=password), "password",
                  "invalid_password")


def keyset_cases() -> Iterator[Case]:
    """Section 2: everything that follows from a seed."""
    for who, name in ((KIM, "user_second"), (EDITORS, "group_second"), (ROBOT, "robot")):
        yield good("keyset", name, "all keys of a seed and the fingerprint", {
            "seed": who.keys.seed.hex(), "principal": who.id.hex(), "kind": who.kind})
    yield good("keyset", "same_seed_other_owner", "only the fingerprint depends on the owner", {
        "seed": Keyset(KIM.keys.seed).seed.hex(), "principal": OLGA.id.hex(), "kind": 1})


def plain_cases() -> Iterator[Case]:
    """Everything of this module."""
    for make in (pae_cases, id_cases, title_cases, secret_key_cases, kdf_cases, keyset_cases):
        yield from make()
