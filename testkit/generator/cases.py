"""All cases, area by area in the order of section 19 of specs/formats.md."""

from collections.abc import Callable, Iterator
from pathlib import Path

from generator.case import Case
from generator.cases_access import record_form, record_good
from generator.cases_access_faults import record_bad
from generator.cases_access_groups import group_bad, group_good
from generator.cases_access_points import (
    account_container_cases,
    gap_signers,
    generation_cases,
    number_cases,
)
from generator.cases_authority import record_authority, step_cases
from generator.cases_enc_keys import enc_key_cases
from generator.cases_envelope import envelope_bad, envelope_good
from generator.cases_file import file_cases
from generator.cases_grant import grant_cases, keep_from, link_cases
from generator.cases_group_records import (
    group_chains,
    group_epochs,
    group_through_group,
    group_writing,
)
from generator.cases_group_signers import group_signer_histories, group_signers
from generator.cases_head import head_bad, head_good
from generator.cases_names import id_cases, pae_cases, title_cases
from generator.cases_path import path_good, path_shapes
from generator.cases_path_before import entry_bad, entry_good
from generator.cases_path_faults import path_bad
from generator.cases_path_gaps import gap_bad, gap_good
from generator.cases_request import nonce_cases, request_bad, request_good
from generator.cases_revision import revision_context, revision_form, revision_good
from generator.cases_revision_points import (
    gap_authors,
    revision_account,
    revision_generations,
    revision_group_bad,
    revision_group_good,
    revision_numbers,
)
from generator.cases_revision_rights import (
    revision_content,
    revision_permission,
    revision_record,
)
from generator.cases_root import root_bad, root_good, root_numbers
from generator.cases_secrets import kdf_cases, keyset_cases, secret_key_cases
from generator.cases_share import join_cases, share_cases
from generator.cases_token import token_bad, token_good

_MAKERS: tuple[Callable[[], Iterator[Case]], ...] = (
    pae_cases,
    id_cases,
    title_cases,
    secret_key_cases,
    kdf_cases,
    keyset_cases,
    enc_key_cases,
    envelope_good,
    envelope_bad,
    link_cases,
    root_good,
    root_bad,
    root_numbers,
    head_good,
    head_bad,
    path_good,
    path_shapes,
    path_bad,
    gap_good,
    gap_bad,
    entry_good,
    entry_bad,
    record_good,
    record_form,
    record_bad,
    record_authority,
    step_cases,
    gap_signers,
    generation_cases,
    number_cases,
    account_container_cases,
    group_good,
    group_bad,
    group_signers,
    group_signer_histories,
    group_epochs,
    group_writing,
    group_through_group,
    group_chains,
    revision_good,
    revision_form,
    revision_context,
    revision_record,
    revision_permission,
    revision_content,
    gap_authors,
    revision_generations,
    revision_numbers,
    revision_account,
    revision_group_good,
    revision_group_bad,
    token_good,
    token_bad,
    request_good,
    request_bad,
    nonce_cases,
    share_cases,
    join_cases,
    file_cases,
)


def all_cases(folder: Path) -> Iterator[Case]:
    """Every case; `folder` holds the sealed keys that an earlier run made."""
    for make in _MAKERS:
        yield from make()
    yield from grant_cases(keep_from(folder))
