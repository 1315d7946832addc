"""The flags and variables that every command takes: what each does, in the whole program."""

import re

import pytest

from cli.program import PASSWORD, SECRET, Op, make_account

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ON = {"OP_BIOMETRIC_UNLOCK_ENABLED": "true", "OP_CACHE": "false", "OP_NO_COLOR": "1"}


@pytest.fixture(scope="module")
def kanji(op):
    """The owner, with an item whose title and value are not ASCII."""
    item = ("--vault", "dev", "--category", "login", "--title", "金庫", "note[text]=扉")
    return op.with_(ID=op("item", "create", *item, "--format", "json").json["id"])


ENCODINGS = {
    "UTF-8": "utf-8",
    "shift_jis": "shift_jis",
    "Shift-JIS": "shift_jis",
    "sjis": "shift_jis",
    "GBK": "gbk",
}
WRITERS = {
    "an item": ("item", "get", "{}"),
    "JSON": ("item", "get", "{}", "--format", "json"),
    "a list": ("item", "list"),
}


@pytest.mark.parametrize(("name", "encoding"), ENCODINGS.items())
def test_encoding(kanji, name, encoding):
    """A value comes in the encoding that was asked for, under each of its names."""
    reference = f"op://dev/{kanji.environment['ID']}/note"
    assert kanji.bytes("read", reference, "--encoding", name) == "扉\n".encode(encoding)


@pytest.mark.parametrize("arguments", WRITERS.values(), ids=WRITERS)
def test_encoding_of_everything(kanji, arguments):
    """So does all that is written to standard output."""
    words = [word.format(kanji.environment["ID"]) for word in arguments]
    plain = kanji.bytes(*words).decode()
    assert not plain.isascii()
    assert kanji.bytes(*words, "--encoding", "gbk") == plain.encode("gbk")


def test_encoding_of_what_is_filled_in(kanji):
    """A template, too."""
    template = f"op://dev/{kanji.environment['ID']}/note"
    assert kanji.bytes("inject", "--encoding=sjis", given=template) == "扉\n".encode("shift_jis")


@pytest.mark.parametrize("name", ["koi8-r", "hex"])
def test_unknown_encoding(op, name):
    """Other names are refused, also those that Python knows."""
    assert op.run("vault", "list", "--encoding", name).error == f"unknown encoding '{name}'"


TIMES = {
    "vault get": ("vault", "get", "dev"),
    "item get": ("item", "get", "db"),
    "item list": ("item", "list", "--long"),
    "item history": ("item", "history", "db"),
    "user get": ("user", "get", "--me"),
}


@pytest.mark.parametrize("name", TIMES)
def test_iso_timestamps(op, name):
    """The flag and the variable turn ages into exact times."""
    words = TIMES[name]
    assert not ISO.search(op(*words).out)
    by_flag, by_variable = (
        op(*words, "--iso-timestamps"),
        op.with_(OP_ISO_TIMESTAMPS="true")(*words),
    )
    assert by_flag.out == by_variable.out
    assert ISO.search(by_flag.out)


def test_flags_without_effect(op):
    """What other releases know is taken, and changes nothing."""
    expected = op("item", "get", "db", "--iso-timestamps").out
    for flags in (["--cache", "--no-color"], ["--cache=false", "--no-color=true"]):
        assert op(*flags, "item", "get", "db", "--iso-timestamps").out == expected
    assert op.with_(**ON)("item", "get", "db", "--iso-timestamps").out == expected
    refused = op.run("--cache=perhaps", "item", "get", "db")
    assert refused.error.startswith('invalid argument "perhaps" for "--cache" flag')


def test_format(op):
    """The flag goes before the variable, capitals do not matter, and other words are refused."""
    json = op.with_(OP_FORMAT="JSON")
    assert json("vault", "get", "dev").json["name"] == "dev"
    assert json("vault", "get", "dev", "--format", "human-readable").out.startswith("ID:")
    for refused in (
        op.with_(OP_FORMAT="xml").run("vault", "list"),
        op.run("vault", "list", "--format=xml"),
    ):
        assert refused.error == "unknown output format 'xml'"


