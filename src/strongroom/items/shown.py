"""An item as it is shown and handed over, with the SDK's camelCase keys.

What is stored of it are documents, which carry keys that nobody here knows.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class WebsiteDict(TypedDict):
    """A website of an item."""

    url: str
    label: NotRequired[str]
    autofillBehavior: NotRequired[str]


class SectionDict(TypedDict):
    """A section of an item."""

    id: str
    title: NotRequired[str]


class FieldDict(TypedDict):
    """A field of an item; its details depend on its type, and most are computed."""

    id: str
    title: NotRequired[str]
    sectionId: NotRequired[str | None]
    fieldType: NotRequired[str]
    value: NotRequired[str]
    details: NotRequired[dict[str, Any] | None]


class CodeDict(TypedDict):
    """The one-time password of a field, or why there is none."""

    code: str | None
    errorMessage: str | None


KeyPart: TypeAlias = Literal["publicKey", "fingerprint", "keyType"]


class KeyDict(TypedDict):
    """What is computed from a private key."""

    publicKey: str
    fingerprint: str
    keyType: str


class FileAttributesDict(TypedDict):
    """A file, without its key."""

    name: str
    id: str
    size: int


class FileDict(TypedDict):
    """A file of an item and where it stands."""

    attributes: FileAttributesDict
    sectionId: str
    fieldId: str


class ItemDict(TypedDict, total=False):
    """An item, whole or in part.

    A list shows what stands before `fields`; whoever wants its times as values
    has these in the place of texts. A new item has no id, version, state and
    times, and files and a document with their content (`NewFile`). An item that
    is read has `favorite` only if it is one; one that is written without the key
    stays what it was, because the models of the SDK have no place for it.
    """

    id: str
    vaultId: str
    version: int
    createdAt: str
    updatedAt: str
    lastEditedBy: str
    state: str
    deletedAt: str
    title: str
    category: str
    tags: list[str]
    websites: list[WebsiteDict]
    favorite: bool
    fields: list[FieldDict]
    sections: list[SectionDict]
    notes: str
    files: list[Any]
    document: Any


class ItemVersionDict(TypedDict):
    """A kept version, without its content."""

    version: int
    state: str
    updatedAt: str
    author: str
