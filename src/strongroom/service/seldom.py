"""The other half of the table of operations: accounts, people, invites, files, the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from strongroom.service.operation import Operation, RequestType, is_large, later
from strongroom.wire import audit, files, messages, people

SELDOM: Final[Mapping[RequestType, Operation]] = {
    # Nobody has an entry yet who makes an account or answers an invite, and nobody a key to sign
    # with who asks what the derivation of it takes.
    messages.CreateAccountRequest: Operation(
        later("commit", "create_account"), writes=True, anybody=True
    ),
    messages.CostsRequest: Operation(later("people.credentials", "read_costs"), anybody=True),
    messages.SeedRequest: Operation(later("people.credentials", "read_seed"), anybody=True),
    messages.CredentialsRequest: Operation(
        later("people.credentials", "change_credentials"), writes=True
    ),
    files.FileUploadRequest: Operation(later("objects.files", "upload"), writes=True),
    files.FileReadRequest: Operation(later("objects.files", "read"), takes_long=is_large),
    people.PeopleRequest: Operation(later("people.people", "list_people"), takes_long=is_large),
    people.RecordRequest: Operation(later("people.people", "read_record")),
    people.InviteCreateRequest: Operation(later("people.invites", "create_invite"), writes=True),
    people.InvitesRequest: Operation(later("people.invites", "list_invites")),
    people.InviteDeleteRequest: Operation(later("people.invites", "delete_invite"), writes=True),
    people.InviteOpenRequest: Operation(later("people.invites", "open_invite"), anybody=True),
    people.JoinRequest: Operation(later("people.invites", "join"), writes=True, anybody=True),
    audit.AuditLinkRequest: Operation(later("audit.chain", "link"), writes=True),
    audit.AuditListRequest: Operation(later("audit.chain", "list_rows"), takes_long=is_large),
}