def test_archive_by_variable(op):
    """OP_INCLUDE_ARCHIVE does for lists and look-ups what the flag does."""
    title = "old one"
    item = ("--vault", "dev", "--category", "login", "--title", title, "a=b")
    op("item", "create", *item)
    op("item", "delete", title, "--archive")
    op("document", "create", "kit.txt", "--vault", "dev", "--title", f"{title} file")
    op("document", "delete", f"{title} file", "--archive")
    wanted = op.with_(OP_INCLUDE_ARCHIVE="true")
    for noun, name in (("item", title), ("document", f"{title} file")):
        assert name not in op(noun, "list").out
        assert op.run(noun, "get", name).code == 1
        assert name in wanted(noun, "list").out
        assert wanted(noun, "get", name).out
    assert title not in op.with_(OP_INCLUDE_ARCHIVE="false")("item", "list").out


def lines(done):
    """Return what --debug says, without its beginning; there must be nothing else."""
    pattern = re.compile(r"\[DEBUG\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d (.*)")
    return [pattern.fullmatch(line)[1] for line in done.err.splitlines()]


def test_debug(op):
    """It says what runs, where, as whom, and each call; standard output is the same."""
    plain = op("item", "get", "db", "--format", "json").out
    done = op.run("item", "--debug", "get", "db", "--format", "json")
    assert (done.code, done.out) == (0, plain)
    said = lines(done)
    assert said[:2] == ["command: op item get", f"home: {op.environment['STRONGROOM_HOME']}"]
    assert said[2].startswith("account: Home, ana@example.org, file://")
    assert said[3] == "session: OP_SESSION"
    assert re.fullmatch(r"call: sync, done in \d+\.\d ms", said[4])
    by_variable = op.with_(OP_DEBUG="true").run("read", "op://dev/db/username")
    assert by_variable.out == "app\n"
    assert lines(by_variable)[0] == "command: op read"


def test_debug_of_a_service_account(reader, tmp_path):
    """With a token it names the variable, and calls that fail name their error."""
    done = reader.run("read", "op://dev/db/username", "--debug")
    assert lines(done)[:2] == [
        "command: op read",
        "credential: OP_SERVICE_ACCOUNT_TOKEN; no local files",
    ]
    kept = reader.with_(STRONGROOM_STATE=str(tmp_path / "state"))
    done = kept.run("read", "op://dev/db/username", "--debug")
    assert lines(done)[1] == f"credential: OP_SERVICE_ACCOUNT_TOKEN; state: {tmp_path / 'state'}"
    # People who were invited are for others to see, and the list goes without them.
    assert re.search(
        r"call: invites/list, ForbiddenError in ", reader.run("--debug", "user", "list").err
    )


def test_debug_shows_no_secret(tmp_path):
    """Passwords, sessions, tokens, Secret Keys, titles and values stand in none of its lines."""
    op = make_account(tmp_path)[0].with_(OP_DEBUG="true")
    key = re.search(r"SR1-\S+", (tmp_path / "kit.txt").read_text())[0]
    said, secrets = "", [PASSWORD, key, SECRET, "title-canary", "value-canary"]

    def run(program, *arguments, given=None):
        nonlocal said
        done = program.run(*arguments, given=given)
        assert done.code == 0, done.err
        said += done.err
        return done.out.strip()

    session = run(op, "signin", "--raw", given=PASSWORD)
    flags = ("--session", session)
    run(op, *flags, "vault", "create", "dev")
    item = ("--vault", "dev", "--category", "login", "--title", "title-canary")
    run(op, *flags, "item", "create", *item, "username=value-canary", "password=-", given=SECRET)
    run(op, *flags, "item", "get", "title-canary", "--reveal")
    run(op, *flags, "item", "edit", "title-canary", "pin=value-canary")
    run(op, *flags, "read", "op://dev/title-canary/password")
    token = run(op, *flags, "service-account", "create", "title-canary", "--vault", "dev", "--raw")
    robot = op.with_(OP_SERVICE_ACCOUNT_TOKEN=token, OP_SESSION="")
    run(robot, "read", "op://dev/title-canary/password")
    run(robot.with_(X="op://dev/title-canary/password"), "run", "--", "printenv", "X")
    other = Op(tmp_path).with_(
        STRONGROOM_HOME=str(tmp_path / "other"), OP_DEBUG="1", OP_SECRET_KEY=key
    )
    address = ("--address", (tmp_path / "vault.db").as_uri(), "--email", "ana@example.org")
    run(other, "account", "add", *address, "--signin", "--raw", given=PASSWORD)
    for secret in (*secrets, session, token):
        assert secret not in said
    assert said.count("command: op ") == 10
    assert said.count("call: ") > 10
