"""The other half of the table of operations: accounts, people, invites, files, the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from strongroom.service.operation import Operation, RequestType, is_large, later
from strongroom.wire import audit, files, messages, people, requests

SELDOM: Final[Mapping[RequestType, Operation]] = {
    # Nobody has an entry yet who makes an account or answers an invite, and nobody a key to sign
    # with who asks what the derivation of it takes.
    messages.CreateAccountRequest: Operation(
        later(module="commit", name="create_account"), writes=True, anybody=True
    ),
    messages.CostsRequest: Operation(
        later(module="people.credentials", name="read_costs"), anybody=True
    ),
    messages.SeedRequest: Operation(
        later(module="people.credentials", name="read_seed"), anybody=True
    ),
    messages.CredentialsRequest: Operation(
        later(module="people.credentials", name="change_credentials"), writes=True
    ),
    # Which installation it is, is what everybody signs.
    requests.InstallationRequest: Operation(
        later(module="installation", name="read_installation"), anybody=True
    ),
    files.FileUploadRequest: Operation(later(module="objects.files", name="upload"), writes=True),
    files.FileReadRequest: Operation(
        later(module="objects.files", name="read"), takes_long=is_large
    ),
    people.PeopleRequest: Operation(
        later(module="people.people", name="list_people"), takes_long=is_large
    ),
    people.RecordRequest: Operation(later(module="people.people", name="read_record")),
    people.InviteCreateRequest: Operation(
        later(module="people.invites", name="create_invite"), writes=True
    ),
    people.InvitesRequest: Operation(later(module="people.invites", name="list_invites")),
    people.InviteDeleteRequest: Operation(
        later(module="people.invites", name="delete_invite"), writes=True
    ),
    people.InviteOpenRequest: Operation(
        later(module="people.invites", name="open_invite"), anybody=True
    ),
    people.JoinRequest: Operation(
        later(module="people.invites", name="join"), writes=True, anybody=True
    ),
    audit.AuditLinkRequest: Operation(later(module="audit.chain", name="link"), writes=True),
    audit.AuditListRequest: Operation(
        later(module="audit.chain", name="list_rows"), takes_long=is_large
    ),
}
