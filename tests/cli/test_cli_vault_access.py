"""`op vault user`, `op vault group` and the filters of `op vault list`."""

import pytest

from cli.people import bring_in, by_email, owner
from cli.program import EMAIL, type_in

BEN = "ben@example.org"
VIEWING = "view_and_copy_passwords,view_items,view_item_history"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """An owner and a member, both signed in."""
    folder = tmp_path_factory.mktemp("access")
    ana = owner(folder)
    return ana, bring_in(ana, folder, "ben")


@pytest.fixture
def vault(pair, request):
    """A fresh vault of the owner."""
    name = request.node.name
    pair[0]("vault", "create", name)
    return name


def held(ana, vault, email=BEN):
    """What somebody holds in a vault by rows of their own."""
    return by_email(ana, "vault", "user", "list", vault).get(email, {}).get("permissions", [])


def test_grant_and_revoke(pair, vault):
    """A right opens the vault, its end closes it; JSON has the keys of `op`."""
    ana, ben = pair
    where = ("--vault", vault, "--user", BEN)
    assert vault not in ben("vault", "list").out
    done = ana(
        *("vault", "user", "grant", *where, "--permissions", "allow_viewing", "--no-input"),
        *("--format", "json"),
    ).json
    assert set(done) == {"vault_id", "vault_name", "user_id", "user_email", "permissions"}
    assert (done["vault_name"], done["user_email"], done["permissions"]) == (vault, BEN, VIEWING)
    assert vault in ben("vault", "list").out
    done = ana("vault", "user", "revoke", *where, "--format", "json").json
    assert done["permissions"] == VIEWING
    assert vault not in ben("vault", "list").out


@pytest.mark.parametrize(("verb", "done"), [("grant", "Granted"), ("revoke", "Revoked")])
def test_human_output(pair, vault, verb, done):
    """Human output names vault and user, and what was done to which permissions."""
    to_ben = ("--vault", vault, "--user", BEN, "--permissions", "view_items")
    pair[0]("vault", "user", "grant", *to_ben)
    out = pair[0]("vault", "user", verb, *to_ben).out
    labels = [line.split(":")[0] for line in out.splitlines()]
    assert labels == ["Vault ID", "Vault name", "User ID", "User email", done]


def test_grant_adds(pair, vault):
    """A second grant adds to the first, and what is held need not be named again."""
    ana, _ = pair
    for words in ("allow_viewing", "edit_items"):
        ana("vault", "user", "grant", "--vault", vault, "--user", BEN, "--permissions", words)
    assert set(held(ana, vault)) == {*VIEWING.split(","), "edit_items"}


def test_missing_permissions(pair, vault):
    """What a permission needs has to be named; the refusal lists it, in the words asked."""
    ana, _ = pair
    grant = ("vault", "user", "grant", "--vault", vault, "--user", BEN, "--permissions")
    assert ana.run(*grant, "allow_editing,allow_managing").error == (
        "in order to grant [allow_editing,allow_managing], "
        "the permission(s) [allow_viewing] are also required"
    )
    assert ana.run(*grant, "edit_items", "--no-input").error == (
        "in order to grant [edit_items], "
        "the permission(s) [view_and_copy_passwords,view_items] are also required"
    )
    assert held(ana, vault) == []
    ana(*grant, "allow_editing, allow_viewing,allow_managing")
    assert len(held(ana, vault)) == 12


def test_dependent_permissions(pair, vault):
    """What others need is taken only with them."""
    ana, _ = pair
    where = ("--vault", vault, "--user", BEN, "--permissions")
    ana("vault", "user", "grant", *where, "allow_viewing,allow_editing")
    assert ana.run("vault", "user", "revoke", *where, "allow_viewing").error == (
        "in order to revoke [allow_viewing], "
        "the permission(s) [allow_editing] have to be revoked too"
    )
    ana("vault", "user", "revoke", *where, "edit_items,archive_items,delete_items")
    assert "edit_items" not in held(ana, vault)
    assert "view_items" in held(ana, vault)
    ana("vault", "user", "revoke", *where, "allow_viewing,allow_editing")
    assert held(ana, vault) == []


QUESTION = [(b"[Y/n] ", "")]


def test_question_on_a_terminal(pair, vault):
    """On a terminal Enter agrees to what is needed, in granting and in revoking."""
    ana, _ = pair
    where = ("--vault", vault, "--user", BEN, "--permissions")
    code, out, err, shown = type_in(
        ana, QUESTION, "vault", "user", "grant", *where, "allow_editing"
    )
    assert (code, err) == (0, "")
    assert "In order to grant [allow_editing], the permission(s) [allow_viewing]" in shown
    assert "Would you like to grant them as well? [Y/n]" in shown
    assert "Would you" not in out
    assert len(held(ana, vault)) == 11
    code, _, err, shown = type_in(ana, QUESTION, "vault", "user", "revoke", *where, "allow_viewing")
    assert (code, err) == (0, "")
    assert "Would you like to revoke them as well? [Y/n]" in shown
    assert held(ana, vault) == []


