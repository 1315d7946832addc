"""Everything that a program can see of the package, against the official one.

Names, modules, signatures, annotations, models with their schemas, enums, constants and
exceptions: one tree of texts from each, printed by the same program. `ALLOWED` holds every
difference, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from differential.conftest import Ask

ENTRIES_MAX = 10

PARTS = ["Secrets", "Items", "Vaults", "Groups", "Environments"]
ERRORS = ["DesktopSessionExpiredException", "RateLimitExceededException"]
OUR_TYPES = [
    *("DeletedItem", "ItemVersion", "ItemVersionState"),
    *("GroupCreateParams", "GroupMember", "GroupMemberRole", "GroupUpdateParams"),
    *("User", "UserRole", "UserState"),
]


def under(place: str, names: str) -> list[str]:
    """Return the paths of several names in one place."""
    return [f"{place}/{name}" for name in names.split()]


# Paths that differ, or hold all that differs below them, by the reason.
ALLOWED: dict[str, list[str]] = {
    "A client can be closed, before the program ends.": ["onepassword/Client/close"],
    "Our account has people, groups that programs manage, and grants to single users.": [
        "onepassword/Client/users",
        "onepassword/Users",
        "onepassword.users",
        "reached/onepassword.users",
        *under("onepassword/Groups", "create update delete list members add_member remove_member"),
        *under("onepassword/Vaults", "grant_user_permissions update_user_permissions"),
        "onepassword/Vaults/revoke_user_permissions",
    ],
    "Versions of items can be read and brought back, and files be as large as a disk.": [
        *under("onepassword/Items", "history get_version restore list_deleted recover"),
        *under("onepassword.items/ItemsFiles", "attach_stream read_stream replace_document_stream"),
    ],
    "Types of those methods; a star import does not bring them.": [
        *under("onepassword", " ".join(OUR_TYPES)),
    ],
    "All errors belong to one tree and say more: code, hint, candidates. Message and name stay.": [
        *(f"onepassword/{error}/bases" for error in ERRORS),
        *(f"onepassword/{error}/made with" for error in ERRORS),
        *(
            path
            for error in ERRORS
            for path in under(f"onepassword/{error}", "code exit_code http_status sdk_name sdk_tag")
        ),
        *under("onepassword.errors", "DesktopAppNotFoundError InvalidArgumentError"),
    ],
    "Parts of a client are made by a client; nothing else can be put into them.": [
        *(f"onepassword/{part}/made with" for part in PARTS),
        "onepassword.items/ItemsFiles/made with",
        "onepassword.items/ItemsShares/made with",
    ],
    "The native library, its messages and the search for the desktop app have no counterpart.": [
        *under("onepassword.core", "Core DesktopCore InnerClient UniffiCore"),
        *under("onepassword.core", "DesktopSessionExpiredException raise_typed_exception"),
        *under("onepassword.client", "DesktopCore InnerClient UniffiCore"),
        *under("onepassword.secrets", "InnerClient UniffiCore"),
        *(
            f"onepassword.{module}/InnerClient"
            for module in ("environments", "groups", "items", "items_files", "items_shares")
        ),
        "onepassword.vaults/InnerClient",
        "onepassword.desktop_core",
        "reached/onepassword.desktop_core",
    ],
    "Answers may name the kind of principal that newer SDKs know.": [
        *under("onepassword/VaultAccessorType", "BROKER order"),
    ],
    "Annotations that the official package leaves out.": [
        "onepassword/deserialize_binary_data",
        "onepassword/raise_typed_exception/returns",
        "onepassword.client/new_default_config",
    ],
}


def differences(theirs: Any, ours: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Return the paths of what differs; what one side lacks as a whole is one path.

    What a module of ours imports from the rest of the package was told where it is at home.
    """
    if theirs is None and isinstance(ours, dict) and ours.keys() == {"the same as"}:
        return
    if not isinstance(theirs, dict) or not isinstance(ours, dict):
        if theirs != ours:
            yield "/".join(path).removeprefix("modules/")
        return
    for key in sorted(theirs.keys() | ours.keys()):
        yield from differences(theirs.get(key), ours.get(key), (*path, key))


def judge(found: list[str], allowed: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Return the differences that nothing allows, and what is allowed but does not differ."""
    paths = [path for rows in allowed.values() for path in rows]
    covers = {path: [one for one in found if f"{one}/".startswith(f"{path}/")] for path in paths}
    covered = {one for rows in covers.values() for one in rows}
    return (
        [one for one in found if one not in covered],
        [path for path, rows in covers.items() if not rows],
    )


def test_same_surface(official: Ask, ours: Ask) -> None:
    """Whatever the official package shows is here, the same, but for the differences named."""
    found = list(differences(official("surface.py", None), ours("surface.py", None)))

    assert judge(found, ALLOWED) == ([], [])


def test_few_reasons_to_differ() -> None:
    """There are at most ten reasons, and no path has two."""
    paths = [path for rows in ALLOWED.values() for path in rows]

    assert len(ALLOWED) <= ENTRIES_MAX
    assert len(paths) == len(set(paths))


def test_all_of_it_is_told(official: Ask) -> None:
    """The tree holds each of the SDK's names with its insides, so that comparing it means much."""
    told = official("surface.py", None)

    assert len(told["listed"]) == len(told["star import"]) == 122
    package = told["modules"]["onepassword"]
    assert set(told["listed"]) <= set(package)
    assert package["ItemField"]["model"]["fields"]["section_id"]["alias"] == "sectionId"
    assert package["ItemField"]["model"]["schemas"]["validation"]["required"]
    assert package["ItemState"]["ARCHIVED"]["value"] == "archived"
    assert package["Vaults"]["list"]["parameters"]["params"] == [
        *("POSITIONAL_OR_KEYWORD", "None", "None | VaultListParams"),
    ]


def test_mutant_differences() -> None:
    """What is missing, new or changed is found, and an entry that nothing needs any more too."""
    theirs = {"modules": {"a": {"b": {"c": "1", "d": "2"}}}}
    mine = {"modules": {"a": {"b": {"c": "9", "e": "3"}}}}
    found = list(differences(theirs, mine))

    assert found == ["a/b/c", "a/b/d", "a/b/e"]
    assert judge(found, {}) == (found, [])
    assert judge(found, {"reason": ["a/b"]}) == ([], [])
    assert judge(found, {"reason": ["a/b/c", "a/b/f", "a/b/d"]}) == (["a/b/e"], ["a/b/f"])
    assert list(differences(theirs, theirs)) == []
    assert list(differences({}, {"a": {"the same as": "b"}})) == []
    assert list(differences({"a": {"the same as": "b"}}, {})) == ["a"]
