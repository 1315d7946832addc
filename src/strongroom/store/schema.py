"""The schema and its numbered migrations.

What stands here is all that the service ever sees: sealed blobs, signed
bodies, and the facts that specs/formats.md section 0 (9) lists.
"""

from __future__ import annotations

from typing import Final

# "SRDB" as a big-endian integer: what `file` and SQLite report of a Strongroom database.
APPLICATION_ID: Final = 0x53524442

# Versions 1 and 2 were written before version 1 of the formats was final: nothing reads them.
FIRST_VERSION: Final = 3

_FIRST: Final = (
    # One row: the id that requests name, and a secret from which answers about nobody are made.
    """CREATE TABLE installation (
        id BLOB NOT NULL PRIMARY KEY,
        secret BLOB NOT NULL
    )""",
    """CREATE TABLE accounts (
        id BLOB NOT NULL PRIMARY KEY,
        created_ms INTEGER NOT NULL
    )""",
    """CREATE TABLE users (
        account BLOB NOT NULL,
        id BLOB NOT NULL,
        email TEXT NOT NULL,
        salt BLOB NOT NULL,
        t INTEGER NOT NULL,
        m INTEGER NOT NULL,
        lanes INTEGER NOT NULL,
        keyset INTEGER NOT NULL,
        seed BLOB NOT NULL,
        auth_pk BLOB NOT NULL,
        PRIMARY KEY (account, id),
        UNIQUE (account, email)
    )""",
    """CREATE TABLE roots (
        account BLOB NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (account, version)
    )""",
    """CREATE TABLE root_signatures (
        account BLOB NOT NULL,
        version INTEGER NOT NULL,
        signer BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (account, version, signer)
    )""",
    """CREATE TABLE heads (
        account BLOB NOT NULL,
        rev INTEGER NOT NULL,
        body BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (account, rev)
    )""",
    """CREATE TABLE entries (
        account BLOB NOT NULL,
        position INTEGER NOT NULL,
        principal BLOB NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (account, position),
        UNIQUE (account, principal)
    )""",
    # The public keys of open keysets; of service accounts the key that signs requests, too.
    """CREATE TABLE keysets (
        account BLOB NOT NULL,
        principal BLOB NOT NULL,
        fp BLOB NOT NULL,
        enc_pk BLOB NOT NULL,
        auth_pk BLOB NOT NULL,
        PRIMARY KEY (account, principal, fp)
    )""",
    """CREATE TABLE tree (
        account BLOB NOT NULL,
        height INTEGER NOT NULL,
        position INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (account, height, position)
    )""",
    """CREATE TABLE containers (
        account BLOB NOT NULL,
        id BLOB NOT NULL,
        kind INTEGER NOT NULL,
        access_rev INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        deleted_ms INTEGER NOT NULL,
        active_items INTEGER NOT NULL,
        content_version INTEGER NOT NULL,
        attribute_version INTEGER NOT NULL,
        created_ms INTEGER NOT NULL,
        updated_ms INTEGER NOT NULL,
        PRIMARY KEY (account, id)
    )""",
    """CREATE TABLE access_records (
        account BLOB NOT NULL,
        container BLOB NOT NULL,
        access_rev INTEGER NOT NULL,
        hash BLOB NOT NULL,
        body BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (account, container, access_rev),
        UNIQUE (account, hash)
    )""",
    """CREATE TABLE accessors (
        account BLOB NOT NULL,
        principal BLOB NOT NULL,
        container BLOB NOT NULL,
        fp BLOB NOT NULL,
        permissions INTEGER NOT NULL,
        sealed_hash BLOB NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (account, principal, container, fp)
    )""",
    "CREATE INDEX accessors_by_container ON accessors (account, container)",
    """CREATE TABLE epochs (
        account BLOB NOT NULL,
        container BLOB NOT NULL,
        epoch INTEGER NOT NULL,
        link BLOB NOT NULL,
        live_objects INTEGER NOT NULL,
        PRIMARY KEY (account, container, epoch)
    )""",
    """CREATE TABLE objects (
        account BLOB NOT NULL,
        container BLOB NOT NULL,
        id BLOB NOT NULL,
        version INTEGER NOT NULL,
        state INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        tag BLOB NOT NULL,
        updated_ms INTEGER NOT NULL,
        PRIMARY KEY (account, container, id)
    )""",
    "CREATE INDEX objects_by_tag ON objects (account, container, tag, state, id)",
    "CREATE INDEX objects_by_state ON objects (account, container, state, id)",
    """CREATE TABLE revisions (
        account BLOB NOT NULL,
        container BLOB NOT NULL,
        object BLOB NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        signature BLOB NOT NULL,
        overview BLOB NOT NULL,
        details BLOB NOT NULL,
        PRIMARY KEY (account, container, object, version)
    )""",
    """CREATE TABLE invites (
        account BLOB NOT NULL,
        id BLOB NOT NULL,
        email TEXT NOT NULL,
        role TEXT NOT NULL,
        expires_ms INTEGER NOT NULL,
        created_ms INTEGER NOT NULL,
        creator BLOB NOT NULL,
        sealed BLOB NOT NULL,
        joiner BLOB NOT NULL,
        enc_pk BLOB NOT NULL,
        sign_pk BLOB NOT NULL,
        mac BLOB NOT NULL,
        PRIMARY KEY (account, id)
    )""",
    """CREATE TABLE keyset_ends (
        account BLOB NOT NULL,
        principal BLOB NOT NULL,
        fp BLOB NOT NULL,
        ends_ms INTEGER NOT NULL,
        PRIMARY KEY (account, principal, fp)
    )""",
    # Position 0 and no hash until a row is linked; until then tick and id say in which order.
    """CREATE TABLE audit (
        account BLOB NOT NULL,
        id BLOB NOT NULL,
        position INTEGER NOT NULL,
        tick INTEGER NOT NULL,
        created_ms INTEGER NOT NULL,
        actor BLOB NOT NULL,
        actor_kind INTEGER NOT NULL,
        action TEXT NOT NULL,
        object_type TEXT NOT NULL,
        object BLOB NOT NULL,
        aux BLOB NOT NULL,
        aux_info TEXT NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (account, id)
    )""",
    "CREATE INDEX audit_in_order ON audit (account, position, tick, id)",
    "CREATE UNIQUE INDEX audit_by_position ON audit (account, position) WHERE position > 0",
    # A file is open for chunks until a revision names it, and has an end (0: none) while none does.
    """CREATE TABLE files (
        account BLOB NOT NULL,
        container BLOB NOT NULL,
        id BLOB NOT NULL,
        creator BLOB NOT NULL,
        chunks INTEGER NOT NULL,
        stored INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL,
        PRIMARY KEY (account, container, id)
    )""",
    "CREATE INDEX files_by_end ON files (account, container, expires_ms)",
    "CREATE INDEX files_by_creator ON files (account, creator) WHERE expires_ms > 0",
    """CREATE TABLE file_chunks (
        account BLOB NOT NULL,
        container BLOB NOT NULL,
        file BLOB NOT NULL,
        position INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (account, container, file, position)
    )""",
    # The last version of an object that names a file: with that revision the file goes.
    """CREATE TABLE object_files (
        account BLOB NOT NULL,
        container BLOB NOT NULL,
        object BLOB NOT NULL,
        file BLOB NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (account, container, object, file)
    )""",
    "CREATE INDEX object_files_by_file ON object_files (account, container, file)",
)

# By its stamp a client learns whether anybody changed an account (`service.stamps`). The groups
# of an account are asked for with every request.
_STAMPS: Final = (
    """CREATE TABLE account_stamps (
        account BLOB NOT NULL PRIMARY KEY,
        stamp BLOB NOT NULL
    )""",
    "CREATE INDEX groups_by_id ON containers (account, id) WHERE kind = 3 AND deleted_ms = 0",
)

# The first migration makes version `FIRST_VERSION` out of nothing, each later one the next version
# out of the one before; each runs in one transaction.
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _STAMPS)
SCHEMA_VERSION: Final = FIRST_VERSION + len(MIGRATIONS) - 1
# What `sqlite_schema` says after each of them, hashed (`store.sqlite.schema`).
SCHEMA_DIGESTS: Final[tuple[str, ...]] = (
    "91de34a4ba6fd26506b9677c226b22519c9dd929b42458e6df3dea55e8653d16",
    "f9e71fd52f52b8254e161b1911ff484784e2b1cfd479bf07ef4434edcd723b25",
)
