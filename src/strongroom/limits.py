"""Every limit that more than one module knows, with its reason.

Sources: specs/formats.md sections 3, 9, 10 and 17. A limit that only one
module needs stands in that module.
"""

from __future__ import annotations

from typing import Final

# Integers travel through JSON readers that hold numbers as doubles.
INTEGER_MAX: Final = 2**53 - 1

# A title, tag or e-mail beyond this is a mistake, and its envelope would not fit an overview.
OVERVIEW_BYTES_MAX: Final = 1024 * 1024
DETAILS_BYTES_MAX: Final = 8 * 1024 * 1024
DOCUMENT_DEPTH_MAX: Final = 32

FIELDS_PER_ITEM_MAX: Final = 1_000
TAGS_PER_ITEM_MAX: Final = 100
WEBSITES_PER_ITEM_MAX: Final = 100
FILES_PER_ITEM_MAX: Final = 100

# One transaction of this many revisions stays below the request body limit.
BATCH_MAX: Final = 10_000
PAGE_OBJECTS_MAX: Final = 1_000
PAGE_CONTAINERS_MAX: Final = 200
LOOKUP_ANSWERS_MAX: Final = 32

ACCESSORS_PER_CONTAINER_MAX: Final = 2_000
PRINCIPALS_PER_ACCOUNT_MAX: Final = 1_000_000
CONTAINERS_PER_PRINCIPAL_MAX: Final = 100_000
# What a request may name as known already: as many entries, and as many records, as containers.
KNOWN_MAX: Final = CONTAINERS_PER_PRINCIPAL_MAX
KEYSETS_PER_PRINCIPAL_MAX: Final = 16
AUTHORITY_STEPS_MAX: Final = 8
# Changes of one container's access between two visits of a client; more is years of neglect.
RECORD_WALK_MAX: Final = 10_000
REVISIONS_PER_OBJECT_MAX: Final = 100

DELETED_KEPT_MS: Final = 30 * 24 * 60 * 60 * 1000


# Ids of fields, sections and files inside documents are opaque text.
OPAQUE_ID_CHARACTERS_MAX: Final = 64
