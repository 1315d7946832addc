"""Between the stored documents of an environment and what callers see."""

import msgspec
import pytest

from strongroom.environments.codec import (
    edit_variables,
    join_environment,
    join_version,
    read_variables,
    store_variables,
)
from strongroom.environments.models import VariableEdit
from strongroom.environments.rules import VARIABLES_MAX
from strongroom.errors import InputError, IntegrityError
from strongroom.ids import format_id
from strongroom.wire.messages import ContainerState
from strongroom.wire.revisions import Revision, State
from strongroom.wire.signed import SignedBody

A = {"name": "A", "value": "1", "masked": False}
B = {"name": "B", "value": "2", "masked": True}
C = {"name": "C", "value": "3", "masked": False}
DETAILS = {"variables": [A, B]}


def names(details):
    return [row["name"] for row in details["variables"]]


def test_read():
    """Variables come in their order, without what this release does not know."""
    details = {"variables": [A | {"colour": "red"}, B], "profile": 1}
    assert read_variables(details, what="x") == [A, B]
    assert read_variables({}, what="x") == []


NOT_VARIABLES = {
    "no list": {"variables": {"A": "1"}},
    "texts": {"variables": ["A=1"]},
    "a number": {"variables": [A | {"value": 1}]},
    "no name": {"variables": [{"value": "1", "masked": False}]},
    "nothing said of masking": {"variables": [{"name": "A", "value": "1"}]},
    "two of one name": {"variables": [A, A]},
    "a name of two lines": {"variables": [A | {"name": "A\nB"}]},
    "a name with an equals sign": {"variables": [A | {"name": "A=B"}]},
}


@pytest.mark.parametrize("details", NOT_VARIABLES.values(), ids=NOT_VARIABLES)
def test_read_something_else(details):
    """What its author sealed instead of variables is refused, and not shown."""
    with pytest.raises(IntegrityError) as caught:
        read_variables(details, what="environment x")
    assert caught.value.layer == "document"
    assert caught.value.message == "environment x does not hold the variables of an environment"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_readers_have_no_limits_of_size():
    """A reader takes what a later release may have stored: numbers and sizes bind writers."""
    rows = [A | {"name": str(number)} for number in range(VARIABLES_MAX + 1)]
    assert len(read_variables({"variables": rows}, what="x")) == VARIABLES_MAX + 1


def test_store_replaces_all():
    """Storing replaces the list; unknown keys of documents and of kept variables stay."""
    details = {"variables": [A | {"colour": "red"}, B | {"colour": "blue"}], "profile": 1}
    stored = store_variables(details, [C, A | {"value": "new", "masked": True}])
    assert stored == {
        "profile": 1,
        "variables": [C, A | {"colour": "red", "value": "new", "masked": True}],
    }


def test_store_without_masked():
    """A variable of which nothing is said is not masked."""
    assert store_variables({}, [{"name": "A", "value": "1"}]) == {"variables": [A]}


def test_store_over_something_else():
    """Replacing all variables repairs what holds none."""
    for details in NOT_VARIABLES.values():
        assert store_variables(details, [A])["variables"] == [A]


@pytest.mark.parametrize("rows", [[A, A], [{"name": "A"}], [{"value": "1"}], [{}]])
def test_store_refuses(rows):
    """Doubled and incomplete variables are refused."""
    with pytest.raises(InputError):
        store_variables({}, rows)


def test_edit_keeps_places():
    """A changed variable keeps its place and mask, a new one comes last, unmasked."""
    edits = [VariableEdit("C", "3"), VariableEdit("B", "new")]
    assert edit_variables(DETAILS, edits)["variables"] == [A, B | {"value": "new"}, C]


def test_edit_without_value():
    """A change of the mask alone leaves the value; of a new variable it is empty."""
    edits = [VariableEdit("B", masked=False), VariableEdit("N", masked=True)]
    assert edit_variables(DETAILS, edits)["variables"][1:] == [
        B | {"masked": False},
        {"name": "N", "value": "", "masked": True},
    ]


def test_last_write_wins():
    """Of several changes of one name the last counts."""
    edits = [VariableEdit("A", "x"), VariableEdit("A", "y", masked=True), VariableEdit("A", "z")]
    row = edit_variables(DETAILS, edits)["variables"][0]
    assert row == {"name": "A", "value": "z", "masked": True}


