"""The one table of invocations: every message by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from strongroom.core.invocations import files, items, others, secrets, shares, vaults
from strongroom.core.invocations.base import ClientInvocation, StaticInvocation

_CLASSES: Final[tuple[type[ClientInvocation | StaticInvocation], ...]] = (
    secrets.SecretsResolve,
    secrets.SecretsResolveAll,
    secrets.ValidateSecretReference,
    secrets.GeneratePassword,
    items.ItemsCreate,
    items.ItemsCreateAll,
    items.ItemsGet,
    items.ItemsGetAll,
    items.ItemsPut,
    items.ItemsDelete,
    items.ItemsDeleteAll,
    items.ItemsArchive,
    items.ItemsList,
    files.ItemsFilesAttach,
    files.ItemsFilesRead,
    files.ItemsFilesDelete,
    files.ItemsFilesReplaceDocument,
    shares.ItemsSharesGetAccountPolicy,
    shares.ItemsSharesValidateRecipients,
    shares.ItemsSharesCreate,
    vaults.VaultsCreate,
    vaults.VaultsList,
    vaults.VaultsGetOverview,
    vaults.VaultsGet,
    vaults.VaultsUpdate,
    vaults.VaultsDelete,
    vaults.VaultsGrantGroupPermissions,
    vaults.VaultsUpdateGroupPermissions,
    vaults.VaultsRevokeGroupPermissions,
    others.GroupsGet,
    others.EnvironmentsGetVariables,
)

# Decoders are built here, once: two threads that have msgspec read a class at once would crash.
DECODERS: Final[Mapping[str, msgspec.json.Decoder[ClientInvocation | StaticInvocation]]] = {
    one.__name__: msgspec.json.Decoder(one) for one in _CLASSES
}
