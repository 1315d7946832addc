"""Nothing that holds a secret shows it, to whoever prints it: repr, tracebacks, rich printers."""

import pytest
from rich.pretty import pretty_repr

from strongroom.client.account.credentials import Held, NewCredentials
from strongroom.client.account.joining import Joined
from strongroom.client.account.unlocking import Unlocked, UserKeys
from strongroom.client.change.plans import Birth
from strongroom.client.change.records import Identity, NewContainer
from strongroom.client.people.invites import Invite
from strongroom.client.people.profiles import Listed
from strongroom.client.secrets import Resolved
from strongroom.client.view.containers import Container
from strongroom.client.view.objects import Draft, Opened, OpenedOverview
from strongroom.crypto.invites import InviteTerms
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.costs import KdfParameters
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.tokens import Token
from strongroom.crypto.unlock import UnlockKeys
from strongroom.items.models import DetailsView, FieldView
from strongroom.items.otp import OtpSeed
from strongroom.secret import Secret
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wire.messages import RecordChange
from strongroom.wire.people import InviteRow
from strongroom.wiring.accounts import NewAccount
from support.bodies import REVISION
from support.trust_world import ANA, make_record

HIDDEN = "very-private"
RAW = HIDDEN.encode()
KEY = SymmetricKey(RAW)
ID = b"i" * 16
INVITE_ROW = InviteRow(id=ID, email="ana@example.org", role="member", expires_ms=1, sealed=b"")
PIN, HEAD = Pin(0, b"h" * 32), HeadMark(0, 1)
RECORD = make_record(ANA, [ANA.row()])

HOLDERS = {
    "a secret": Secret(HIDDEN),
    "a key": KEY,
    "a keyset": Keyset(RAW.ljust(32)),
    "unlock keys": UnlockKeys(KEY, RAW),
    "an unlocked seed": Unlocked(RAW, PIN, HEAD, KdfParameters(ID)),
    "what a person holds": Held(Secret(HIDDEN), Secret(HIDDEN)),
    "new credentials": NewCredentials(Secret(HIDDEN), KdfParameters(ID), None),
    "keys to seal": UserKeys(account=ID, user=ID, seed=RAW, keyset=1, pin=PIN, head=HEAD),
    "a token": Token("file:///x", b"", ID, ID, RAW, 0, b"", 0, 1, None),
    "a resolved value": Resolved(HIDDEN, "item", "vault"),
    "a one-time password seed": OtpSeed(RAW),
    "a field": FieldView(id="f", title="t", value=HIDDEN),
    "details": DetailsView(fields=[FieldView(id="f", value=HIDDEN)], notes=HIDDEN),
    "an opened object": Opened(REVISION, ID, {"title": HIDDEN}, {"notes": HIDDEN}),
    "an opened overview": OpenedOverview("id", REVISION, {"title": HIDDEN}),
    "a draft": Draft(object=ID, overview={"title": HIDDEN}, details={"notes": HIDDEN}),
    "a new container": NewContainer(ID, None, ID, KEY, RecordChange(record=RECORD)),
    "a container to make": Birth(Identity(1, 0, ID, RAW.ljust(32)), {}, KEY),
    "a joiner": Joined(
        account=ID,
        user=ID,
        email="ana@example.org",
        secret_key=Secret(HIDDEN),
        pin=PIN,
        kdf=KdfParameters(ID),
        seed=RAW,
    ),
    "an open invite": Invite(INVITE_ROW, InviteTerms(RAW, "ana@example.org", "member", 1, HIDDEN)),
    "a listed principal": Listed(ANA.entry(), HIDDEN, HIDDEN, HIDDEN, 0, 0, {}),
    "a new account": NewAccount(
        url="file:///x",
        account_name="Ana",
        email="ana@example.org",
        account_id="a",
        user_id="u",
        secret_key=Secret(HIDDEN),
        pin=PIN,
        kdf=KdfParameters(ID),
        seed=RAW,
    ),
}
PRINTERS = {"repr": repr, "str": str, "rich": pretty_repr}


@pytest.mark.parametrize("printer", PRINTERS.values(), ids=PRINTERS.keys())
@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS.keys())
def test_hidden(holder, printer):
    """What holds a secret prints without it."""
    assert HIDDEN not in printer(holder)


@pytest.mark.parametrize("printer", PRINTERS.values(), ids=PRINTERS.keys())
def test_containers(run, shared, vault, printer):
    """An engine and all that it holds of a vault print no keys."""
    engine = shared.owner()
    run(engine.vaults.get(vault))
    session = engine._session
    container: Container = next(iter(session.containers.values()))
    key = container.key()
    for value in (engine, session, container, session.containers, session.keyset, engine.secrets):
        shown = printer(value)
        assert repr(key.expose_key())[2:-1] not in shown
        assert repr(shared.account.seed)[2:-1] not in shown
