"""The whole of pyonepassword on our `op`: every operation, on a live vault."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.program import EMAIL, PASSWORD
from support.judges import PROGRAMS, Scene, judge, second_home
from support.performers import CallError, Performer, content

# What starts no `op`: the first two fail in the package itself, whatever there is.
LEFT_OUT = {"minimum_op_version", "supported_op_version", "set_log_level", "set_logger"}
# They call `op`, and are refused.
REFUSED = {"item_share": "share links need a server"}


def new(name: str, **keys: Any) -> dict[str, Any]:
    return {"$new": name, "keys": keys}


def keys(**named: Any) -> dict[str, Any]:
    return {"$keys": named}


@contextmanager
def pyonepassword(environment: dict[str, str], folder: Path) -> Iterator[Performer]:
    """Start a program that calls the package."""
    with ExitStack() as stack:
        process = subprocess.Popen(
            [str(judge("python")), str(PROGRAMS / "pyonepassword_calls.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=folder,
        )
        yield Performer(stack.enter_context(process))


def fields(item: dict[str, Any]) -> dict[str, str]:
    """Return the values of an item by their labels."""
    return {field["label"]: field["value"] for field in item["fields"] if "value" in field}


def new_items(do: Performer) -> None:
    login = new("OPLoginItemTemplate", title="py-t", username="u", password="pass", url="https://x")
    made = do.call("item_create", login)
    assert (made["category"], made["urls"][0]["href"]) == ("LOGIN", "https://x")
    assert fields(made)["password"] == "pass"
    login = new("OPLoginItemTemplate", title="py-g", username="u")
    recipe = new("OPPasswordRecipe", length=20, letters=True, digits=True, symbols=False)
    made = do.call("item_create", login, keys(password_recipe=recipe))
    assert re.fullmatch("[A-Za-z0-9]{20}", fields(made)["password"])
    texts = {"hostname": "h.example", "port": "5432", "database": "d", "username": "u"}
    base = new("OPDatabaseItemTemplate", title="py-d", password="pass", **texts)
    made = do.call("item_create", base)
    assert made["category"] == "DATABASE"
    assert set(texts.values()) <= set(fields(made).values())
    made = do.call(
        *("login_item_create", "py", "u"),
        keys(password="old", url="https://x", tags=["a"]),
    )
    assert (made["tags"], fields(made)["username"]) == (["a"], "u")


def edits(do: Performer) -> None:
    insecure = {"section_label": "more", "insecure_operation": True}
    in_section = keys(section_label="more")
    do.call("item_edit_add_password_field", "py", "secret", "pin", keys(**insecure))
    do.call("item_edit_add_text_field", "py", "text", "note", in_section)
    changed = do.call("item_edit_add_url_field", "py", "https://a", "page", in_section)
    assert {"pin": "secret", "note": "text", "page": "https://a"}.items() <= fields(changed).items()
    do.call("item_edit_set_password", "py", "new=1", keys(insecure_operation=True))
    assert do.call("item_get_password", "py") == "new=1"
    do.call("item_edit_set_text_field", "py", "text 2", "note", in_section)
    changed = do.call("item_edit_set_url_field", "py", "https://b", "page", in_section)
    assert {"note": "text 2", "page": "https://b"}.items() <= fields(changed).items()
    assert "page" not in fields(do.call("item_edit_delete_field", "py", "page", in_section))
    do.call("item_edit_generate_password", "py", new("OPPasswordRecipe", length=40))
    assert len(do.call("item_get_password", "py")) == 40
    tagged = do.call("item_edit_tags", "py", ["b"], keys(append_tags=True))
    assert tagged["tags"] == ["a", "b"]
    assert do.call("item_edit_title", "py", "py-2")["title"] == "py-2"
    do.call("item_edit_url", "py-2", "https://c")
    item = do.call("item_get", "py-2")
    assert item["urls"][0]["href"] == "https://c"
    assert do.call("item_edit_favorite", "py-2", True)["favorite"] is True
    assert do.call("item_get", "py-2")["favorite"] is True
    assert "favorite" not in do.call("item_edit_favorite", "py-2", False)
    with pytest.raises(CallError, match=REFUSED["item_share"]):
        do.call("item_share", "py-2", keys(emails=["a@b.example"], expires_in="1d"))


def readings(do: Performer) -> None:
    code = do.call("item_get_totp", "db")
    assert re.fullmatch(r"\d{6}", code["totp"])
    chosen = keys(categories=["Login"], tags=["b"], title_glob="py*")
    assert [row["title"] for row in do.call("item_list", chosen)] == ["py-2"]
    with pytest.raises(CallError, match='"none" isn\'t an item') as missing:
        do.call("item_get", "none")
    assert "OPItemGetException" in missing.value.classes
    assert do.call("vault_get", "dev")["name"] == "dev"
    assert "dev" in {row["name"] for row in do.call("vault_list")}
    assert do.call("svc_account_env_var_set") in {True, False}


def documents(do: Performer, scene: Scene) -> None:
    (scene.folder / "py.txt").write_bytes(b"a\0b")
    scene.op("document", "create", "py.txt", "--vault", "dev", "--title", "py-doc")
    assert do.call("document_get", "py-doc") == ["py.txt", content(b"a\0b")]
    flags = keys(file_name="n.txt", new_title="py-doc-2")
    do.call("document_edit", "py-doc", content(b"new"), flags)
    assert do.call("document_get", "py-doc-2") == ["n.txt", content(b"new")]
    assert do.call("item_get_filename", "py-doc-2") == "n.txt"
    assert do.call("document_delete", "py-doc-2")


def removals(do: Performer) -> None:
    assert do.call("item_delete", "py-2", keys(archive=True))
    flags = keys(categories=["Login"], title_glob="py-*", batch_size=2)
    gone = do.call("item_delete_multiple", "dev", flags)
    assert {row["title"] for row in gone} == {"py-t", "py-g"}
    assert do.call("item_delete", "py-d")
    assert not [row for row in do.call("item_list") if row["title"].startswith("py")]


def used_by_anybody(do: Performer, scene: Scene) -> None:
    do.call("check_op_version")
    assert re.search(r"\d+\.\d+", do.call("about"))
    assert do.call("version") in do.call("about")
    do.call("OP", keys(vault="dev"))
    new_items(do)
    edits(do)
    readings(do)
    documents(do, scene)
    removals(do)


def people(do: Performer) -> None:
    name = do.call("user_get", EMAIL)["name"]
    assert do.call("user_edit", EMAIL, keys(new_name="Ana B", travel_mode=False))
    assert do.call("user_get", "Ana B")["email"] == EMAIL
    assert do.call("user_edit", EMAIL, keys(new_name=name))
    with pytest.raises(CallError, match="there is no travel mode"):
        do.call("user_edit", EMAIL, keys(travel_mode=True))
    for named in ({}, {"group_name_or_id": "Owners"}, {"vault_name_or_id": "dev"}):
        assert EMAIL in {row["email"] for row in do.call("user_list", keys(**named))}
    assert do.call("group_get", "Owners")["name"] == "Owners"
    assert "Owners" in {row["name"] for row in do.call("group_list")}
    assert "Owners" in {row["name"] for row in do.call("group_list", EMAIL)}
    assert "Administrators" in {row["name"] for row in do.call("group_list", keys(vault="dev"))}
    assert "dev" in {row["name"] for row in do.call("vault_list", keys(user_name_or_id=EMAIL))}


def sign_out(do: Performer) -> None:
    """End the session, and forget the account."""
    assert do.call("uses_biometric") is True  # who signs in elsewhere, as with an app
    do.call("OP", keys(vault="Private"))
    (account,) = do.call("signed_in_accounts")
    assert account["email"] == EMAIL
    assert (do.call("session_var"), do.call("token")) == (None, None)
    assert do.call("item_list") == []
    do.call("signout")
    with pytest.raises(CallError) as ended:
        do.call("item_list")
    assert "OPAuthenticationException" in ended.value.classes
    do.call("account_forget", EMAIL)
    with pytest.raises(CallError):
        do.call("OP", keys(vault="Private"))


def test_service_account(scene: Scene, tmp_path: Path) -> None:
    """What a service account may do: items and documents of its vault."""
    home = {"STRONGROOM_HOME": scene.session["STRONGROOM_HOME"]}
    with pyonepassword(scene.service_account | home, tmp_path) as do:
        used_by_anybody(do, scene)


def test_session(scene: Scene, tmp_path: Path) -> None:
    """What an owner may do: all operations of the package that call `op`."""
    with pyonepassword(scene.session, tmp_path) as do:
        used_by_anybody(do, scene)
        people(do)
        called = do.called
    other = second_home(tmp_path / "other").environment
    own = {name: other[name] for name in ("STRONGROOM_HOME", "OP_SESSION")}
    with pyonepassword(scene.session | own, tmp_path) as do:
        sign_out(do)
        assert set(do.methods) == (called | do.called) - {"OP"} | LEFT_OUT


def in_config(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """Return variables with which `op` and the package find the accounts in one folder."""
    kept = {
        name: text
        for name, text in environment.items()
        if name not in {"STRONGROOM_HOME", "OP_SESSION"}
    }
    return kept | {"OP_CONFIG_DIR": str(folder)}


def test_sign_in_with_a_password(scene: Scene, tmp_path: Path) -> None:
    """The package signs in by itself, to the account that our file of accounts names."""
    other = second_home(tmp_path / "other")
    home = Path(other.environment["STRONGROOM_HOME"])
    user = other("whoami", "--format", "json").json["user_uuid"]
    with pyonepassword(in_config(scene.session, home), tmp_path) as do:
        assert do.call("uses_biometric") is False
        with pytest.raises(CallError) as refused:
            do.call("OP", keys(must=False, password="not the password"))
        assert "OPSigninException" in refused.value.classes
        for account in ({}, {"account": "Home"}, {"account": EMAIL}):
            do.call("OP", keys(must=False, password=PASSWORD, vault="Private", **account))
            assert do.call("session_var") == f"OP_SESSION_{user}"
            assert re.fullmatch(r"[\w-]{43}", do.call("token").strip())
            assert do.call("item_list") == []
        # The session is in the program's variables now, and can be required.
        do.call("OP", keys(vault="Private"))
        do.call("signout")
        with pytest.raises(CallError) as ended:
            do.call("item_list")
        assert "OPAuthenticationException" in ended.value.classes
        with pytest.raises(CallError, match=r"No (account|config) found"):
            do.call("OP", keys(must=False, password=PASSWORD, account="nobody"))


def test_token_without_an_account(scene: Scene, tmp_path: Path) -> None:
    """Where no account is set up, the package wants a file of accounts, which may be empty."""
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    environment = in_config(scene.service_account, folder)
    with pyonepassword(environment, tmp_path) as do:
        with pytest.raises(CallError) as missing:
            do.call("OP", keys(vault="dev"))
        assert "OPConfigNotFoundException" in missing.value.classes
        (folder / "config").write_text('{"accounts": []}')
        do.call("OP", keys(vault="dev"))
        assert fields(do.call("item_get", "db"))["username"] == "app"
    assert [path.name for path in folder.iterdir()] == ["config"]
