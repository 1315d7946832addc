"""The tags of batches: what the engine's side of the SDK says, the models can hold."""

from __future__ import annotations

from typing import get_args

import pytest

from onepassword.types import ItemsGetAllError, ItemUpdateFailureReason, ResolveReferenceError
from strongroom.sdk import outcomes


@pytest.mark.parametrize(
    ("union", "failures"),
    [
        (ResolveReferenceError, outcomes._RESOLVE_FAILURES),
        (ItemsGetAllError, outcomes._READ_FAILURES),
        (ItemUpdateFailureReason, outcomes._WRITE_FAILURES),
    ],
)
def test_every_tag_has_a_model(union, failures):
    """Each tag is a variant of the union, and has a message exactly where the variant has one."""
    variants = {
        variant.model_fields["type"].default.value: "message" in variant.model_fields
        for variant in get_args(union)
    }
    assert variants == failures.tags
