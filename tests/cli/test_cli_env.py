"""`op env ls`: the names of variables that are references."""

from cli.program import Op

REFERENCES = {
    "ONE": "op://dev/db/password",
    "TWO": "op://dev/db/Admin/a b?attribute=otp",
    "KEY": "op://dev/key/private key?ssh-format=openssh",
    "FILE": "op://dev/paper/paper.txt?attr=name",
}
OTHERS = {
    "A": "",
    "B": "op://",
    "C": "op://dev/db",
    "D": "xop://dev/db/password",
    "E": "op://dev/db/a/b/c",
    "F": "{{ op://dev/db/password }}",
    "G": "op://dev/db/password?attribute=nothing",
    "H": "op://dev/db/password\nop://dev/db/password",
}


def names(op):
    return [name for name in op("env", "ls").out.splitlines() if name in REFERENCES | OTHERS]


def test_references(tmp_path):
    """It names what is a reference from end to end, and needs no account for it."""
    op = Op(tmp_path, **OTHERS, **REFERENCES)
    assert sorted(names(op)) == sorted(REFERENCES)
    assert sorted(op("env", "list", "--format", "json").json) == sorted(REFERENCES)


def test_nothing(tmp_path):
    """Without references it prints nothing, so that a job has nothing to do."""
    op = Op(tmp_path, **OTHERS)
    assert op("env", "ls").out == ""
    assert op("env", "ls", "--format", "json").json == []
