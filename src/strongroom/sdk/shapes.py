"""What the SDK's calls take, as JSON has it; unknown keys are passed over by whoever reads it.

Integers are u32, as everywhere in the SDK's messages.
"""

from __future__ import annotations

from typing import Annotated, Final, NotRequired, TypedDict

from msgspec import Meta

NUMBER_MAX: Final = 2**32 - 1
U32 = Annotated[int, Meta(ge=0, le=NUMBER_MAX)]


class DetailsDict(TypedDict):
    """Details of a field: an address, or what was computed when the item was read."""

    type: str
    content: dict[str, str | None] | None


class GivenFieldDict(TypedDict):
    """A field as programs give it."""

    id: str
    title: str
    sectionId: NotRequired[str | None]
    fieldType: str
    value: str
    details: NotRequired[DetailsDict | None]


class GivenSectionDict(TypedDict):
    """A section as programs give it."""

    id: str
    title: str


class GivenWebsiteDict(TypedDict):
    """A website as programs give it."""

    url: str
    label: str
    autofillBehavior: str


class GivenAttributesDict(TypedDict):
    """A stored file as programs name it."""

    name: str
    id: str
    size: U32


class GivenFileDict(TypedDict):
    """A stored file of an item as programs name it."""

    attributes: GivenAttributesDict
    sectionId: str
    fieldId: str


class GivenItemDict(TypedDict):
    """An edited result of `get`; times are looked at by nobody."""

    id: str
    title: str
    category: str
    vaultId: str
    fields: list[GivenFieldDict]
    sections: list[GivenSectionDict]
    notes: str
    tags: list[str]
    websites: list[GivenWebsiteDict]
    version: U32
    files: list[GivenFileDict]
    document: NotRequired[GivenAttributesDict | None]


class NewPartsDict(TypedDict):
    """A new item without its files."""

    category: str
    vaultId: str
    title: str
    fields: NotRequired[list[GivenFieldDict] | None]
    sections: NotRequired[list[GivenSectionDict] | None]
    notes: NotRequired[str | None]
    tags: NotRequired[list[str] | None]
    websites: NotRequired[list[GivenWebsiteDict] | None]


class NewDocumentDict(TypedDict):
    """The file of a new document item."""

    name: str
    content: bytes


class NewFileDict(NewDocumentDict):
    """A file to attach to an item."""

    sectionId: str
    fieldId: str


class NewItemDict(NewPartsDict):
    """A new item."""

    files: NotRequired[list[NewFileDict] | None]
    document: NotRequired[NewDocumentDict | None]


class StateFilterDict(TypedDict):
    """Which items a list shows."""

    active: bool
    archived: bool


class ShareParamsDict(TypedDict):
    """How to share an item."""

    expireAfter: NotRequired[str | None]
    oneTimeOnly: bool


class VaultCreateDict(TypedDict):
    """A vault to make."""

    title: str
    description: NotRequired[str | None]
    allowAdminsAccess: NotRequired[bool | None]


class VaultUpdateDict(TypedDict):
    """New attributes of a vault; `None` leaves one as it is."""

    title: NotRequired[str | None]
    description: NotRequired[str | None]


class VaultGetDict(TypedDict):
    """What to tell about a vault beside its attributes."""

    accessors: NotRequired[bool | None]


class GroupGetDict(TypedDict):
    """What to tell about a group beside its attributes."""

    vaultPermissions: NotRequired[bool | None]


class GroupAccessDict(TypedDict):
    """What a group is to be allowed in the vault at hand."""

    groupId: str
    permissions: U32


class GroupVaultAccessDict(GroupAccessDict):
    """What a group is to be allowed in a named vault."""

    vaultId: str
