"""Users, groups, invites and service accounts as the engine returns them."""

from __future__ import annotations

from typing import NotRequired, TypedDict, final

from strongroom.vaults.models import VaultAccessDict


@final
class UserDict(TypedDict):
    """A user; times in Unix milliseconds, 0 where the names are closed to the caller."""

    id: str
    name: str
    email: str
    state: str
    type: str
    role: str
    createdAt: int
    updatedAt: int


class KeysDict(TypedDict):
    """The current keys of somebody: fingerprint in hexadecimal, public key in base64url."""

    fingerprint: str
    publicKey: str


class GroupDict(TypedDict):
    """A group; what it may do in the caller's vaults is there if it was asked for."""

    id: str
    name: str
    description: str
    state: str
    type: str
    createdAt: int
    updatedAt: int
    vaultAccess: NotRequired[list[VaultAccessDict]]


class MemberDict(TypedDict):
    """Who is in a group, and as what: MEMBER or MANAGER."""

    id: str
    role: str


@final
class InviteDict(TypedDict):
    """An open invite; `userId` is empty while nobody has answered."""

    id: str
    email: str
    name: str
    role: str
    expiresAt: int
    createdAt: int
    userId: str
    state: str


class ServiceAccountDict(TypedDict):
    """A service account; `None` where it has no such time."""

    id: str
    name: str
    state: str
    canCreateVaults: bool
    createdAt: int
    expiresAt: int | None
    creatorId: str
    oldTokenEndsAt: int | None


class GrantDict(TypedDict):
    """A vault or environment that a service account may use, and how."""

    id: str
    kind: str
    title: str
    permissions: int


class AccessorDict(TypedDict):
    """Who may use a container, and how: user, group or serviceAccount."""

    id: str
    kind: str
    permissions: int
