"""Resolving references, cold and warm, one and many."""

import pytest

from strongroom.client import secrets as engine_secrets
from strongroom.client.secrets import Resolved
from strongroom.errors import (
    InvalidReferenceError,
    ResolveError,
    StrongroomError,
    TokenExpiredError,
    TooLargeError,
)
from strongroom.permissions import MANAGE_VAULT, SERVICE_ACCOUNT_WORDS
from support.children import fork
from support.clocks import SetClock
from support.homes import login

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
HOTP = f"otpauth://hotp/x?secret={SEED}&counter=1"
ITEM = {
    "title": "Item",
    "category": "Login",
    "fields": [
        {"id": "username", "title": "username", "fieldType": "Text", "value": "ana"},
        {"id": "password", "title": "password", "fieldType": "Concealed", "value": "top"},
        {"id": "f1", "title": "key", "sectionId": "s1", "fieldType": "Text", "value": "in one"},
        {"id": "f2", "title": "key", "sectionId": "s2", "fieldType": "Text", "value": "in two"},
        {"id": "f3", "title": "code", "sectionId": "s1", "fieldType": "Totp", "value": SEED},
        {"id": "f4", "title": "bad", "sectionId": "s1", "fieldType": "Totp", "value": HOTP},
        {"id": "f5", "title": "extra", "fieldType": "Text", "value": "added"},
    ],
    "sections": [{"id": "s1", "title": "One"}, {"id": "s2", "title": "Two"}],
    "notes": "some notes",
}


@pytest.fixture
def item(run, owner, vault):
    """The id of the item above."""
    return run(owner.items.create(vault, ITEM))["id"]


@pytest.fixture
def reader(shared, item):
    """An engine that was opened after the item was made."""
    return shared.owner()


def refusal(run, engine, reference):
    with pytest.raises(StrongroomError) as caught:
        run(engine.secrets.resolve(reference))
    return caught.value


FOUND = {
    "by names": ("{name}/Item/password", "top"),
    "by ids": ("{vault}/{item}/password", "top"),
    "vault by id": ("{vault}/item/password", "top"),
    "case aside": ("{NAME}/ITEM/PASSWORD", "top"),
    "in a section": ("{name}/Item/one/key", "in one"),
    "in a section by id": ("{name}/Item/s2/key", "in two"),
    "a field by id": ("{name}/Item/f2", "in two"),
    "outside any section": ("{name}/Item/extra", "added"),
    "notes": ("{name}/Item/notesPlain", "some notes"),
    "the seed itself": ("{name}/Item/code", SEED),
    "its code": ("{name}/Item/code?attribute=otp", "287082"),
    "its code, the other word": ("{name}/Item/code?attribute=totp", "287082"),
}


@pytest.mark.parametrize(("path", "value"), FOUND.values(), ids=FOUND.keys())
def test_found(run, shared, vault, item, name, monkeypatch, path, value):
    """A reference leads to its value by names and ids, the first time and every time after."""
    monkeypatch.setattr(shared, "clock", lambda: 59_000)
    engine = shared.owner()
    facts = {"name": name, "NAME": name.upper(), "vault": vault, "item": item}
    for _ in range(2):
        assert run(engine.secrets.resolve("op://" + path.format(**facts))) == value


REFUSED = {
    "no such vault": ("nowhere {name}/Item/password", "vaultNotFound"),
    "no such vault id": ("aaaaaaaaaaaaaaaaaaaaaaaaaa/Item/password", "vaultNotFound"),
    "no such item": ("{name}/nothing/password", "itemNotFound"),
    "no such item id": ("{name}/aaaaaaaaaaaaaaaaaaaaaaaaaa/password", "itemNotFound"),
    "the vault's own object": ("{vault}/{vault}/password", "itemNotFound"),
    "no such section": ("{name}/Item/Three/key", "noMatchingSections"),
    "no such field": ("{name}/Item/nothing", "fieldNotFound"),
    "several fields": ("{name}/Item/key", "tooManyMatchingFields"),
    "no one-time password": (
        "{name}/Item/password?attribute=otp",
        "incompatibleTOTPQueryParameterField",
    ),
    "a seed of another kind": ("{name}/Item/bad?attribute=otp", "unableToGenerateTotpCode"),
    "no SSH key": (
        "{name}/Item/password?ssh-format=openssh",
        "incompatibleSshKeyQueryParameterField",
    ),
    "empty parts": ("//", "vaultNotFound"),
}


