"""Service accounts: made once, limited to what was given, by many at a time."""

import threading

import msgspec
import pytest

from strongroom.crypto.tokens import format_token, parse_token
from strongroom.errors import (
    ForbiddenError,
    InputError,
    IntegrityError,
    MissingPermissionError,
    NotFoundError,
    StoreMissingError,
    TokenExpiredError,
    UnauthorizedError,
)
from strongroom.permissions import (
    CREATE_ITEMS,
    READ_ITEMS,
    SERVICE_ACCOUNT_WORDS,
    UPDATE_ITEMS,
)
from support.clocks import SetClock
from support.homes import Home, login, make_home


@pytest.fixture
def item(run, owner, vault):
    """The id of an item in the vault."""
    return run(owner.items.create(vault, login("item", password="top")))["id"]


def test_reader(run, shared, owner, vault, item, name):
    """A service account that may read sees its vault, and refuses to change anything."""
    other = run(owner.vaults.create(f"{name} other"))["id"]
    robot = shared.by_token(shared.token(vault))
    assert [row["id"] for row in run(robot.vaults.list())] == [vault]
    assert run(robot.secrets.resolve(f"op://{name}/item/password")) == "top"
    made = run(robot.items.get(vault, item))
    refused = {
        "create": robot.items.create(vault, login()),
        "put": robot.items.put(made),
        "archive": robot.items.archive(vault, item),
        "delete": robot.items.delete(vault, item),
        "rename": robot.vaults.update(vault, title="x"),
        "delete the vault": robot.vaults.delete(vault),
        "make a vault": robot.vaults.create("x"),
        "make another": robot.service_accounts.create("x", {vault: READ_ITEMS}),
    }
    for what, ask in refused.items():
        with pytest.raises(ForbiddenError):
            run(ask)
        assert run(owner.items.get(vault, item)) == made, what
    with pytest.raises(NotFoundError):
        run(robot.items.list(other))


def test_writer(run, shared, owner, vault, item):
    """A service account that may write does, and others see who it was."""
    robot = shared.by_token(shared.token(vault, "write_items"))
    made = run(robot.items.create(vault, login("by a robot")))
    run(robot.items.put(made | {"title": "again"}))
    run(robot.items.archive(vault, item))
    run(robot.items.delete(vault, item))
    assert run(owner.items.get(vault, made["id"]))["title"] == "again"
    authors = {row["author"] for row in run(owner.items.history(vault, made["id"]))}
    assert authors == {robot.identity()["principalId"]}
    assert robot.identity()["userType"] == "SERVICE_ACCOUNT"


def test_batches_without_the_right(run, shared, owner, vault, item):
    """In a batch the missing right is told, and nothing changes."""
    robot = shared.by_token(shared.token(vault))
    made = run(robot.items.create_all(vault, [login()]))
    gone = run(robot.items.delete_all(vault, [item]))
    assert [type(outcome) for outcome in (*made, *gone.values())] == [MissingPermissionError] * 2
    assert len(run(owner.items.list(vault))) == 1


def test_reveal_is_added(run, shared, owner, vault, item):
    """The mask of the SDK's own example reads values, as that example expects."""
    mask = READ_ITEMS | CREATE_ITEMS | UPDATE_ITEMS
    token = run(owner.service_accounts.create("example", {vault: mask})).expose()
    robot = shared.by_token(token)
    assert run(robot.items.get(vault, item))["fields"][0]["value"] == "top"


def test_without_reveal(run, shared, owner, vault, item):
    """Without REVEAL lists show titles, and values are refused by a typed error."""
    token = run(owner.service_accounts.create("blind", {vault: READ_ITEMS})).expose()
    robot = shared.by_token(token)
    assert [row["title"] for row in run(robot.items.list(vault))] == ["item"]
    for ask in (robot.items.get(vault, item), robot.secrets.resolve(f"op://{vault}/item/password")):
        with pytest.raises((ForbiddenError, IntegrityError), match="withheld"):
            run(ask)


def test_personal_vault(run, owner):
    """A personal vault is never given to a service account."""
    (personal,) = [row for row in run(owner.vaults.list()) if row["vaultType"] == "personal"]
    before = owner._session.directory.head.count
    with pytest.raises(ForbiddenError):
        run(owner.service_accounts.create("x", {personal["id"]: READ_ITEMS}))
    run(owner._session.sync())
    assert owner._session.directory.head.count == before


