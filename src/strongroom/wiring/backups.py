"""Files that are homes: whether they hold an account, copies of them, and the way back."""

from __future__ import annotations

from pathlib import Path

from strongroom.addresses import parse_file_address
from strongroom.ids import NO_ACCOUNT, AccountId
from strongroom.store.sqlite.backup import backup, list_accounts
from strongroom.store.sqlite.backup import restore as restore_file
from strongroom.store.sqlite.files import is_unfinished


def back_up(url: str, target: Path, *, replace: bool = False) -> None:
    """Write a consistent copy of an account's database, while others use it.

    Args:
        replace: Whether a file of that name may be replaced.

    Raises:
        InputError: A wrong address, or the database itself.
        LocalFileError: The copy cannot be made there.
        StoreError: The database cannot be read.
    """
    backup(parse_file_address(url), target, replace=replace)


def holds_account(path: Path) -> bool:
    """Return whether a file holds an account; one that is missing or was never finished does not.

    Raises:
        StoreError: The file cannot be read, or is not a database of ours.
    """
    return path.exists() and not is_unfinished(path) and bool(list_accounts(path))


def restore(
    url: str, source: Path, *, account: AccountId = NO_ACCOUNT, force: bool = False
) -> None:
    """Replace an account's database by a backup, while others use it.

    Args:
        account: The account that the backup must hold, if one is known.
        force: Whether accounts may be missing from the backup.

    Raises:
        InputError: A wrong address, or the backup does not hold the account.
        LocalFileError: The database cannot be made there.
        StoreError: Backup or database cannot be used. All or nothing was changed: nothing,
            unless a disk failed or was full.
    """
    restore_file(source, parse_file_address(url), account=account, force=force)