@pytest.mark.parametrize(("path", "tag"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(run, reader, vault, name, path, tag):
    """Where a reference leads nowhere the SDK's tag says why, and the reference is told."""
    reference = "op://" + path.format(name=name, vault=vault)
    error = refusal(run, reader, reference)
    assert isinstance(error, ResolveError)
    assert (error.tag, error.reference) == (tag, reference)
    assert "top" not in str(error)


@pytest.mark.parametrize("text", ["", "op://a/b", "OP://a/b/c", "op://a/b/c?attribute=x", "top"])
def test_false_references(run, reader, text):
    """A text that is no reference is told apart from one that leads nowhere."""
    error = refusal(run, reader, text)
    assert isinstance(error, InvalidReferenceError)
    assert error.tag == "parsing"


def test_ambiguous(run, shared, owner, vault, item, name):
    """Of several vaults or items of one name the candidates are ids, which do resolve."""
    twin = run(owner.items.create(vault, ITEM))["id"]
    error = refusal(run, shared.owner(), f"op://{name}/Item/password")
    assert (error.tag, set(error.candidates)) == ("tooManyItems", {item, twin})
    assert run(owner.secrets.resolve(f"op://{name}/{twin}/password")) == "top"
    second = run(owner.vaults.create(name))["id"]
    error = refusal(run, shared.owner(), f"op://{name}/Item/password")
    assert (error.tag, set(error.candidates)) == ("tooManyVaults", {vault, second})
    assert run(owner.secrets.resolve(f"op://{vault}/{item}/password")) == "top"


def test_archived_and_deleted(run, shared, owner, vault, item, name):
    """Archived items are never used, by name or by id, and do not stand in another's way."""
    run(owner.items.archive(vault, item))
    for path in (f"{name}/Item", f"{name}/{item}"):
        assert refusal(run, shared.owner(), f"op://{path}/password").tag == "itemNotFound"
    twin = run(owner.items.create(vault, ITEM))["id"]
    assert run(shared.owner().secrets.resolve(f"op://{name}/Item/password")) == "top"
    run(owner.items.delete(vault, twin))
    assert refusal(run, shared.owner(), f"op://{name}/Item/password").tag == "itemNotFound"


def test_an_id_wins_over_a_title(run, shared, owner, vault, item, name):
    """An item that is titled like another's id does not hide it."""
    run(owner.items.create(vault, login(item, password="false")))
    assert run(shared.owner().secrets.resolve(f"op://{name}/{item}/password")) == "top"


def test_a_title_that_could_be_an_id(run, shared, owner, vault, name):
    """A title of 26 letters is found as a title where no object has it as an id."""
    title = "abcdefghijklmnopqrstuvwxya"
    run(owner.items.create(vault, login(title, password="found")))
    assert run(shared.owner().secrets.resolve(f"op://{name}/{title}/password")) == "found"


# -- fresh ---------------------------------------------------------------------------------


def test_own_new_item(run, owner, vault, name):
    """An item that one just made is found by name, also the first one of a new vault."""
    run(owner.items.create(vault, login("fresh", password="new")))
    assert run(owner.secrets.resolve(f"op://{name}/fresh/password")) == "new"


def test_first_item_by_others(run, shared, owner, vault, name):
    """The first item of a vault is found by engines that knew the vault when it was empty."""
    other = shared.owner()
    assert refusal(run, other, f"op://{name}/fresh/password").tag == "itemNotFound"
    run(owner.items.create(vault, login("fresh", password="new")))
    assert run(other.secrets.resolve(f"op://{name}/fresh/password")) == "new"


def test_new_vault_by_others(run, shared, owner, reader, name):
    """A vault made after an engine was opened is found by it."""
    made = run(owner.vaults.create(f"{name} later"))["id"]
    run(owner.items.create(made, login(password="new")))
    assert run(reader.secrets.resolve(f"op://{name} later/item/password")) == "new"


@pytest.mark.parametrize("by_itself", [True, False], ids=["itself", "another engine"])
def test_warm_sees_changes(run, shared, reader, vault, item, name, by_itself):
    """A warm resolve sees every change: values, titles, archiving, twins."""
    references = [f"op://{name}/Item/password", f"op://{vault}/{item}/password"]

    def warm():
        return [_answer(run, reader, reference) for reference in references]

    assert warm() == warm() == ["top", "top"]
    engine = reader if by_itself else shared.owner()
    fields = [{**ITEM["fields"][1], "value": "new"}]
    put = run(engine.items.put(run(engine.items.get(vault, item)) | {"fields": fields}))
    assert warm() == ["new", "new"]
    run(engine.items.put(put | {"title": "Renamed"}))
    assert warm() == ["itemNotFound", "new"]
    assert run(reader.secrets.resolve(f"op://{name}/renamed/password")) == "new"
    run(engine.items.archive(vault, item))
    assert warm() == ["itemNotFound", "itemNotFound"]


def _answer(run, engine, reference):
    """Return a value, or the tag of the refusal."""
    try:
        return run(engine.secrets.resolve(reference))
    except ResolveError as error:
        return error.tag


def test_warm_sees_another_process(run, shared, reader, vault, item, name):
    """A warm resolve sees what another process wrote."""
    reference = f"op://{name}/Item/password"
    assert run(reader.secrets.resolve(reference)) == "top"

    def work():
        engine = shared.owner()
        made = run(engine.items.get(vault, item))
        made["fields"][1]["value"] = "from a child"
        run(engine.items.put(made))

    fork(work)()
    assert run(reader.secrets.resolve(reference)) == "from a child"


def test_engine_in_a_forked_child(run, reader, name):
    """An engine that was inherited by a fork resolves in the child and goes on in the parent."""
    reference = f"op://{name}/Item/password"
    assert run(reader.secrets.resolve(reference)) == "top"
    assert fork(lambda: run(reader.secrets.resolve(reference)))() == "top"
    assert run(reader.secrets.resolve(reference)) == "top"


def test_renamed_vault(run, shared, owner, reader, vault, name):
    """A vault that was renamed elsewhere is found by its new name only."""
    assert run(reader.secrets.resolve(f"op://{name}/Item/password")) == "top"
    run(owner.vaults.update(vault, title=f"{name} new"))
    assert run(reader.secrets.resolve(f"op://{name} new/Item/password")) == "top"
    assert refusal(run, reader, f"op://{name}/Item/password").tag == "vaultNotFound"


def test_exchanged_vaults(run, shared, owner, reader, vault, item, name):
    """Where a name went from one vault to another, the value is the other's."""
    reference = f"op://{name}/Item/password"
    assert run(reader.secrets.resolve(reference)) == "top"
    run(owner.vaults.update(vault, title=f"{name} old"))
    second = run(owner.vaults.create(name))["id"]
    run(owner.items.create(second, login("Item", password="second")))
    assert run(reader.secrets.resolve(reference)) == "second"


def test_deleted_vault(run, owner, reader, vault, name):
    """A vault that was deleted elsewhere is not found any more."""
    reference = f"op://{name}/Item/password"
    assert run(reader.secrets.resolve(reference)) == "top"
    run(owner.vaults.delete(vault))
    assert refusal(run, reader, reference).tag == "vaultNotFound"


def test_expiry_of_a_warm_engine(run, shared, vault, item, name, monkeypatch):
    """A token that ends while its engine is warm is refused at that moment."""
    clock = SetClock()
    monkeypatch.setattr(shared, "clock", clock)
    robot = shared.by_token(shared.token(vault, expires_ms=clock.now + 1))
    reference = f"op://{name}/Item/password"
    assert run(robot.secrets.resolve(reference)) == "top"
    clock.now += 1
    with pytest.raises(TokenExpiredError):
        run(robot.secrets.resolve(reference))


def test_warm_memory_is_bounded(run, owner, vault, name, monkeypatch):
    """However many references are asked, only so many stay warm."""
    monkeypatch.setattr(engine_secrets, "WARM_REFERENCES_MAX", 3)
    rows = [login(f"i{number}", password=str(number)) for number in range(8)]
    run(owner.items.create_all(vault, rows))
    run(owner._session.sync())
    for number in range(8):
        assert run(owner.secrets.resolve(f"op://{name}/i{number}/password")) == str(number)
    assert len(owner.secrets._warm) <= 3


# -- many -----------------------------------------------------------------------------------


def test_resolve_all(run, reader, vault, item, name):
    """Each reference has its own answer under its own text, in the order asked."""
    asked = {
        f"op://{name}/Item/password": "top",
        f"op://{vault}/{item}/username": "ana",
        f"op://{name}/Item/nothing": "fieldNotFound",
        f"op://{name}/nothing/x": "itemNotFound",
        "op://no vault/Item/x": "vaultNotFound",
        f"op://{name}/Item/key": "tooManyMatchingFields",
        "nonsense": "parsing",
    }
    references = list(asked)
    found = run(reader.secrets.resolve_all([*references, references[0], "nonsense"]))
    assert list(found) == references
    for text, expected in asked.items():
        answer = found[text]
        assert expected == (answer.secret if isinstance(answer, Resolved) else answer.tag)
        if isinstance(answer, Resolved):
            assert (answer.item_id, answer.vault_id) == (item, vault)
        else:
            assert answer.reference == text


def test_resolve_all_of_nothing(run, reader):
    """No references have no answers."""
    assert run(reader.secrets.resolve_all([])) == {}


def test_resolve_all_is_bounded(run, reader):
    """Ten thousand references can be asked at once, and not one more."""
    assert list(run(reader.secrets.resolve_all(["x"] * 10_000))) == ["x"]
    with pytest.raises(TooLargeError):
        run(reader.secrets.resolve_all(["x"] * 10_001))


BESIDE = {"alone": [], "beside an unknown vault": ["op://no vault/x/y"]}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE.keys())
def test_one_vault_goes_while_others_stay(run, owner, reader, item, name, beside):
    """A vault that was deleted elsewhere spoils the answers to its own references only."""
    second = run(owner.vaults.create(f"{name} second"))["id"]
    run(owner.items.create(second, ITEM))
    staying, going = f"op://{name}/Item/password", f"op://{name} second/Item/password"
    assert run(reader.secrets.resolve(going)) == "top"
    run(owner.vaults.delete(second))
    found = run(reader.secrets.resolve_all([staying, going, *beside]))
    assert found[staying].secret == "top"
    assert found[going].tag == "vaultNotFound"


def test_a_vault_without_the_right_to_read(run, shared, owner, vault, item, name):
    """A vault that one may manage but not read spoils no look-up in the others."""
    closed = run(owner.vaults.create(f"{name} closed"))["id"]
    run(owner.items.create(closed, ITEM))
    masks = {vault: SERVICE_ACCOUNT_WORDS["read_items"], closed: MANAGE_VAULT}
    token = run(owner.service_accounts.create("r", masks)).expose()
    robot = shared.by_token(token)
    open_one, closed_one = f"op://{name}/Item/password", f"op://{name} closed/Item/password"
    found = run(robot.secrets.resolve_all([open_one, closed_one]))
    assert found[open_one].secret == "top"
    assert isinstance(found[closed_one], StrongroomError)
    assert run(robot.items.find("Item"))["vaultId"] == vault
