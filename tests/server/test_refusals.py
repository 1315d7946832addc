"""Whoever is not signed as formats.md section 13 says gets one answer, and nothing is read."""

import json
import time
from contextlib import suppress

import msgspec
import pytest
import urllib3

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.signatures import sign
from strongroom.crypto.tokens import parse_token
from strongroom.limits import REQUEST_BYTES_MAX
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.server.app import UNSIGNED_BYTES_MAX
from strongroom.service.exchange import routes
from strongroom.service.operations import all_operations
from strongroom.trust.requests import WINDOW_MS
from strongroom.wire.requests import KeyKind, SignatureBase, format_headers

PATH = "/v1/sync"
BODY = b'{"rootVersion":0}'
CLOCK_SLACK_MS = 20_000


class Knock:
    """One signed request, and what of it is changed after it was signed."""

    def __init__(self, served):
        self.token = parse_token(served.token)
        self.keyset = Keyset(self.token.seed)
        self.server = urllib3.connection_from_url(served.url)
        (self.installation,) = self.ask("/v1/installation", b"{}", {})[1]["id"].split()
        self.authority = served.url.removeprefix("http://")
        self.nonce = 0

    def ask(self, path, body, headers, method="POST"):
        answer = self.server.request(method, path, body=body, headers=headers, retries=False)
        return answer.status, json.loads(answer.data)

    def base(self, **changes):
        self.nonce += 1
        facts = {
            "srv": decode_base64url(self.installation),
            "authority": self.authority,
            "account": self.token.account,
            "principal": self.token.principal,
            "key_kind": KeyKind.SERVICE_ACCOUNT,
            "method": "POST",
            "path": PATH,
            "body_hash": sha256(BODY),
            "time_ms": int(time.time() * 1000),
            "nonce": self.nonce.to_bytes(16, "big"),
        }
        return SignatureBase(**(facts | changes))

    def headers(self, base, seed=None):
        return format_headers(base, sign(seed or self.keyset.auth_seed, base.encode()))


@pytest.fixture(scope="module")
def knock(served):
    return Knock(served)


