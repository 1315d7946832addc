"""Which requests a service obeys, and what a retry gets (specs/formats.md section 13)."""

import msgspec
import pytest

from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.signatures import derive_public_key, is_public_key, sign
from strongroom.errors import (
    ERRORS_BY_CODE,
    ClockSkewError,
    ConflictError,
    IntegrityError,
    StrongroomError,
    TooLargeError,
)
from strongroom.limits import BATCH_MAX, INTEGER_MAX
from strongroom.trust import requests
from strongroom.trust.requests import (
    NONCE_KEPT_MS,
    OFFSET_MS_MAX,
    RESULT_BYTES_MAX,
    WINDOW_MS,
    check_clock_offset,
    check_request,
    check_same_request,
    make_outcome,
    recall_outcome,
    verify_request,
)
from strongroom.wire.messages import CommitAnswer
from strongroom.wire.requests import KeyKind, SignatureBase, hash_request
from support.faults_curves import SIGN_BIT, at

SEED, OTHER_SEED = b"s" * 32, b"t" * 32
KEY = derive_public_key(SEED)
NOW = 1_780_000_000_000
ADDRESSES = ["strongroom.example:443", "[::1]:8443"]
REQUEST = SignatureBase(
    srv=b"s" * 16,
    authority=ADDRESSES[0],
    account=b"a" * 16,
    principal=b"p" * 16,
    key_kind=KeyKind.DEVICE,
    device=b"d" * 16,
    method="PUT",
    path="/v1/items",
    body_hash=sha256(b"{}"),
    time_ms=NOW,
    nonce=b"n" * 16,
    client="op/2.0",
)
SIGNATURE = sign(SEED, REQUEST.encode())


def made(**changes):
    return msgspec.structs.replace(REQUEST, **changes)


def check(request, *, now=NOW, addresses=ADDRESSES):
    check_request(request, addresses=addresses, now=now)


def refusal(work, *args, **options):
    with pytest.raises(StrongroomError) as caught:
        work(*args, **options)
    return type(caught.value), caught.value.layer


GOOD = {
    "a device": {},
    "a user": {"key_kind": KeyKind.USER, "device": b""},
    "a service account": {"key_kind": KeyKind.SERVICE_ACCOUNT, "device": b""},
    "the other address": {"authority": ADDRESSES[1]},
    "no client text": {"client": ""},
    "the oldest": {"time_ms": NOW - WINDOW_MS},
    "the newest": {"time_ms": NOW + WINDOW_MS},
}


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD.keys())
def test_good_requests(changes):
    """A request for this service, now, and signed by its principal's key is obeyed."""
    request = made(**changes)
    check(request)
    verify_request(request, signature=sign(SEED, request.encode()), public_key=KEY)


FORM = (IntegrityError, "form")
REFUSED = {
    "another address": ({"authority": "evil.example:443"}, (IntegrityError, "authority")),
    "an address without its port": (
        {"authority": "strongroom.example"},
        (IntegrityError, "authority"),
    ),
    "an address in upper case": (
        {"authority": "Strongroom.Example:443"},
        (IntegrityError, "authority"),
    ),
    "too old": ({"time_ms": NOW - WINDOW_MS - 1}, (ClockSkewError, "time")),
    "too early": ({"time_ms": NOW + WINDOW_MS + 1}, (ClockSkewError, "time")),
    "a device without its id": ({"device": b""}, FORM),
    "a short device id": ({"device": b"d" * 15}, FORM),
    "a user with a device": ({"key_kind": KeyKind.USER}, FORM),
    "a service account with a device": ({"key_kind": KeyKind.SERVICE_ACCOUNT}, FORM),
    "no key kind": ({"key_kind": 0, "device": b""}, FORM),
    "an unknown key kind": ({"key_kind": 4, "device": b""}, FORM),
    "no nonce": ({"nonce": b""}, FORM),
    "a short nonce": ({"nonce": b"n" * 15}, FORM),
    "a long nonce": ({"nonce": b"n" * 17}, FORM),
    "a short installation": ({"srv": b"s" * 15}, FORM),
    "no account": ({"account": b""}, FORM),
    "a long principal": ({"principal": b"p" * 17}, FORM),
    "no hash of the body": ({"body_hash": b""}, FORM),
    "half a character in the path": ({"path": "/\udcff"}, FORM),
    "half a character in the client text": ({"client": "\ud800"}, FORM),
}


