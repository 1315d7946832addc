"""A vault as the engine returns it, with the SDK's camelCase keys."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class VaultAccessDict(TypedDict):
    """What one principal may do in one vault."""

    vaultUuid: str
    accessorType: str
    accessorUuid: str
    permissions: int


class VaultDict(TypedDict):
    """A vault; its access list is there if it was asked for."""

    id: str
    title: str
    description: str
    vaultType: str
    activeItemCount: int
    contentVersion: int
    attributeVersion: int
    createdAt: str
    updatedAt: str
    icon: NotRequired[str]  # ours; the SDK's vault has none
    access: NotRequired[list[VaultAccessDict]]
