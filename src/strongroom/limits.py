"""Every limit that more than one module knows, with its reason.

Sources: specs/formats.md sections 3, 9, 10 and 17. A limit that only one
module needs stands in that module.
"""

from __future__ import annotations

from typing import Final

# Integers travel through JSON readers that hold numbers as doubles.
INTEGER_MAX: Final = 2**53 - 1
# Revs, access revs, versions and generations: far above what honest use reaches, and far enough
# below INTEGER_MAX that whatever was signed can still be followed by a larger number.
SEQUENCE_MAX: Final = 2**48 - 1

# A title, tag or e-mail beyond this is a mistake, and its envelope would not fit an overview.
OVERVIEW_BYTES_MAX: Final = 1024 * 1024
DETAILS_BYTES_MAX: Final = 8 * 1024 * 1024
DOCUMENT_DEPTH_MAX: Final = 32

FIELDS_PER_ITEM_MAX: Final = 1_000
TAGS_PER_ITEM_MAX: Final = 100
WEBSITES_PER_ITEM_MAX: Final = 100
FILES_PER_ITEM_MAX: Final = 100
# One chunk is what memory holds of a file; smaller ones would cost more round trips.
CHUNK_BYTES: Final = 1024 * 1024
# 16,384 chunks: more is a disk image, and its upload would not end before something breaks.
FILE_BYTES_MAX: Final = 16 * 1024**3

# One transaction of this many revisions stays below the request body limit.
BATCH_MAX: Final = 10_000
PAGE_OBJECTS_MAX: Final = 1_000
PAGE_CONTAINERS_MAX: Final = 200
LOOKUP_ANSWERS_MAX: Final = 32
# Ten thousand revisions of a usual size, or some of the largest.
REQUEST_BYTES_MAX: Final = 64 * 1024 * 1024
# An answer ends early once it has read so much: as many bytes as a request may have, and two rows
# for every look-up of the largest batch. The client asks for the rest.
ANSWER_BYTES_MAX: Final = REQUEST_BYTES_MAX
ANSWER_ROWS_MAX: Final = 2 * BATCH_MAX
# Entries with paths and keys: as many as one container has accessors, or some 5 MiB.
PRINCIPALS_PER_REQUEST_MAX: Final = 2_000

ACCESSORS_PER_CONTAINER_MAX: Final = 2_000
PRINCIPALS_PER_ACCOUNT_MAX: Final = 1_000_000
CONTAINERS_PER_PRINCIPAL_MAX: Final = 100_000
# What a request may name as known already: as many entries, and as many records, as containers.
KNOWN_MAX: Final = CONTAINERS_PER_PRINCIPAL_MAX
KEYSETS_PER_PRINCIPAL_MAX: Final = 16
# Suspensions that ended; whoever comes and goes more often is removed and invited anew.
GAPS_PER_PRINCIPAL_MAX: Final = 8
AUTHORITY_STEPS_MAX: Final = 8
# Changes of one container's access between two visits of a client; more is years of neglect.
RECORD_WALK_MAX: Final = 10_000
# By so much the head of an accepted restore is ahead, so that no rev is used twice (section 15).
RESTORE_REV_STEP: Final = 1_000_000
REVISIONS_PER_OBJECT_MAX: Final = 100

# A link lies in somebody's mail: three days outlive a weekend, and not much more.
INVITE_LIFETIME_MS: Final = 72 * 60 * 60 * 1000
# An upload that no revision names this long after its last chunk was given up.
UPLOAD_KEPT_MS: Final = 24 * 60 * 60 * 1000
DELETED_KEPT_MS: Final = 30 * 24 * 60 * 60 * 1000

# RFC 5321 section 4.5.3.1.3: a path has 256 octets, two of them brackets. Names of people have
# the same room.
EMAIL_CHARACTERS_MAX: Final = 254
NAME_CHARACTERS_MAX: Final = 254

# Ids of fields, sections and files inside documents are opaque text.
OPAQUE_ID_CHARACTERS_MAX: Final = 64
# Of a new password, refused when it is set only: what is shorter is guessed in hours.
PASSWORD_CHARACTERS_MIN: Final = 10
