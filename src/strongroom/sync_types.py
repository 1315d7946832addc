"""What editors and type checkers see of `SyncClient`; nothing imports this at runtime.

A line for each method, made from the async method, so that arguments and
results are written once. A test compares the names with the async classes.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from onepassword._facade.file_streams import FileStream, SyncFileStream
from onepassword.environments import Environments
from onepassword.groups import Groups
from onepassword.items import Items
from onepassword.items_files import ItemsFiles
from onepassword.items_shares import ItemsShares
from onepassword.secrets import Secrets
from onepassword.users import Users
from onepassword.vaults import Vaults

P = ParamSpec("P")
R = TypeVar("R")


class _Sync(Generic[P, R]):
    """A method without its `await`."""

    def __init__(self, method: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]) -> None:
        self._method = method

    def __get__(self, instance: object, owner: type) -> Callable[P, R]:
        raise NotImplementedError


class _SyncStream(Generic[P]):
    """A method without its `await`, whose result has none either."""

    def __init__(
        self, method: Callable[Concatenate[Any, P], Coroutine[Any, Any, FileStream]]
    ) -> None:
        self._method = method

    def __get__(self, instance: object, owner: type) -> Callable[P, SyncFileStream]:
        raise NotImplementedError


class SyncSecrets:
    """`onepassword.secrets.Secrets`."""

    resolve = _Sync(Secrets.resolve)
    resolve_all = _Sync(Secrets.resolve_all)
    validate_secret_reference = staticmethod(Secrets.validate_secret_reference)
    generate_password = staticmethod(Secrets.generate_password)


class SyncItemsShares:
    """`onepassword.items_shares.ItemsShares`."""

    get_account_policy = _Sync(ItemsShares.get_account_policy)
    validate_recipients = _Sync(ItemsShares.validate_recipients)
    create = _Sync(ItemsShares.create)


class SyncItemsFiles:
    """`onepassword.items_files.ItemsFiles`."""

    attach = _Sync(ItemsFiles.attach)
    attach_stream = _Sync(ItemsFiles.attach_stream)
    read = _Sync(ItemsFiles.read)
    read_stream = _SyncStream(ItemsFiles.read_stream)
    delete = _Sync(ItemsFiles.delete)
    replace_document = _Sync(ItemsFiles.replace_document)
    replace_document_stream = _Sync(ItemsFiles.replace_document_stream)


class SyncItems:
    """`onepassword.items.Items`."""

    shares: SyncItemsShares
    files: SyncItemsFiles
    create = _Sync(Items.create)
    create_all = _Sync(Items.create_all)
    get = _Sync(Items.get)
    get_all = _Sync(Items.get_all)
    put = _Sync(Items.put)
    delete = _Sync(Items.delete)
    delete_all = _Sync(Items.delete_all)
    archive = _Sync(Items.archive)
    list = _Sync(Items.list)
    history = _Sync(Items.history)
    get_version = _Sync(Items.get_version)
    restore = _Sync(Items.restore)
    list_deleted = _Sync(Items.list_deleted)
    recover = _Sync(Items.recover)


class SyncVaults:
    """`onepassword.vaults.Vaults`."""

    create = _Sync(Vaults.create)
    list = _Sync(Vaults.list)
    get_overview = _Sync(Vaults.get_overview)
    get = _Sync(Vaults.get)
    update = _Sync(Vaults.update)
    delete = _Sync(Vaults.delete)
    grant_group_permissions = _Sync(Vaults.grant_group_permissions)
    update_group_permissions = _Sync(Vaults.update_group_permissions)
    revoke_group_permissions = _Sync(Vaults.revoke_group_permissions)
    grant_user_permissions = _Sync(Vaults.grant_user_permissions)
    update_user_permissions = _Sync(Vaults.update_user_permissions)
    revoke_user_permissions = _Sync(Vaults.revoke_user_permissions)


class SyncGroups:
    """`onepassword.groups.Groups`."""

    get = _Sync(Groups.get)
    list = _Sync(Groups.list)
    create = _Sync(Groups.create)
    update = _Sync(Groups.update)
    delete = _Sync(Groups.delete)
    members = _Sync(Groups.members)
    add_member = _Sync(Groups.add_member)
    remove_member = _Sync(Groups.remove_member)


class SyncUsers:
    """`onepassword.users.Users`."""

    get = _Sync(Users.get)
    list = _Sync(Users.list)


class SyncEnvironments:
    """`onepassword.environments.Environments`."""

    get_variables = _Sync(Environments.get_variables)
