"""What was deleted is dropped after 30 days, with the next write, and not a moment earlier."""

import pytest

from strongroom.limits import DELETED_KEPT_MS
from strongroom.wire.messages import HistoryRequest
from strongroom.wire.revisions import State, parse_revision
from support.keeper import NOW, commit, opened


def kept(keeper, owner, object_id):
    """Return the kept versions of an object."""
    request = HistoryRequest(container=owner.vault, object=object_id)
    answer = keeper.call(request, owner.me)
    return [parse_revision(row.body).version for row in answer.revisions]


@pytest.mark.parametrize(
    ("waited", "there"), [(DELETED_KEPT_MS - 1, True), (DELETED_KEPT_MS, False)]
)
def test_deleted_items(keeper, owner, object_id, waited, there):
    """A deleted item goes with the first write after 30 days; a living one never goes."""
    living, deleted, other = (bytes([number]) + object_id[1:] for number in range(1, 4))
    first, second = owner.seal(living), owner.seal(deleted)
    gone = owner.seal(deleted, before=opened(second), state=State.DELETED)
    keeper.call(commit(first, second, gone), owner.me)
    assert kept(keeper, owner, deleted) == [2, 1]
    keeper.call(commit(owner.seal(other)), owner.me, now=NOW + waited)
    assert kept(keeper, owner, deleted) == ([2, 1] if there else [])
    assert kept(keeper, owner, living) == [1]
