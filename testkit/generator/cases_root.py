"""Cases of root documents (section 4 of specs/formats.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad, good
from generator.crypto import sha256, with_large_s
from generator.limits import NUMBER_END
from generator.pae import encode
from generator.roots import Root
from generator.world import (
    ACCOUNT,
    ADAM,
    MONA,
    OLGA,
    ROOT_0,
    ROOT_1,
    ROOT_2,
    T0,
    WALT,
    Principal,
    make_root,
)

Json = dict[str, Any]
Signatures = Sequence[tuple[Principal, bytes]]
OTHER = derive_bytes("account/other", 16)


def _document(body: bytes, signatures: Signatures = ()) -> Json:
    return {
        "body": body.hex(),
        "signatures": [[who.id.hex(), sig.hex()] for who, sig in signatures],
    }


def _signed(root: Root, who: Principal = OLGA) -> Json:
    return _document(root.body, [(who, who.sign(root.body))])


def _ask_root(
    *documents: Json, pin: tuple[int, bytes] = (0, ROOT_0.hash), account: bytes = ACCOUNT
) -> Json:
    return {"account": account.hex(), "pin": [pin[0], pin[1].hex()], "documents": list(documents)}


FIRST = _document(ROOT_0.body)
TWO_OWNERS = make_root(1, 5, [OLGA, MONA], [ADAM, WALT], ROOT_0)


def root_good() -> Iterator[Case]:
    """Chains that a client follows."""
    yield good(
        "root",
        "two_steps",
        "from the pin over version 1 to version 2",
        _ask_root(FIRST, _signed(ROOT_1), _signed(ROOT_2)),
    )
    yield good(
        "root",
        "below_the_pin",
        "older documents are proven by hashes alone",
        _ask_root(FIRST, _document(ROOT_1.body), _signed(ROOT_2), pin=(1, ROOT_1.hash)),
    )
    yield good("root", "two_owners", "lists of two, sorted", _ask_root(FIRST, _signed(TWO_OWNERS)))
    by_mona = make_root(2, 45, [MONA], [OLGA], TWO_OWNERS)
    yield good(
        "root",
        "new_owner_signs",
        "an owner of version 1 signs version 2",
        _ask_root(FIRST, _signed(TWO_OWNERS), _signed(by_mona, MONA)),
    )
    restored = make_root(2, 1_000_050, [OLGA], [ADAM], ROOT_1, generation=1)
    yield good(
        "root",
        "after_restore",
        "generation 1, on top of the newest",
        _ask_root(FIRST, _signed(ROOT_1), _signed(restored)),
    )


def _root_form_faults() -> dict[str, tuple[str, bytes]]:
    """Documents in the wrong shape; all of them are signed as they are."""
    unsorted_owners = replace(TWO_OWNERS, owners=TWO_OWNERS.owners[::-1])
    unsorted_rest = replace(TWO_OWNERS, administrators=TWO_OWNERS.administrators[::-1])
    doubled = replace(ROOT_1, owners=ROOT_1.owners * 2)
    parts = ROOT_1.parts()
    count_at = 7
    assert parts[count_at] == 1, "the owners' count has moved"
    return {
        "owners_unsorted": ("the owners' list is not in order", unsorted_owners.body),
        "administrators_unsorted": ("the administrators' list is not in order", unsorted_rest.body),
        "owner_twice": ("one owner in two rows", doubled.body),
        "left_over_part": ("a part behind the policy", encode(*parts, "")),
        "left_over_byte": ("a byte behind the last part", ROOT_1.body + b"\0"),
        "part_missing": ("the policy is missing", encode(*parts[:-1])),
        "count_too_high": (
            "announces two owners of one",
            encode(*parts[:count_at], 2, *parts[count_at + 1 :]),
        ),
        "long_fp": (
            "a fingerprint of 33 bytes",
            replace(ROOT_1, owners_fp=ROOT_1.owners_fp + b"\0").body,
        ),
        "short_hash": (
            "a previous hash of 31 bytes",
            replace(ROOT_1, previous=ROOT_0.hash[:31]).body,
        ),
        "time_too_large": ("a time of 2^53", replace(ROOT_1, created=2**53).body),
        "short_integer": ("a version of four bytes", encode(*parts[:2], b"\1\0\0\0", *parts[3:])),
        "other_label": ("labelled as a head", encode("sr/v1/head", *parts[1:])),
    }


def _root_context_faults() -> Iterator[Case]:
    stray = replace(ROOT_1, account=OTHER)
    contexts = {
        "other_account": (
            "all documents belong to another account",
            _ask_root(FIRST, _signed(ROOT_1), account=OTHER),
        ),
        "account_changes": ("version 1 names another account", _ask_root(FIRST, _signed(stray))),
    }
    yield from all_bad("root", "context", contexts)
    forks = {
        "pin_fork": (
            "another document of the pinned version",
            _ask_root(FIRST, _signed(ROOT_1), pin=(1, TWO_OWNERS.hash)),
        ),
        "pin_fork_at_0": ("another version 0", _ask_root(FIRST, pin=(0, sha256(b"else")))),
    }
    yield from all_bad("root", "pin", forks, code="fork")
    older = _ask_root(FIRST, _signed(ROOT_1), pin=(2, ROOT_2.hash))
    yield bad("root", "pin_newer", "nothing as new as the pin", older, "pin", "rollback")


def _root_signer_faults() -> Iterator[Case]:
    left = make_root(2, 45, [MONA], [], TWO_OWNERS)
    again = make_root(3, 46, [MONA, OLGA], [], left)
    former = _ask_root(FIRST, _signed(TWO_OWNERS), _signed(left), _signed(again))
    table = {
        "administrator_signs_version_2": (
            "an administrator of version 1",
            _ask_root(FIRST, _signed(ROOT_1), _signed(ROOT_2, ADAM)),
        ),
        "outsider_signs_version_2": (
            "somebody whom version 1 does not list",
            _ask_root(FIRST, _signed(ROOT_1), _signed(ROOT_2, MONA)),
        ),
        "former_owner_signs": ("an owner of version 1, not of version 2", former),
        "own_owner_signs": (
            "signed by the owner that it brings in",
            _ask_root(FIRST, _signed(TWO_OWNERS, MONA)),
        ),
    }
    yield from all_bad("root", "signer", table, code="forbidden")


def root_bad() -> Iterator[Case]:
    """One fault for every question about a chain."""
    for condition, (comment, body) in _root_form_faults().items():
        document = _document(body, [(OLGA, OLGA.sign(body))])
        yield bad("root", condition, comment, _ask_root(FIRST, document), "form")
    yield from _root_context_faults()
    yield from _chain_faults()
    yield from _root_signer_faults()
    yield from _root_signature_faults()


def _chain_faults() -> Iterator[Case]:
    loose = replace(ROOT_1, previous=sha256(b"else"))
    jump = replace(ROOT_1, version=2)
    false_first = _document(replace(ROOT_0, created=T0 + 9).body)
    table = {
        "version_skipped": ("version 2 without version 1", _ask_root(FIRST, _signed(ROOT_2))),
        "other_previous": ("names another version 0", _ask_root(FIRST, _signed(loose))),
        "version_jumps": ("version 2 on top of version 0", _ask_root(FIRST, _signed(jump))),
        "false_below_the_pin": (
            "an older document that the pin does not prove",
            _ask_root(false_first, _signed(ROOT_1), pin=(1, ROOT_1.hash)),
        ),
    }
    yield from all_bad("root", "chain", table)
    up = make_root(1, 5, [OLGA], [ADAM], ROOT_0, generation=2)
    down = make_root(2, 45, [OLGA], [], up, generation=1)
    falls = _ask_root(FIRST, _signed(up), _signed(down))
    yield from _from_rev_faults()
    yield bad("root", "generation_falls", "generation 2, then 1", falls, "chain")


def _from_rev_faults() -> Iterator[Case]:
    """Two versions in force at one rev would give one record two authorities."""
    equal, lower = (make_root(2, rev, [OLGA], [], ROOT_1) for rev in (5, 4))
    restored = make_root(2, 4, [OLGA], [ADAM], ROOT_1, generation=1)
    table = {
        "from_rev_equal": (
            "version 2 from the rev of version 1 on",
            _ask_root(FIRST, _signed(ROOT_1), _signed(equal)),
        ),
        "from_rev_falls": (
            "version 2 from a rev before version 1",
            _ask_root(FIRST, _signed(ROOT_1), _signed(lower)),
        ),
        "from_rev_falls_in_new_generation": (
            "a new generation begins no earlier either",
            _ask_root(FIRST, _signed(ROOT_1), _signed(restored)),
        ),
    }
    yield from all_bad("root", "chain", table)


def root_numbers() -> Iterator[Case]:
    """Numbers that leave room for the ones that follow."""
    last = NUMBER_END - 1
    before = replace(ROOT_1, version=last - 1)
    after = make_root(last, last, [OLGA], [ADAM], before, generation=last)
    pinned = _document(before.body)
    given = _ask_root(pinned, _signed(after), pin=(last - 1, before.hash))
    yield good("root", "last_numbers", "version, generation and from rev of 2^48 - 1", given)
    full = replace(ROOT_1, version=last)
    beyond = make_root(NUMBER_END, 45, [OLGA], [ADAM], full)
    steps = {
        "generation": make_root(1, 5, [OLGA], [ADAM], ROOT_0, generation=NUMBER_END),
        "from_rev": make_root(1, NUMBER_END, [OLGA], [ADAM], ROOT_0),
    }
    table = {
        "version_without_end": (
            "a version of 2^48",
            _ask_root(_document(full.body), _signed(beyond), pin=(last, full.hash)),
        ),
        **{
            f"{name}_without_end": (f"a {name} of 2^48", _ask_root(FIRST, _signed(step)))
            for name, step in steps.items()
        },
    }
    yield from all_bad("root", "context", table)


def _root_signature_faults() -> Iterator[Case]:
    signature = OLGA.sign(ROOT_1.body)
    faults = {
        "signature_of_version_0": (
            "an owner's signature of another document",
            OLGA.sign(ROOT_0.body),
        ),
        "signature_changed": ("one bit of R", bytes([signature[0] ^ 1]) + signature[1:]),
        "signature_not_canonical": ("S + L instead of S", with_large_s(signature)),
        "signed_by_other_key": (
            "names the owner, signed by the administrator",
            ADAM.sign(ROOT_1.body),
        ),
    }
    for condition, (comment, made) in faults.items():
        given = _ask_root(FIRST, _document(ROOT_1.body, [(OLGA, made)]))
        yield bad("root", condition, comment, given, "signature")
    yield _small_order_owner()


def _small_order_owner() -> Case:
    """Nobody signed version 2: the neutral point is a good signature under itself."""
    neutral = (1).to_bytes(32, "little")
    anybody = replace(TWO_OWNERS.owners[0], sign_pk=neutral)
    rest = (row for row in TWO_OWNERS.owners[1:])
    open_to_all = replace(TWO_OWNERS, owners=(anybody, *rest))
    version_2 = make_root(2, 45, [MONA], [], open_to_all)
    forged = _document(version_2.body)
    forged["signatures"] = [[anybody.principal.hex(), (neutral + bytes(32)).hex()]]
    given = _ask_root(FIRST, _signed(open_to_all), forged)
    comment = "an owner's key of small order, under which the neutral point signs everything"
    return bad("root", "small_order_owner", comment, given, "signature")