def test_the_right_request(knock):
    """What is signed as it should be is answered; all that follows differs from it in one thing."""
    status, answer = knock.ask(PATH, BODY, knock.headers(knock.base()))
    assert (status, "head" in answer) == (200, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"srv": b"x" * 16},
        {"authority": "other.example.org:443"},
        {"account": b"x" * 16},
        {"principal": b"x" * 16},
        {"key_kind": KeyKind.USER},
        {"method": "PUT"},
        {"path": "/v1/lookup"},
        {"path": PATH + "?x=1"},
        {"body_hash": sha256(b"{}")},
        {"client": "another"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_signed_something_else(knock, changes):
    """A signature over anything but what came is refused like that of nobody."""
    base = knock.base(**changes)
    headers = knock.headers(base)
    headers.pop("SR-Client", None)
    assert stranger(knock.ask(PATH, BODY, headers))


def stranger(answer):
    """Whether an answer is the one for strangers."""
    status, body = answer
    return (status, body["code"], body["message"]) == (
        401,
        "unauthorized",
        "this account or token is not valid here",
    )


def test_edited_on_the_way(knock):
    """Whatever is edited after signing is refused: the path, the body, each of the headers."""
    right = knock.headers(knock.base())
    assert stranger(knock.ask("/v1/lookup", BODY, right))
    assert stranger(knock.ask(PATH + "?x=1", BODY, right))
    assert stranger(knock.ask(PATH, BODY + b" ", right))
    assert stranger(knock.ask(PATH, BODY, right | {"Host": "other.example.org"}))
    other = knock.headers(knock.base(time_ms=int(time.time() * 1000) - 1000))
    for name in right:
        if right[name] != other[name]:
            assert stranger(knock.ask(PATH, BODY, right | {name: other[name]}))
        assert stranger(knock.ask(PATH, BODY, right | {name: "?"}))
        assert stranger(knock.ask(PATH, BODY, {one: right[one] for one in right if one != name}))
    assert stranger(knock.ask(PATH, BODY, right | {"SR-Client": "added"}))
    assert stranger(knock.ask(PATH, BODY, {}))


def test_another_key(knock, served):
    """A key of nobody, and that of another service account, open nothing."""
    for seed in (b"k" * 32, Keyset(parse_token(served.writer).seed).auth_seed):
        assert stranger(knock.ask(PATH, BODY, knock.headers(knock.base(), seed)))


@pytest.mark.parametrize("side", [-1, 1])
def test_time(knock, side):
    """A clock that is apart by less than the window is taken, and by more is told the time."""
    now = int(time.time() * 1000)
    near = knock.base(time_ms=now + side * (WINDOW_MS - CLOCK_SLACK_MS))
    assert knock.ask(PATH, BODY, knock.headers(near))[0] == 200
    far = knock.base(time_ms=now + side * (WINDOW_MS + CLOCK_SLACK_MS))
    status, body = knock.ask(PATH, BODY, knock.headers(far))
    assert (status, body["code"]) == (401, "clock_skew")
    assert abs(body["timeMs"] - now) < CLOCK_SLACK_MS


def test_bodies(knock):
    """A signed body that is no request of its operation is refused, and quotes nothing."""
    for body in (b"", b"[]", b"{}", b'{"rootVersion":-1}', b'{"rootVersion":0,"secret":1}'):
        base = knock.base(body_hash=sha256(body))
        status, answer = knock.ask(PATH, body, knock.headers(base))
        assert (status, answer["code"]) == (400, "invalid_input"), body


@pytest.mark.parametrize(
    ("path", "signed", "code", "read"),
    [
        (PATH, False, "unauthorized", 4_000_000),
        ("/v1/installation", False, "too_large", 4_000_000),
        (PATH, True, "too_large", REQUEST_BYTES_MAX + 8_000_000),
    ],
)
def test_a_body_without_an_end(knock, path, signed, code, read):
    """A body is not read beyond its limit, and of a stranger's next to nothing."""
    sent = 0

    def endless():
        nonlocal sent
        while sent < 4 * REQUEST_BYTES_MAX:
            sent += 1024 * 256
            yield b" " * 1024 * 256

    headers = knock.headers(knock.base()) if signed else {}
    with suppress(urllib3.exceptions.HTTPError, OSError):
        assert knock.ask(path, endless(), headers)[1]["code"] == code
    # What is sent while the answer is on its way stands in the buffers of the system.
    assert sent < read + 8_000_000


@pytest.mark.parametrize("spare", [0, 1])
def test_limit_of_unsigned_bodies(knock, spare):
    """A body that nobody signed may be as long as the limit says."""
    body = b"{}" + b" " * (UNSIGNED_BYTES_MAX - 2 + spare)
    status, answer = knock.ask("/v1/installation", body, {})
    assert (status, answer.get("code")) == ((413, "too_large") if spare else (200, None))


def test_what_is_offered(knock):
    """Routes are those that read and that callers sign for; everything else is not there."""
    offered = set(routes())
    for kind, operation in all_operations().items():
        path = f"/v1/{kind.operation}"
        expected = kind.operation == "installation" or not (operation.writes or operation.anybody)
        assert (path in offered) == expected
        if not expected:
            base = knock.base(path=path)
            assert knock.ask(path, BODY, knock.headers(base))[0] == 404
    assert knock.ask("/", b"", {})[0] == 404
    assert knock.ask(PATH, b"", {}, method="GET")[0] in {404, 405}
    assert knock.ask("/healthz", b"", {}, method="GET")[0] == 200


def test_operations_authenticate(knock, served):
    """A signature alone is not enough: every route asks the directory, too."""
    home = served.home
    token = parse_token(served.make_token(SERVICE_ACCOUNT_WORDS["read_items"]))
    keyset = Keyset(token.seed)
    accounts = home.owner().service_accounts
    home.run(accounts.revoke(home.run(accounts.list())[-1]["id"]))
    for path, kind in routes().items():
        if kind.operation == "installation":
            continue
        base = knock.base(path=path, principal=token.principal)
        assert stranger(knock.ask(path, BODY, knock.headers(base, keyset.auth_seed))), path


def test_installation_says_no_more(knock):
    """What strangers learn is the installation's id and the time."""
    status, body = knock.ask("/v1/installation", b"{}", {})
    assert (status, set(body)) == (200, {"id", "timeMs"})
    assert encode_base64url(decode_base64url(body["id"])) == knock.installation
    assert msgspec.json.encode(body)
