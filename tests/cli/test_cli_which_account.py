"""Which account and which credential count, where a computer or a shell has several."""

import pytest

from cli.people import answer, invite
from cli.program import EMAIL, PASSWORD, Op, make_account, sign_in, type_in

TOKEN_IS_SET = "OP_SERVICE_ACCOUNT_TOKEN is set, so commands act as that service account"


def make_other(op, name="Other"):
    """Make a second account on a computer, of the same person."""
    op(
        *("account", "create", "--url", (op.folder / "other.db").as_uri(), "--name", name),
        *("--email", EMAIL, "--password-stdin", "--kit", f"{name}.txt"),
        given=PASSWORD,
    )


def whose(op):
    """Return the id of the account that commands are about."""
    return op("whoami", "--format", "json").json["account_uuid"]


def id_of(op, name):
    """Return the id of an account on this computer, by its name."""
    [line] = [line for line in op("account", "list").out.splitlines() if line.endswith(name)]
    user = line.split()[2]
    rows = op("account", "list", "--format", "json").json
    return next(row["account_uuid"] for row in rows if row["user_uuid"] == user)


@pytest.fixture
def both(tmp_path):
    """A computer with a session of one account, on which another account was made since."""
    op = sign_in(make_account(tmp_path)[0])
    make_other(op)
    return op


def test_new_account_is_the_next(both):
    """After an account was made, `op signin` is for it, whatever session the shell has."""
    token = both("signin", "--raw", given=PASSWORD).out.strip()
    new = both.with_(OP_SESSION=token)
    assert whose(new) == id_of(new, "Other")
    # And in another terminal.
    assert whose(sign_in(both.with_(OP_SESSION=""))) == id_of(new, "Other")


def test_older_session_at_hand(both):
    """Until the next sign-in, commands go on with the session at hand; then the newer one counts,
    also where the older one stays in a variable."""
    assert whose(both) == id_of(both, "Home")
    line = both("signin", "--force", given=PASSWORD).out
    name, token = line.removeprefix("export ").strip().split("=")
    signed_in = both.with_(**{name: token.strip('"')})
    assert whose(signed_in) == id_of(both, "Other")
    assert whose(signed_in.with_(OP_ACCOUNT="Home")) == id_of(both, "Home")
    # `signin` asks nothing then: standard input is a pipe that never ends.
    assert signed_in("signin", "--raw").out.strip() == token.strip('"')


def test_session_flag_names_the_account(both):
    """With --session, `op signin` is about the account of that session."""
    token = both.environment["OP_SESSION"]
    assert both("signin", "--raw", "--session", token).out.strip() == token


def test_same_mail_is_told_apart(both):
    """An e-mail address that two accounts have is refused with the user ID, name and address."""
    done = both.run("vault", "list", "--account", EMAIL)
    assert done.error == f"more than one account found for filter {EMAIL}"
    for part in ("(Home, file://", "(Other, file://", "/other.db)"):
        assert part in done.err
    both("account", "forget", "Home")
    assert both("account", "list").out.count("\n") == 2


def test_name_that_is_taken_by_a_kit(both, tmp_path):
    """A Kit whose name is taken here sets the account up under another one, and keeps it."""
    other = Op(tmp_path, STRONGROOM_HOME=str(tmp_path / "second"))
    (tmp_path / "second").mkdir(mode=0o700)
    other(
        *("account", "create", "--url", (tmp_path / "third.db").as_uri(), "--name", "Home"),
        *("--email", EMAIL, "--password-stdin", "--kit", "third.txt"),
        given=PASSWORD,
    )
    add = ("account", "add", "--kit", "third.txt")
    assert "with the name" in both.run(*add, given=PASSWORD).error
    assert "printable characters" in both.run(*add, "--name", " ", given=PASSWORD).error
    both(*add, "--name", "Third", given=PASSWORD)
    both(*add, given=PASSWORD)  # again: it is the same account, under the name that it has here
    names = [line.split()[-1] for line in both("account", "list").out.splitlines()[1:]]
    assert sorted(names) == ["Home", "Other", "Third"]


def test_name_that_is_taken_by_an_invite(tmp_path):
    """An invite whose account would have a name that is taken is not used up."""
    op = sign_in(make_account(tmp_path)[0])
    link = invite(op, "ben@example.org")
    given = f"{link}\n{PASSWORD}\n"
    join = ("account", "join", "--password-stdin")
    refused = op.run(*join, "--name", "home", given=given)
    assert refused.error == 'this computer has an account with the name "Home" already'
    assert answer(op, link)["email"] == "ben@example.org"


def test_signin_says_that_a_token_wins(both):
    """`op signin` says what commands will use while a token is set: as a comment of its output."""
    set_token = both.with_(OP_SERVICE_ACCOUNT_TOKEN="ops_x")
    out = set_token("signin", given=PASSWORD).out
    [line] = [line for line in out.splitlines() if TOKEN_IS_SET in line]
    assert line.startswith("# Warning: ")
    assert line.endswith("unset OP_SERVICE_ACCOUNT_TOKEN")
    for flag in ("--raw", "--force"):
        assert "OP_SERVICE_ACCOUNT_TOKEN" not in set_token("signin", flag, given=PASSWORD).out
    assert "OP_SERVICE_ACCOUNT_TOKEN" not in both("signin", given=PASSWORD).out


def test_signin_on_a_terminal_says_that_a_token_wins(both):
    """A person sees it on the terminal, also where the output goes into a variable."""
    set_token = both.with_(OP_SERVICE_ACCOUNT_TOKEN="ops_x")
    code, out, err, shown = type_in(set_token, [(b"other.db: ", PASSWORD)], "signin", "--raw")
    assert (code, err) == (0, "")
    assert TOKEN_IS_SET in shown
    assert TOKEN_IS_SET not in out
