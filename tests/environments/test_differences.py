"""What differs between two lists of variables."""

from hypothesis import given
from hypothesis import strategies as st

from strongroom.environments.differences import compare_variables

VARIABLES = st.dictionaries(
    st.sampled_from("ABCDEF"), st.tuples(st.sampled_from(["", "1", "2"]), st.booleans())
).map(lambda rows: [{"name": n, "value": v, "masked": m} for n, (v, m) in rows.items()])


@given(VARIABLES, VARIABLES)
def test_differences(before, after):
    """Each variable that came, went or changed is named once, with what changed; no other is."""
    old, new = ({row["name"]: row for row in rows} for rows in (before, after))
    found = {row.name: row for row in compare_variables(before, after)}
    assert found.keys() == {name for name in {*old, *new} if old.get(name) != new.get(name)}
    for name, row in found.items():
        change = "added" if name not in old else "removed" if name not in new else "changed"
        assert row.change == change
        assert (row.before, row.after) == (old.get(name), new.get(name))
        parts = ["value", "masked"] if change == "changed" else []
        assert row.parts == [part for part in parts if old[name][part] != new[name][part]]


@given(VARIABLES)
def test_same(rows):
    """Equal lists differ in nothing, whatever their order."""
    assert compare_variables(rows, rows[::-1]) == []


def test_order():
    """What was there comes in its order, then what is new in its own."""
    before = [{"name": name, "value": "", "masked": False} for name in "DAB"]
    after = [{"name": name, "value": "x", "masked": False} for name in "ZABY"]
    assert [row.name for row in compare_variables(before, after)] == [*"DABZY"]


def test_values_are_not_printed():
    """A difference holds values and shows its name only."""
    [row] = compare_variables([], [{"name": "A", "value": "tr0ub4dor", "masked": True}])
    assert repr(row) == "Difference(name='A')"