def test_remove():
    """A removed variable is gone with all that it had, and can be made anew."""
    assert names(edit_variables(DETAILS, [VariableEdit("A", remove=True)])) == ["B"]
    anew = [VariableEdit("B", remove=True), VariableEdit("B", "x")]
    assert edit_variables(DETAILS, anew)["variables"][1] == {
        "name": "B",
        "value": "x",
        "masked": False,
    }


@pytest.mark.parametrize("name", ["C", "a", ""])
def test_remove_what_is_not_there(name):
    """A name that is not there is told, without being repeated."""
    edits = [VariableEdit("A", "1"), VariableEdit(name, remove=True)]
    with pytest.raises(InputError, match=r"^change 2 removes a variable that does not exist$"):
        edit_variables(DETAILS, edits)


def test_remove_twice():
    """The second removal of one name finds nothing."""
    for replace in (False, True):
        with pytest.raises(InputError):
            edit_variables(DETAILS, [VariableEdit("A", remove=True)] * 2, replace=replace)


def test_replace():
    """With `replace` only what is named stays, in the order of the changes, masks kept."""
    edits = [VariableEdit("C", "3"), VariableEdit("B", "new")]
    changed = edit_variables(DETAILS, edits, replace=True)
    assert changed["variables"] == [C, B | {"value": "new"}]
    assert edit_variables(DETAILS, [], replace=True) == {"variables": []}


def test_edit_leaves_the_stored_document():
    """A change makes a new document."""
    edit_variables(DETAILS, [VariableEdit("A", "x"), VariableEdit("B", remove=True)])
    assert DETAILS == {"variables": [A, B]}
    assert A["value"] == "1"


def test_edit_carries_unknown_keys():
    """An edit carries along what a newer client wrote, in the document and in its variables."""
    details = {"variables": [A | {"colour": "red"}, B], "profile": 1}
    edited = edit_variables(details, [VariableEdit("A", "x"), VariableEdit("C", "3")])
    assert edited == {
        "profile": 1,
        "variables": [A | {"colour": "red", "value": "x"}, B, C],
    }


def test_edit_of_something_else():
    """What holds no variables is not changed in part."""
    with pytest.raises(IntegrityError):
        edit_variables({"variables": ["A=1"]}, [VariableEdit("A", "1")])


STATE = ContainerState(
    id=b"e" * 16,
    record=SignedBody(b"", b""),
    sealed=(),
    created_ms=1_000,
    updated_ms=2_000,
)
REVISION = Revision(
    account=b"a" * 16,
    kind=2,
    container=b"e" * 16,
    epoch=1,
    access_rev=0,
    access_hash=b"h" * 32,
    generation=0,
    directory_rev=1,
    object=b"e" * 16,
    version=7,
    previous=b"p" * 32,
    state=State.ACTIVE,
    tag=b"\0" * 16,
    created_ms=3_000,
    updated_ms=4_000,
    author=b"u" * 16,
    author_fp=b"f" * 32,
    via=b"u" * 16,
    group_hash=b"",
    overview_hash=b"o" * 32,
    details_hash=b"d" * 32,
)


def test_facts():
    """Version and times are the signed ones; a document that says otherwise is not heard."""
    overview = {"title": "prod", "description": 7, "version": 9, "id": "x"}
    assert join_environment(STATE, REVISION, overview) == {
        "id": format_id(b"e" * 16),
        "title": "prod",
        "description": "",
        "version": 7,
        "createdAt": "1970-01-01T00:00:03.000000Z",
        "updatedAt": "1970-01-01T00:00:04.000000Z",
    }


def test_facts_without_own_object():
    """An environment that may not be read has an id, and times of the service."""
    found = join_environment(STATE, None, {})
    assert (found["title"], found["version"]) == ("", 0)
    assert found["createdAt"] == "1970-01-01T00:00:01.000000Z"


@pytest.mark.parametrize(("state", "word"), [(State.ACTIVE, "active"), (State.DELETED, "deleted")])
def test_version(state, word):
    """A kept version says its state, time and author."""
    row = join_version(msgspec.structs.replace(REVISION, state=state))
    assert row == {
        "version": 7,
        "state": word,
        "updatedAt": "1970-01-01T00:00:04.000000Z",
        "author": format_id(b"u" * 16),
    }
