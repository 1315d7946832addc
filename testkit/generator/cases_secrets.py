"""Cases of what people hold: secret-key, kdf, keyset (section 2 of specs/formats.md)."""

from collections.abc import Iterator
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad, good
from generator.ids import id_text
from generator.secretkey import SYMBOLS, check_symbols, print_secret_key
from generator.world import ACCOUNT, EDITORS, OLGA, ROBOT, RUNNER

Json = dict[str, Any]
HINT = id_text(ACCOUNT)[:6].upper()


def _symbols(label: str) -> str:
    return "".join(SYMBOLS[b % len(SYMBOLS)] for b in derive_bytes(label, 26))


def secret_key_cases() -> Iterator[Case]:
    """Section 2: what people type."""
    body = _symbols("sk")
    printed = print_secret_key(HINT, body)
    check = check_symbols(HINT, body)
    area = "secret-key"
    yield good(
        area,
        "no_dashes",
        "dashes and blanks are only for the eye",
        {"typed": printed.replace("-", "")},
    )
    yield good(area, "other_groups", "dashes anywhere", {"typed": "-".join(printed)})
    yield good(
        area,
        "hint_with_digits_and_i_o",
        "the hint is base32, not the 31 symbols",
        {"typed": print_secret_key("IO27LU", body)},
    )
    other = SYMBOLS[(SYMBOLS.index(check[-1]) + 1) % len(SYMBOLS)]
    swapped = body[1] + body[0] + body[2:]
    faults = {
        "wrong_check": ("the last symbol is another", printed[:-1] + other, "check"),
        "swapped": (
            "two neighbours are swapped",
            print_secret_key(HINT, swapped)[:-2] + check,
            "check",
        ),
        "other_hint": ("the hint of another account", printed.replace(HINT, "ABCDEF"), "check"),
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
    given = {
        "password": "correct horse battery",
        "salt": derive_bytes("salt/kdf", 16).hex(),
        "t": 3,
        "m": 65_536,
        "lanes": 4,
        "account": ACCOUNT.hex(),
        "user": OLGA.id.hex(),
        "sk": _symbols("sk"),
    }
    return {**given, **fields}


def _kdf_good() -> Iterator[Case]:
    raised = {"t": 4, "m": 65_600, "lanes": 1, "remembered": [3, 65_536]}
    table: dict[str, tuple[str, Json]] = {
        "remembered_equal": (
            "no less than the device remembers",
            {"remembered": [3, 65_536]},
        ),
        "raised": ("more than the device remembers", raised),
        "blank_made_by_nfkd": (
            "blanks are stripped before NFKD, not after",
            {"password": "\u3000correct horse\u00a0"},
        ),
        "ligature": (
            "NFKD takes letters apart",
            {"password": "\ufb01le \u00c5ngstr\u00f6m 2\u00b2"},
        ),
        "longest_password": ("1,024 bytes", {"password": "x" * 1024}),
        "short_password": ("ten characters are asked for at creation only", {"password": "x"}),
    }
    for condition, (comment, fields) in table.items():
        yield good("kdf", condition, comment, _kdf_input(**fields))


def kdf_cases() -> Iterator[Case]:
    """Section 2: limits before work, memory of the device, then the password."""
    yield from _kdf_good()
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
    lowered = {
        "t_lowered": ("t below what the device remembers", _kdf_input(remembered=[4, 65_536])),
        "m_lowered": (
            "m below what the device remembers, t above",
            _kdf_input(t=5, remembered=[3, 65_537]),
        ),
    }
    yield from all_bad("kdf", "remembered", lowered, code="kdf_downgrade")
    passwords = {
        "empty_password": ("nothing typed", ""),
        "long_password": ("1,025 bytes", "x" * 1025),
        "long_after_nfkd": ("342 characters that NFKD makes 1,026 bytes", "\ufb03" * 342),
        "nul_in_password": ("a NUL inside", "correct\0horse"),
    }
    for condition, (comment, password) in passwords.items():
        given = _kdf_input(password=password)
        yield bad("kdf", condition, comment, given, "password", "invalid_password")


def keyset_cases() -> Iterator[Case]:
    """Section 2: everything that follows from a seed."""
    for who, name in ((RUNNER, "second_of_runner"), (EDITORS, "group_second"), (ROBOT, "robot")):
        yield good(
            "keyset",
            name,
            "all keys of a seed and the fingerprint",
            {"seed": who.keys.seed.hex(), "principal": who.id.hex(), "kind": who.kind},
        )
    yield good(
        "keyset",
        "same_seed_other_owner",
        "only the fingerprint depends on the owner",
        {"seed": RUNNER.keys.seed.hex(), "principal": OLGA.id.hex(), "kind": 1},
    )