def test_vault_without_administrators(run, shared, owner, name):
    """A vault without administrators is given by its maker."""
    vault = run(owner.vaults.create(name, allow_admins_access=False))["id"]
    run(owner.items.create(vault, login(password="own")))
    robot = shared.by_token(shared.token(vault))
    assert run(robot.secrets.resolve(f"op://{name}/item/password")) == "own"


def test_creating_vaults(run, shared, owner, vault, name):
    """A service account makes vaults only if it was allowed to, and then owns them."""
    create = owner.service_accounts.create(
        "maker", {vault: SERVICE_ACCOUNT_WORDS["read_items"]}, can_create_vaults=True
    )
    robot = shared.by_token(run(create).expose())
    made = run(robot.vaults.create(f"{name} by a robot"))["id"]
    run(robot.items.create(made, login(password="robot")))
    assert run(shared.by_token(shared.token(vault)).vaults.list())[0]["id"] == vault
    assert made not in {
        row["id"] for row in run(shared.by_token(shared.token(vault)).vaults.list())
    }
    reference = f"op://{name} by a robot/item/password"
    assert run(shared.owner().secrets.resolve(reference)) == "robot"


NOT_NAMES = {"empty": "", "blanks": "  ", "too long": "x" * 255, "half a character": "\udcff"}


@pytest.mark.parametrize("title", NOT_NAMES.values(), ids=NOT_NAMES.keys())
def test_names(run, owner, vault, title):
    """A service account has a name of 1 to 254 characters."""
    with pytest.raises(InputError):
        run(owner.service_accounts.create(title, {vault: READ_ITEMS}))
    run(owner.service_accounts.create("x" * 254, {vault: READ_ITEMS}))


def test_false_requests(run, owner, vault):
    """Unknown vaults and incomplete permissions are refused, and nobody is made."""
    run(owner._session.sync())
    before = owner._session.directory.head.rev
    with pytest.raises(NotFoundError):
        run(owner.service_accounts.create("x", {"a" * 26: READ_ITEMS}))
    with pytest.raises(InputError):
        run(owner.service_accounts.create("x", {vault: UPDATE_ITEMS}))
    run(owner._session.sync())
    assert owner._session.directory.head.rev == before


NOT_ENDS = {"zero": 0, "negative": -1, "beyond what a format holds": 2**53}


@pytest.mark.parametrize("expires_ms", NOT_ENDS.values(), ids=NOT_ENDS.keys())
def test_false_ends(run, owner, vault, expires_ms):
    """An end that is no time is refused as input; above all it never means `never`."""
    with pytest.raises(InputError):
        run(owner.service_accounts.create("x", {vault: READ_ITEMS}, expires_ms=expires_ms))


def test_end(run, shared, vault, monkeypatch):
    """A token is opened until its last millisecond and not after it."""
    clock = SetClock()
    monkeypatch.setattr(shared, "clock", clock)
    token = shared.token(vault, expires_ms=clock.now + 1000)
    clock.now += 999
    robot = shared.by_token(token)
    clock.now += 1
    with pytest.raises(TokenExpiredError):
        shared.by_token(token)
    with pytest.raises(TokenExpiredError):
        run(robot.items.list(vault))


def test_end_removed_from_a_token(shared, vault, monkeypatch):
    """Who writes the end out of a token is refused by the directory all the same."""
    clock = SetClock()
    monkeypatch.setattr(shared, "clock", clock)
    token = parse_token(shared.token(vault, expires_ms=clock.now + 1000))
    clock.now += 1000
    with pytest.raises(TokenExpiredError):
        shared.by_token(format_token(msgspec.structs.replace(token, expires_ms=None)))


# -- tokens in the wrong place ---------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Another account on another file."""
    home = make_home(tmp_path_factory.mktemp("elsewhere"))
    yield home
    home.close()


def test_token_of_another_file(shared, vault, elsewhere):
    """A token that is pointed at another file is not valid there."""
    token = msgspec.structs.replace(parse_token(shared.token(vault)), url=elsewhere.url)
    with pytest.raises(UnauthorizedError):
        shared.by_token(format_token(token))


def test_token_of_a_file_that_is_gone(shared, vault, tmp_path):
    """A token whose file is not there says so, and makes none."""
    url = f"file://{tmp_path}/gone.db"
    token = msgspec.structs.replace(parse_token(shared.token(vault)), url=url)
    with pytest.raises(StoreMissingError):
        shared.by_token(format_token(token))
    assert list(tmp_path.iterdir()) == []


