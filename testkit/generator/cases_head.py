"""Cases of heads (section 4 of specs/formats.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad, good
from generator.crypto import sha256, with_large_s
from generator.directory import Head
from generator.limits import NUMBER_END
from generator.pae import encode
from generator.roots import Root
from generator.world import (
    ACCOUNT,
    ADAM,
    HEAD_REV,
    MONA,
    OLGA,
    OWNERS,
    ROOT_0,
    ROOT_1,
    ROOT_2,
    Principal,
    make_head,
    make_root,
)

Json = dict[str, Any]
OTHER = derive_bytes("account/other", 16)


def _ask_head(
    head: Head,
    who: Principal = OLGA,
    roots: Sequence[Root] = (ROOT_0, ROOT_1),
    mark: list[Any] | None = None,
    signature: bytes | None = None,
    body: bytes | None = None,
) -> Json:
    body = head.body if body is None else body
    given: Json = {
        "head": body.hex(),
        "sig": (signature or who.sign(body)).hex(),
        "account": ACCOUNT.hex(),
        "roots": [root.body.hex() for root in roots],
    }
    return given if mark is None else {**given, "mark": mark}


RESTORED = make_root(2, 1_000_050, [OLGA], [ADAM], ROOT_1, generation=1)


def head_good() -> Iterator[Case]:
    """Heads that a client accepts."""
    head = make_head()
    yield good("head", "no_mark", "nothing remembered", _ask_head(head))
    yield good(
        "head",
        "same_again",
        "equal rev and equal hash",
        _ask_head(head, mark=[0, HEAD_REV, head.hash.hex()]),
    )
    at_start = make_head(rev=5, root=ROOT_1)
    yield good(
        "head",
        "first_under_root",
        "the head with which the root document came",
        _ask_head(at_start, mark=[0, 4, ""]),
    )
    restored = make_head(root=RESTORED, rev=1_000_050)
    yield good(
        "head",
        "after_restore",
        "a higher generation, whatever was seen before",
        _ask_head(restored, roots=(ROOT_0, ROOT_1, RESTORED), mark=[0, 2_000_000, ""]),
    )


def _head_shapes() -> Iterator[Case]:
    head = make_head()
    parts = head.parts()
    short = replace(head, tree_root=head.tree_root[:31])
    shapes = {
        "left_over_part": ("a part behind the signer", encode(*parts, b"")),
        "part_missing": ("the signer is missing", encode(*parts[:-1])),
        "left_over_byte": ("a byte at the end", head.body + b"\0"),
        "short_tree_root": ("a tree root of 31 bytes", short.body),
        "rev_too_large": ("a rev of 2^53", replace(head, rev=2**53).body),
        "other_label": ("labelled as a root document", encode("sr/v1/root", *parts[1:])),
    }
    table = {
        name: (comment, _ask_head(head, body=body)) for name, (comment, body) in shapes.items()
    }
    yield from all_bad("head", "form", table)


def _number_faults() -> Iterator[Case]:
    last = NUMBER_END - 1
    newest = make_root(last, last, [OLGA], [ADAM], ROOT_1, generation=last)
    given = _ask_head(make_head(root=newest, rev=last), roots=(newest,))
    comment = "generation, rev and root version of 2^48 - 1"
    yield good("head", "last_numbers", comment, given)
    far = make_root(2, 45, [OLGA], [ADAM], ROOT_1, generation=NUMBER_END)
    wide = make_root(NUMBER_END, 45, [OLGA], [ADAM], ROOT_1)
    table = {
        "rev_without_end": ("a rev of 2^48", _ask_head(make_head(rev=NUMBER_END))),
        "generation_without_end": (
            "a generation of 2^48, that of its document",
            _ask_head(make_head(root=far), roots=(ROOT_0, ROOT_1, far)),
        ),
        "root_version_without_end": (
            "names the version 2^48",
            _ask_head(make_head(root=wide), roots=(wide,)),
        ),
    }
    yield from all_bad("head", "context", table)


def _head_root_faults() -> Iterator[Case]:
    head = make_head()
    roots = (ROOT_0, ROOT_1, ROOT_2)
    false_hash = replace(head, root_hash=sha256(b"else"))
    too_early = make_head(root=ROOT_2, rev=44)
    old = make_head(root=RESTORED, rev=1_000_050, generation=0)
    restored = (ROOT_0, ROOT_1, RESTORED)
    table = {
        "older_root": ("names version 1, version 2 is accepted", _ask_head(head, roots=roots)),
        "unknown_root": ("names a document that nobody showed", _ask_head(make_head(root=ROOT_2))),
        "other_root_hash": ("version 1 with another hash", _ask_head(false_hash)),
        "other_generation": (
            "generation 1 under a document of generation 0",
            _ask_head(replace(head, generation=1)),
        ),
        "below_from_rev": (
            "rev 44 under a document that came with rev 45",
            _ask_head(too_early, roots=roots),
        ),
        "old_generation": (
            "generation 0 under a document of generation 1",
            _ask_head(old, roots=restored),
        ),
    }
    yield from all_bad("head", "root", table)


def _head_signer_faults() -> Iterator[Case]:
    roots = (ROOT_0, ROOT_1, ROOT_2)
    unlisted = make_head(ADAM, root=ROOT_2)
    signers = {
        "member_signs": ("the root document does not list him", _ask_head(make_head(MONA), MONA)),
        "unlisted_administrator": (
            "listed in version 1, not in version 2",
            _ask_head(unlisted, ADAM, roots=roots),
        ),
        "group_signs": ("signed by the owners' group", _ask_head(make_head(OWNERS), OWNERS)),
    }
    yield from all_bad("head", "signer", signers, code="forbidden")
    head = make_head()
    lax = with_large_s(OLGA.sign(head.body))
    signatures = {
        "signature_not_canonical": ("S + L instead of S", _ask_head(head, signature=lax)),
        "signed_by_other": (
            "names the owner, signed by the administrator",
            _ask_head(head, ADAM),
        ),
    }
    yield from all_bad("head", "signature", signatures)


def head_bad() -> Iterator[Case]:
    """One fault for every question about a head."""
    yield from _head_shapes()
    head = make_head()
    foreign = _ask_head(replace(head, account=OTHER))
    yield bad("head", "other_account", "another account", foreign, "context")
    yield from _number_faults()
    yield from _head_root_faults()
    yield from _head_signer_faults()
    older = {
        "rolled_back": ("rev 50 after rev 51", _ask_head(head, mark=[0, HEAD_REV + 1, ""])),
        "generation_rolled_back": (
            "generation 0 after generation 1, whatever the rev",
            _ask_head(head, mark=[1, 10, ""]),
        ),
    }
    yield from all_bad("head", "mark", older, code="rollback")
    fork = _ask_head(head, mark=[0, HEAD_REV, sha256(b"else").hex()])
    yield bad("head", "fork", "equal rev, another hash", fork, "mark", "fork")