@pytest.mark.parametrize(("changes", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals(changes, expected):
    """The first check that fails refuses, before any key is looked up."""
    assert refusal(check, made(**changes)) == expected


def test_order():
    """Authority comes before time, and time before form."""
    wrong = made(authority="x:1", time_ms=0, nonce=b"")
    assert refusal(check, wrong)[1] == "authority"
    assert refusal(check, msgspec.structs.replace(wrong, authority=ADDRESSES[0]))[1] == "time"
    late = msgspec.structs.replace(wrong, authority=ADDRESSES[0], time_ms=NOW)
    assert refusal(check, late)[1] == "form"


def test_no_address():
    """A service without a public address obeys nobody."""
    assert refusal(check, REQUEST, addresses=[])[1] == "authority"


@pytest.mark.parametrize("time_ms", [-1, INTEGER_MAX + 1])
def test_times_that_are_none(time_ms):
    """A time outside the integers of the wire is of the wrong form, even for a clock beside it."""
    assert refusal(check, made(time_ms=time_ms), now=max(0, min(time_ms, INTEGER_MAX))) == FORM


def test_window_mutant(monkeypatch):
    """MUTANT: without the window a request of last year is obeyed again."""
    last_year = made(time_ms=NOW - 365 * 86_400_000)
    assert refusal(check, last_year)[1] == "time"
    monkeypatch.setattr(requests, "WINDOW_MS", INTEGER_MAX)
    check(last_year)


CHANGED = {
    "srv": b"x" * 16,
    "authority": ADDRESSES[1],
    "account": b"x" * 16,
    "principal": b"x" * 16,
    "key_kind": KeyKind.USER,
    "device": b"x" * 16,
    "method": "DELETE",
    "path": "/v1/items?x",
    "body_hash": sha256(b"{} "),
    "time_ms": NOW + 1,
    "nonce": b"x" * 16,
    "client": "op/2.1",
}


@pytest.mark.parametrize("part", SignatureBase.__struct_fields__)
def test_changed_parts(part):
    """Whatever was changed on the way, or relayed to another service, is not what was signed."""
    request = made(**{part: CHANGED[part]})
    assert refusal(verify_request, request, signature=SIGNATURE, public_key=KEY) == (
        IntegrityError,
        "signature",
    )


def test_other_keys():
    """Another key, no key and a cut signature are refused in the same words."""
    told = set()
    for signature, key in (
        (SIGNATURE, derive_public_key(OTHER_SEED)),
        (SIGNATURE, None),
        (SIGNATURE, b""),
        (SIGNATURE[:-1], KEY),
        (b"", KEY),
    ):
        with pytest.raises(IntegrityError) as caught:
            verify_request(REQUEST, signature=signature, public_key=key)
        told.add((caught.value.message, caught.value.layer))
    assert told == {("the signature of the request is wrong", "signature")}


def test_signature_mutant(monkeypatch):
    """MUTANT: without the signature anybody's request is obeyed, in the name of who has a key."""
    monkeypatch.setattr(requests, "verify", lambda *_parts, **_named: None)
    verify_request(REQUEST, signature=b"", public_key=KEY)
    with pytest.raises(IntegrityError):
        verify_request(REQUEST, signature=b"", public_key=None)


def counted(monkeypatch, request, signature, public_key):
    """Return the keys and messages that a refusal verifies."""
    seen = []
    genuine = requests.verify

    def verify(public_key, signature, message, *, what):
        seen.append((len(public_key), len(signature), message, what))
        genuine(public_key, signature, message, what=what)

    with monkeypatch.context() as patch:
        patch.setattr(requests, "verify", verify)
        assert refusal(verify_request, request, signature=signature, public_key=public_key) == (
            IntegrityError,
            "signature",
        )
    return seen


def test_nobody_costs_as_much_as_a_wrong_signature(monkeypatch):
    """Without a key the same is verified, against a key that is a point like any other."""
    wrong = counted(monkeypatch, REQUEST, SIGNATURE, derive_public_key(OTHER_SEED))
    for key in (None, b""):
        assert counted(monkeypatch, REQUEST, SIGNATURE, key) == wrong
    assert len(wrong) == 1
    assert is_public_key(requests._NOBODY)
    y = int.from_bytes(requests._NOBODY, "little")
    point = at(y & (SIGN_BIT - 1), odd=bool(y & SIGN_BIT))
    assert point is not None
    assert point.encode() == requests._NOBODY


def test_a_service_that_knows_at_once(monkeypatch):
    """MUTANT: without the stand-in an unknown principal costs no verification of a point."""
    monkeypatch.setattr(requests, "_NOBODY", b"")
    wrong = counted(monkeypatch, REQUEST, SIGNATURE, derive_public_key(OTHER_SEED))
    assert counted(monkeypatch, REQUEST, SIGNATURE, None) != wrong


def test_nobodys_signature_counts_for_nobody(monkeypatch):
    """Even a signature that verifies under the stand-in is refused: it is nobody's key."""
    monkeypatch.setattr(requests, "_NOBODY", KEY)
    found = refusal(verify_request, REQUEST, signature=SIGNATURE, public_key=None)
    assert found == (IntegrityError, "signature")


@pytest.mark.parametrize("offset", [0, 1, -1, OFFSET_MS_MAX, -OFFSET_MS_MAX])
def test_clock_offset(offset):
    """A client believes a service whose clock is up to a day away."""
    assert check_clock_offset(server_time=NOW + offset, now=NOW) == offset


@pytest.mark.parametrize("offset", [OFFSET_MS_MAX + 1, -OFFSET_MS_MAX - 1])
def test_clock_offset_beyond_a_day(offset):
    """A client does not sign for a time that is more than a day away."""
    with pytest.raises(ClockSkewError, match="24 hours"):
        check_clock_offset(server_time=NOW + offset, now=NOW)


# -- nonces ------------------------------------------------------------------------

CLAIM = hash_request("PUT", "/v1/items", b"{}")
OUTCOME = make_outcome(CLAIM, status=200, result=b"made", now=NOW)


def test_new_nonce():
    """A nonce that nobody used has no outcome yet."""
    assert recall_outcome(None, CLAIM, now=NOW) is None


@pytest.mark.parametrize("later", [-WINDOW_MS, 0, NONCE_KEPT_MS - 1])
def test_retry(later):
    """A retry gets the first outcome for 24 hours, even if the clock went back."""
    assert recall_outcome(OUTCOME, CLAIM, now=NOW + later) == OUTCOME


@pytest.mark.parametrize("later", [NONCE_KEPT_MS, NONCE_KEPT_MS + 1])
def test_forgotten_nonce(later):
    """After 24 hours a nonce is new, for any request."""
    for claim in (CLAIM, hash_request("PUT", "/v1/items", b"[]")):
        assert recall_outcome(OUTCOME, claim, now=NOW + later) is None


OTHERS = {
    "another method": ("POST", "/v1/items", b"{}"),
    "another path": ("PUT", "/v1/items?x", b"{}"),
    "another body": ("PUT", "/v1/items", b"{} "),
}


@pytest.mark.parametrize("parts", OTHERS.values(), ids=OTHERS.keys())
def test_nonce_of_another_request(parts):
    """A nonce that served one request does not serve another, nor shows how that one ended."""
    with pytest.raises(ConflictError) as caught:
        recall_outcome(OUTCOME, hash_request(*parts), now=NOW)
    assert caught.value.layer == "nonce"
    assert "made" not in str(caught.value)
    with pytest.raises(ConflictError):
        check_same_request(stored=CLAIM, again=hash_request(*parts))


def test_nonce_mutant(monkeypatch):
    """MUTANT: without the comparison another request gets the outcome of the first."""
    monkeypatch.setattr(requests, "equal", lambda _left, _right: True)
    assert recall_outcome(OUTCOME, hash_request("DELETE", "/", b""), now=NOW) == OUTCOME


def test_size_of_results():
    """A result of 64 KiB is kept; a larger one is refused before the change is made."""
    largest = b"x" * RESULT_BYTES_MAX
    assert make_outcome(CLAIM, status=200, result=largest, now=NOW).result == largest
    with pytest.raises(TooLargeError, match="65536"):
        make_outcome(CLAIM, status=200, result=largest + b"x", now=NOW)


def test_refused_requests_keep_nothing():
    """A refused request changed nothing: its nonce serves again, however long the refusal was."""
    for status in (400, 401, 403, 404, 409, 413, 422, 429, 500, 503):
        assert make_outcome(CLAIM, status=status, result=b"x" * 10**6, now=NOW) is None
    assert make_outcome(CLAIM, status=399, result=b"", now=NOW) is not None


def test_the_largest_batch_has_room():
    """Of 10,000 revisions the answer fits beside a nonce, even where each was refused."""
    places = tuple(range(BATCH_MAX))
    codes = sorted(ERRORS_BY_CODE, key=len)[-20:]
    spread = {code: places[start :: len(codes)] for start, code in enumerate(codes)}
    for refused in ({codes[-1]: places}, spread):
        result = msgspec.json.encode(CommitAnswer(refused=refused))
        assert make_outcome(CLAIM, status=200, result=result, now=NOW) is not None