def test_no_on_a_terminal(pair, vault):
    """A no changes nothing, and --no-input does not ask."""
    ana, _ = pair
    grant = ("vault", "user", "grant", "--vault", vault, "--user", BEN)
    words = ("--permissions", "allow_editing")
    code, out, _, _ = type_in(ana, [(b"[Y/n] ", "n")], *grant, *words)
    assert (code, out) == (1, "")
    code, out, err, shown = type_in(ana, [], *grant, *words, "--no-input")
    assert (code, out, shown) == (1, "", "")
    assert "are also required" in err
    assert held(ana, vault) == []


REFUSED = {
    "an unknown word": (["--permissions", "fly"], '"fly" isn\'t a permission'),
    "move_items": (["--permissions", "move_items"], '"move_items" isn\'t a permission'),
    "no word": (["--permissions", " , "], "no permission is named"),
}


@pytest.mark.parametrize(("flags", "text"), REFUSED.values(), ids=REFUSED)
def test_words_refused(pair, flags, text):
    """A permission that does not exist is refused, with those that do."""
    ana, _ = pair
    if not any("words" in one for one in ana("vault", "list").out.split()):
        ana("vault", "create", "words")
    done = ana.run("vault", "user", "grant", "--vault", "words", "--user", BEN, *flags)
    assert done.error == text
    assert "allow_viewing" in done.err


def test_refusals(pair, vault):
    """Nothing to take, the last manager, a personal vault, a caller who may not manage."""
    ana, ben = pair
    revoke = ("vault", "user", "revoke", "--vault", vault, "--user")
    done = ana.run(*revoke, BEN)
    assert done.error == f'"Ben" has no rights in the vault "{vault}"'
    assert "the rights may come from a group" in done.err
    crew = ("vault", "group", "revoke", "--vault", vault, "--group", "Team Members")
    assert "hint: " not in ana.run(*crew).err
    assert (
        "has none of these permissions" in ana.run(*revoke, BEN, "--permissions=view_items").error
    )
    words = ("--permissions", "allow_viewing")
    personal = ana.run("vault", "user", "grant", "--vault", "Private", "--user", BEN, *words)
    assert personal.error.startswith('you may not give "Ben" rights in the vault "Private"')
    ana("vault", "user", "grant", "--vault", vault, "--user", BEN, *words)
    refused = ben.run("vault", "user", "grant", "--vault", vault, "--user", EMAIL, *words)
    assert refused.error.startswith("you may not give")
    assert "hint: a manager of the vault can allow it: op vault user grant" in refused.err
    assert "isn't a vault" in ana.run("vault", "user", "list", "nowhere").error
    assert ana.run("vault", "user", "grant", "--vault", vault, "--user", BEN).code == 1


def test_last_manager(pair, vault):
    """A vault always keeps somebody who may manage it."""
    ana, _ = pair
    ana("vault", "group", "revoke", "--vault", vault, "--group", "Administrators")
    left = ana.run("vault", "user", "revoke", "--vault", vault, "--user", EMAIL)
    assert "nobody who may manage" in left.error


def test_groups(pair, vault):
    """Groups get and lose rights as users do; lists show them."""
    ana, ben = pair
    where = ("--vault", vault, "--group", "Team Members")
    done = ana(
        *("vault", "group", "grant", *where, "--permissions=allow_viewing", "--format=json")
    ).json
    assert set(done) == {"vault_id", "vault_name", "group_id", "group_name", "permissions"}
    assert done["permissions"] == VIEWING
    assert vault in ben("vault", "list").out
    rows = ana("vault", "group", "list", vault, "--format", "json").json
    assert {one["name"] for one in rows} == {"Administrators", "Team Members"}
    assert set(rows[0]) == {"id", "name", "description", "state", "created_at", "permissions"}
    assert (
        ana("vault", "group", "list", "-", given=vault).out.splitlines()[0].endswith("PERMISSIONS")
    )
    ana("vault", "group", "revoke", *where, "--no-input")
    assert vault not in ben("vault", "list").out
    assert "has no rights" in ana.run("vault", "group", "revoke", *where).error


def test_service_accounts_are_listed(pair, vault):
    """Whoever has a row is listed, service accounts too."""
    ana, _ = pair
    ana("service-account", "create", "ci", "--vault", vault)
    rows = ana("vault", "user", "list", vault, "--format", "json").json
    assert {one["type"] for one in rows} == {"MEMBER", "SERVICE_ACCOUNT"}


def titles(op, *flags):
    """The titles of the vaults that a list shows."""
    return {one["name"] for one in op("vault", "list", *flags, "--format", "json").json}


def test_vault_list_filters(pair, vault):
    """--user counts groups too, --group the group alone; --permission asks for all of a list."""
    ana, ben = pair
    where = ("--vault", vault, "--permissions", "allow_viewing")
    assert vault not in titles(ana, "--user", BEN)
    ana("vault", "group", "grant", "--group", "Team Members", *where)
    assert vault in titles(ana, "--user", BEN)
    assert vault in titles(ana, "--group", "Team Members")
    assert vault in titles(ana, "--user", BEN, "--permission", "view_items")
    assert vault not in titles(ana, "--user", BEN, "--permission", "view_items,edit_items")
    assert vault in titles(ana, "--permission", "allow_managing")
    assert vault not in titles(ben, "--permission", "allow_managing")
    assert vault in titles(ben, "--permission", "view_items")
    assert (
        "cannot be used together"
        in ana.run("vault", "list", "--user", BEN, "--group", "Owners").error
    )
    assert "isn't a permission" in ana.run("vault", "list", "--permission", "fly").error