FALSE_TOKENS = {
    "another pin": ({"root_hash": b"h" * 32}, IntegrityError),
    "a newer pin": ({"root_version": 7}, IntegrityError),
    "a newer directory": ({"rev": 10**6}, IntegrityError),
    "a newer generation": ({"generation": 1}, IntegrityError),
    "another seed": ({"seed": b"s" * 32}, UnauthorizedError),
    "somebody unknown": ({"principal": b"p" * 16}, UnauthorizedError),
    "an unknown account": ({"account": b"B" * 16}, UnauthorizedError),
}


@pytest.mark.parametrize(("facts", "kind"), FALSE_TOKENS.values(), ids=FALSE_TOKENS.keys())
def test_false_tokens(shared, vault, facts, kind):
    """A token that names another root, directory, key or principal is refused at opening."""
    token = msgspec.structs.replace(parse_token(shared.token(vault)), **facts)
    with pytest.raises(kind):
        shared.by_token(format_token(token))


def test_owners_id_with_a_robots_seed(shared, vault):
    """A service account's seed opens nothing under the owner's id."""
    owner = shared.owner()._session.principal
    token = msgspec.structs.replace(parse_token(shared.token(vault)), principal=owner)
    with pytest.raises(UnauthorizedError):
        shared.by_token(format_token(token))


# -- many at a time -----------------------------------------------------------------------------


def test_by_turns(run, shared, vault, item, name):
    """Two engines that make items and service accounts by turns hinder nobody for long."""
    engines = [shared.owner(), shared.owner()]
    tokens = []
    for number in range(6):
        engine = engines[number % 2]
        create = engine.service_accounts.create(f"r{number}", {vault: READ_ITEMS})
        tokens.append(run(create).expose())
        run(engines[1 - number % 2].items.create(vault, login(str(number))))
    for token in tokens:
        assert len(run(shared.by_token(token).items.list(vault))) == 7


class Interrupting:
    """A transport in whose calls somebody else gets in between, once."""

    def __init__(self, transport, operation, work):
        self._transport = transport
        self._operation = operation
        self._work = work

    def __getattr__(self, name):
        return getattr(self._transport, name)

    async def call(self, request):
        if request.operation == self._operation and self._work is not None:
            work, self._work = self._work, None
            work()
        return await self._transport.call(request)


@pytest.mark.parametrize("operation", ["sync", "principals", "commit"])
def test_from_the_same_state(run, shared, vault, operation):
    """Whenever another engine makes a service account in between, both are made."""
    engine = shared.owner()
    tokens = []
    transport = engine._session.transport
    engine._session.transport = Interrupting(
        transport, operation, lambda: tokens.append(shared.token(vault))
    )
    create = engine.service_accounts.create("late", {vault: SERVICE_ACCOUNT_WORDS["read_items"]})
    tokens.append(run(create).expose())
    assert len(tokens) == 2
    for token in tokens:
        assert run(shared.by_token(token).vaults.get(vault))["id"] == vault


@pytest.mark.parametrize("operation", ["sync", "principals", "commit"])
def test_vault_made_in_between(run, shared, vault, name, operation):
    """Whenever another engine changes the directory in between, the new vault is made."""
    engine = shared.owner()
    transport = engine._session.transport
    engine._session.transport = Interrupting(transport, operation, lambda: shared.token(vault))
    made = run(engine.vaults.create(f"{name} new"))
    assert run(shared.owner().vaults.get(made["id"]))["title"] == f"{name} new"


@pytest.mark.parametrize("operation", ["lookup", "commit"])
def test_item_changed_in_between(run, shared, owner, vault, item, operation):
    """Whenever another engine changes the access in between, the item is read and changed."""
    engine = shared.owner()
    made = run(engine.items.get(vault, item))
    transport = engine._session.transport
    engine._session.transport = Interrupting(transport, operation, lambda: shared.token(vault))
    assert run(engine.items.put(made | {"title": "changed"}))["version"] == 2


def test_in_threads(shared, vault):
    """Several threads with engines of their own make service accounts at the same time."""
    homes = [Home(shared.path, shared.account) for _ in range(3)]
    tokens, errors = [], []

    def work(home):
        try:
            tokens.append(home.token(vault))
        except BaseException as error:  # noqa: BLE001  (told below)
            errors.append(error)

    threads = [threading.Thread(target=work, args=(home,)) for home in homes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(tokens) == 3
    for token in tokens:
        shared.by_token(token)
    for home in homes:
        home.close()
