r"""Each dialect of `.env` text against the programs that it is named after."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.environments.dialects import Dialect
from strongroom.environments.dotenv import DOCKER_LINE_BYTES_MAX, parse_dotenv
from strongroom.errors import InputError
from support.docker_client import read_by_client
from support.env_readers import Node, node_programs, read_docker, read_python

BS = "\\"


@pytest.fixture(scope="module", params=node_programs().values(), ids=node_programs())
def node(request):
    """A Node.js: the one of the requirements, or the one of this computer."""
    opened = Node(request.param)
    yield opened
    opened.close()


def read(text, dialect):
    return {line.name: line.value for line in parse_dotenv(text, what="x", dialect=dialect)}


def read_or_none(text, dialect):
    try:
        return read(text, dialect)
    except InputError:
        return None


# What each program makes of a value; None where the dialect refuses it.
TABLE = {
    "a tab escaped": (r'A="x\ty"', "x\ty", r"x\ty", r'"x\ty"'),
    "a quote escaped": (r'A="q\"r"', 'q"r', None, r'"q\"r"'),
    "a backslash escaped": (r'A="s\\t"', r"s\t", r"s\\t", r'"s\\t"'),
    "a dollar escaped": (r'A="u\$v"', r"u\$v", r"u\$v", r'"u\$v"'),
    "backticks": ("A=`b'\"c`", "`b'\"c`", "b'\"c", "`b'\"c`"),
    "a path": (r'A="C:\new\table"', "C:\new\table", "C:\new\\table", r'"C:\new\table"'),
    "an expansion": ("A=${OTHER}", None, "${OTHER}", "${OTHER}"),
    "an expansion in quotes": ("A='${OTHER}'", None, "${OTHER}", "'${OTHER}'"),
    "a dollar": ("A=$B", "$B", "$B", "$B"),
    "blanks": ("A = v", "v", "v", None),
    "a blank behind": ("A= v", "v", "v", " v"),
    "blanks at the end": ("A=v  ", "v", "v", "v  "),
    "a comment": ("A=v # c", "v", "v", "v # c"),
    "a hash": ("A=v#c", "v#c", "v", "v#c"),
    "a hash at once": ("A=#c", None, "", "#c"),
    "a comment behind quotes": ("A='v' # c", "v", "v", "'v' # c"),
    "export": ("export A=v", "v", "v", None),
    "export and a tab": ("export\tA=v", "v", None, None),
    "single quotes": ("A='v'", "v", "v", "'v'"),
    "two backslashes in single quotes": (r"A='s\\t'", r"s\t", r"s\\t", r"'s\\t'"),
    "a quote in single quotes": (r"A='a\'b'", "a'b", None, r"'a\'b'"),
    "a backslash at the end": ("A='a\\'", None, "a\\", "'a\\'"),
    "several lines": ("A='a\nb'", "a\nb", "a\nb", None),
    "several lines in backticks": ("A=`a\nb`", None, "a\nb", None),
    "nothing": ("A=", "", "", ""),
    "a blank alone": ("A= ", "", None, " "),
    "a byte order mark": ("\ufeffA=v", "v", None, "v"),
    "lines of Windows": ("A=v\r\n", "v", "v", "v"),
    "a carriage return inside": ("A=v\rw", None, None, "v\rw"),
    "a name alone": ("A", None, None, None),
    "a name of other letters": ("é=v", None, None, "v"),
}


@pytest.mark.parametrize(("text", "python", "node", "docker"), TABLE.values(), ids=TABLE)
def test_table(text, python, node, docker):
    """What differs among programs is read under the dialect of each as told, or refused."""
    told = {Dialect.PYTHON: python, Dialect.NODE: node, Dialect.DOCKER: docker}
    for dialect, value in told.items():
        found = read_or_none(text, dialect)
        assert (found and next(iter(found.values()))) == value, dialect


@pytest.mark.parametrize("text", [row[0] for row in TABLE.values()], ids=TABLE)
@pytest.mark.parametrize("end", ["", "\nB='w'\n"], ids=["alone", "before another"])
def test_table_by_the_programs(node, text, end):
    """The real programs read every line of the table as our reader does."""
    for dialect, reads in readers(node).items():
        for reader in reads:
            found = read_or_none(text + end, dialect)
            assert found is None or found == reader(text + end), dialect


def readers(node):
    return {
        Dialect.COMMON: [read_python, node.read],
        Dialect.PYTHON: [read_python],
        Dialect.NODE: [node.read],
        Dialect.DOCKER: [read_docker],
    }


# What has a meaning for some program, so that texts are made of little else.
PIECES = st.sampled_from(
    [
        *"'\"`#$ =\\\n\t\rab{}:\x0b\x0c\x1c\x7f\x85\xa0\u2028\u3000\ufeffé",
        *("\r\n", "A=", "B=", "A =", "export ", "='", '="', "=`", "\\n", "\\t", '\\"', "\\'"),
        *("\\\\", "${", "$A", " #", "\n#", "A.b=", "1=", "'\n", '"\n', "`\n", "\nA=", "''", '""'),
        *("\nC='", '\nD="', "   ", "export", " = ", "# it's\n"),
    ]
)
BODIES = st.lists(PIECES, max_size=6).map("".join)
LINES = st.builds(
    lambda before, name, equals, quote, body, after, end: "".join(
        [before, name, equals, quote, body.replace(quote, "") if quote else body, quote, after, end]
    ),
    st.sampled_from(["", "", "", " ", "export ", "export  ", "\t", " export ", "# it's\n", " #\n"]),
    st.sampled_from(["A", "B", "C", "a.b", "x-y", "export"]),
    st.sampled_from(["=", "=", "=", " = ", "= ", " =", "=\t"]),
    st.sampled_from(["", "'", '"', "`"]),
    BODIES,
    st.sampled_from(["", "", " ", "\t", " # c", "#c", " # it's", '# "q', "\r"]),
    st.sampled_from(["\n", "\n", "\r\n", "\n\n", ""]),
)
TEXTS = st.lists(LINES, max_size=4).map("".join) | st.builds(
    lambda start, rest: start + "".join(rest),
    st.sampled_from(["", "A=", "A='", 'A="', "A=`"]),
    st.lists(PIECES, max_size=14),
)


@given(text=TEXTS)
def test_made_texts(node, text):
    """Whatever a dialect reads, its program reads the same; without one, all programs do."""
    for dialect, reads in readers(node).items():
        found = read_or_none(text, dialect)
        for reader in reads if found is not None else []:
            assert found == reader(text), dialect


@given(st.lists(BODIES.map(lambda body: f"A={body}\n")).map("".join))
def test_docker_reads_what_has_no_quotes(text):
    """Without a dialect, what stands in no quotes is the same for Docker, too."""
    found = read_or_none(text, Dialect.COMMON)
    if found is not None and not any(f"A={quote}" in text for quote in "'\""):
        assert found == read_docker(text)


@pytest.mark.parametrize("dialect", [Dialect.COMMON, Dialect.PYTHON, Dialect.NODE])
def test_an_expansion_is_no_value(monkeypatch, dialect):
    """No value depends on the variables of whoever imports it."""
    monkeypatch.setenv("OTHER", "hunter2")
    for text in ("A=${OTHER}", "A='${OTHER}'", 'A="${OTHER}"', "A=${OTHER:-x}"):
        assert "hunter2" not in str(read_or_none(text, dialect))
    assert read_python("A='${OTHER}'") == {"A": "hunter2"}


def test_longest_docker_line():
    """Docker reads lines of 65,535 bytes; a longer one is refused, also if it says nothing."""
    longest = "A=" + "x" * (DOCKER_LINE_BYTES_MAX - 2)
    assert read(longest, Dialect.DOCKER) == read_docker(longest)
    for text in (longest + "x", f"B=1\n{longest}x\n", "#" * (DOCKER_LINE_BYTES_MAX + 1)):
        with pytest.raises(InputError, match="at which Docker stops"):
            read(text, Dialect.DOCKER)
        with pytest.raises(ValueError, match="too long"):
            read_docker(text)


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker on this computer")
def test_docker_by_the_client(tmp_path):
    """What stands in for Docker reads as its client does, which sends variables to a service."""
    texts = [row[0] for row in TABLE.values()]
    longest = "A=" + "x" * (DOCKER_LINE_BYTES_MAX - 2)
    for text in [*texts, *[f"{text}\nB=w\n" for text in texts], longest, f"{longest}x"]:
        try:
            expected = read_docker(text)
        except ValueError:
            expected = None
        assert read_by_client(tmp_path, text) == expected, text[:80]
