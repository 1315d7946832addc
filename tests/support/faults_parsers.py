"""Every parser of strongroom with the inputs that its fuzzing begins with.

A private parser is reached through the door that promises its errors.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import inspect
import io
import json
import pkgutil
import re
import struct
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import strongroom
from generator.tokens import checksum, print_text
from strongroom.addresses import parse_file_address, parse_server_address
from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.cli.account.addresses import parse_address
from strongroom.cli.audit import parse_head as parse_audit_head
from strongroom.cli.audit import parse_since
from strongroom.cli.backups.restore_accept import parse_hash
from strongroom.cli.environment.variables import parse_statement, parse_variables
from strongroom.cli.item.assignments import parse_assignment, parse_assignments
from strongroom.cli.item.input import parse_templates
from strongroom.cli.item.recipes import parse_recipe
from strongroom.cli.program.files import parse_json, parse_mode
from strongroom.cli.program.shapes import (
    parse_category,
    parse_json_type,
    parse_query_type,
    to_sdk_value,
)
from strongroom.cli.program.stdin import Input as StandardInput
from strongroom.cli.program.stdin import take_specifiers
from strongroom.cli.program.times import parse_duration
from strongroom.cli.read.quick import parse_plain_read
from strongroom.cli.server.server import _parse_listen
from strongroom.cli.service_account.service_account import parse_access as parse_cli_access
from strongroom.client.account import unlocking
from strongroom.clock import parse_time
from strongroom.crypto.invites import parse_invite_link
from strongroom.crypto.links import format_link, parse_link
from strongroom.crypto.public.costs import KdfParameters
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.crypto.secret_keys import format_secret_key, parse_secret_key
from strongroom.crypto.shares import parse_share_link
from strongroom.crypto.ssh_keys import SshKey, make_private_key, parse_private_key
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.tokens import Token, format_token, parse_token
from strongroom.delivery.env_files import parse_env_file
from strongroom.delivery.templates import parse_template
from strongroom.documents import parse_document
from strongroom.environments.dotenv import parse_dotenv
from strongroom.ids import format_id, parse_id
from strongroom.items.models import read_details
from strongroom.items.otp import parse_otp
from strongroom.items.websites import parse_domain
from strongroom.pae import pae, parse_pae
from strongroom.permissions import parse_permissions
from strongroom.references import parse_command_reference, parse_reference
from strongroom.service.objects import reading
from strongroom.shares.policy import default_policy
from strongroom.shares.recipients import parse_recipients
from strongroom.wire.access import Accessor, AccessRecord, parse_access
from strongroom.wire.codec import request_codec
from strongroom.wire.entries import parse_entry
from strongroom.wire.heads import Head, parse_head
from strongroom.wire.messages import LookupRequest
from strongroom.wire.requests import KeyKind, Received, SignatureBase, format_headers, parse_headers
from strongroom.wire.revisions import parse_revision
from strongroom.wire.roots import parse_root
from support.bodies import REVISION
from support.faults_fuzz import Input, Target
from support.faults_parsers_files import ACCOUNT, NOW, SECRET, SEED, USER, file_targets
from support.trust_world import ANA, make_root

ROOT: Final = "strongroom."
_NAME: Final = re.compile(r"_?(parse|decode)")
# Programs of others, and what runs when it is imported.
_NOT_IMPORTED: Final = ("strongroom.cli.demo.programs", "strongroom.__main__")
NOT_PARSERS: Final = {
    "cli.backups.backup._Restore.parse_args": "a hook of click: its words were split by the shell",
    "cli.core.core._Core.parse_args": "likewise",
    "cli.run.run.RunCommand.parse_args": "likewise",
    "cli.program.framework._CommonParts.parse_args": "likewise",
}


HASH_TEXT = encode_base64url(b"h" * 32)


def parsers(*, package: ModuleType = strongroom) -> dict[str, FunctionType]:
    """Return every function and method that is named as a parser, by its place."""
    found = {}
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not info.name.startswith(_NOT_IMPORTED):
            found |= parsers_of(importlib.import_module(info.name))
    return found


def parsers_of(module: ModuleType) -> dict[str, FunctionType]:
    """Return the parsers that one module defines."""
    named = dict(vars(module))
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            named |= {f"{name}.{inner}": what for inner, what in vars(value).items()}
    plain = {name: inspect.unwrap(getattr(what, "__func__", what)) for name, what in named.items()}
    return {
        f"{module.__name__.removeprefix(ROOT)}.{name}": what
        for name, what in plain.items()
        if isinstance(what, FunctionType)
        and what.__module__ == module.__name__
        and _NAME.match(name.rpartition(".")[2])
    }


def targets(scratch: Path) -> dict[str, Target]:
    """Return what is fuzzed, by the parser's place; some more doors are named by theirs."""
    return _values() | _texts() | _bodies() | _sealed() | file_targets(scratch) | _typed()


# -- values and texts ----------------------------------------------------------------------


_DETAILS: Final = (
    b'{"fields":[{"id":"f","title":"t","sectionId":"s","fieldType":"Text","value":"v"}],'
    b'"sections":[{"id":"s","title":"s"}],"files":[],"notes":"n"}'
)


def _values() -> dict[str, Target]:
    reference = "op://vault/item/section/field?attribute=otp"
    otp = "otpauth://totp/a:b?secret=JBSWY3DPEHPK3PXP&issuer=a&digits=8&period=60&algorithm=SHA256"
    return {
        "clock.parse_time": Target(
            parse_time,
            ["2026-01-02T03:04:05Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"],
        ),
        "ids.parse_id": Target(parse_id, [format_id(ACCOUNT), format_id(b"\xff" * 16)]),
        "base64url.decode_base64url": Target(
            decode_base64url,
            [HASH_TEXT, ""],
            allowed=(ValueError, "its docstring promises it, and each caller says what was wrong"),
        ),
        "references.parse_reference": Target(
            parse_reference, [reference, "op://a/b/c", "op://a/b/key?ssh-format=openssh"]
        ),
        "references.parse_command_reference": Target(
            parse_command_reference, [reference, "op://a/b/c?attr=type", "op://a/b/c?attribute=id"]
        ),
        "addresses.parse_server_address": Target(
            parse_server_address, ["https://secrets.example.org:8465", "http://[::1]/", "https://a"]
        ),
        "addresses.parse_file_address": Target(
            parse_file_address, ["file:///home/ana/strongroom.db", "file:///%C3%A4%20b"]
        ),
        "cli.server.server._parse_listen": Target(_parse_listen, ["[::1]:0", "a:65536", ":"]),
        "cli.account.addresses.parse_address": Target(
            parse_address, ["file:///home/ana/strongroom.db", "/home/ana/strongroom.db", "~/a b"]
        ),
        "permissions.parse_permissions": Target(
            lambda text: parse_permissions(text.split(",")), ["view_items,edit_items", "allow_view"]
        ),
        "items.otp.parse_otp": Target(
            parse_otp,
            [otp, "JBSW Y3DP-EHPK3PXP"],
            covers=tuple(f"items.otp._parse_{one}" for one in ("key", "number", "algorithm")),
        ),
        "documents.parse_document": Target(
            partial(parse_document, what="x"), [b'{"title": "a", "n": [1, {"b": null}]}', b"{}"]
        ),
        "items.models.read_details": Target(
            partial(read_details, what="x"),
            [_DETAILS, b"{}"],
        ),
        "environments.dotenv.parse_dotenv": Target(
            partial(parse_dotenv, what="x"),
            ["A=b\nexport C='d e'\n# f\n\nG=\"h\\n\" # i\n", "A='b\nc'\r\nD=\n"],
        ),
        "delivery.env_files.parse_env_file": Target(
            partial(parse_env_file, what="x", environment={"A": "b"}),
            ["A=b\nexport C='d e' # f\nG=\"h\\n$A\"\n", "A=op://$A/${B:-c}/d\r\nD=\\$\n"],
        ),
        "delivery.templates.parse_template": Target(
            parse_template,
            ['a: op://v/i/f?attribute=otp\n{{ op://v/a b/f }} {{ "x\\"y" }}', "${A:-b} $C \\$D ${"],
        ),
        "items.websites.parse_domain": Target(parse_domain, ["www.example.org", "xn--a.b.", "a"]),
    }


def _texts() -> dict[str, Target]:
    secret_key = format_secret_key(account_id=format_id(ACCOUNT), secret=SECRET)
    token = format_token(
        Token("file:///a/b.db", b"", ACCOUNT, USER, SEED, 3, b"r" * 32, 0, 9, None)
    )
    file, https = "file:///a/b.db", "https://example.org"
    payload = b"p" * 32
    return {
        "crypto.secret_keys.parse_secret_key": Target(
            parse_secret_key, [secret_key, secret_key.lower().replace("-", " ")]
        ),
        "crypto.symmetric_keys.SymmetricKey.parse": Target(
            SymmetricKey.parse,
            [HASH_TEXT],
            allowed=(ValueError, "its docstring promises it, and each caller says what was wrong"),
        ),
        "crypto.tokens.parse_token": Target(
            partial(parse_token, now=NOW),
            [token],
            covers=("crypto.tokens._decode", "crypto.tokens._parse_json"),
            views=((_token_text, _token_of),),
        ),
        "crypto.links.parse_link": Target(
            partial(parse_link, path="x", size=32, what="x"),
            [
                format_link(file, path="x", payload=payload, what="x"),
                format_link(https, path="x", payload=payload, what="x"),
            ],
        ),
        "crypto.invites.parse_invite_link": Target(
            parse_invite_link, [format_link(file, path="join", payload=payload * 2, what="x")]
        ),
        "crypto.shares.parse_share_link": Target(
            parse_share_link, [format_link(https, path="s", payload=payload, what="x")]
        ),
        "shares.recipients.parse_recipients": Target(
            lambda text: parse_recipients(default_policy(), text.split(",")),
            ["ana@example.org,example.org"],
            covers=("shares.recipients._parse",),
        ),
        "wire.requests.parse_headers": Target(_headers, _header_texts()),
        "crypto.ssh_keys.parse_private_key": Target(
            parse_private_key,
            _ssh_keys(),
            covers=("crypto.ssh_keys._decode",),
            # What lies in the armour is where the parser is.
            views=tuple((_without_armour, partial(_armour, label)) for label in _LABELS * 2),
        ),
    }


_LABELS: Final = ("", "RSA ", "OPENSSH ")


def _ssh_keys() -> list[Input]:
    """Return keys in every form; a PKCS#1 one is not written by the program, and by hand."""
    small = SshKey(Ed25519PrivateKey.from_private_bytes(SEED))
    large = make_private_key("rsa2048")
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.TraditionalOpenSSL
    pkcs1 = large._key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
    both = [(key.format_pkcs8(), key.format_openssh()) for key in (small, large)]
    # One bit makes an Ed25519 key an Ed448 key of a size that the library does not expect.
    ed448 = both[0][0].replace("K2Vw", "K2Vx")
    return [*(text for texts in both for text in texts), pkcs1, ed448]


def _without_armour(text: str) -> bytes:
    return base64.b64decode("".join(text.splitlines()[1:-1]))


def _armour(label: str, raw: bytes) -> str:
    name = f"{label}PRIVATE KEY-----"
    return f"-----BEGIN {name}\n{base64.b64encode(raw).decode()}\n-----END {name}\n"


def _token_text(token: str) -> str:
    body = token.removeprefix("ops_")
    return base64.b64decode(body + "=" * (-len(body) % 4)).decode()


def _token_of(text: str) -> str:
    """Write a token with right check digits, if there can be any."""
    with contextlib.suppress(Exception):
        claims = json.loads(text)
        text = json.dumps(claims | {"chk": checksum(claims)}, ensure_ascii=False)
    return print_text(text)


RECEIVED: Final = Received(
    srv=b"i" * 16, authority="localhost:443", method="POST", path="/v1/x?y=1", body=b"{}"
)


def _header_texts() -> list[Input]:
    asked = SignatureBase(
        srv=RECEIVED.srv,
        authority=RECEIVED.authority,
        account=ACCOUNT,
        principal=USER,
        key_kind=KeyKind.DEVICE,
        device=b"d" * 16,
        method="POST",
        path=RECEIVED.path,
        body_hash=sha256(b"{}"),
        time_ms=NOW,
        nonce=b"n" * 16,
        client="tests 1.0",
    )
    headers = format_headers(asked, bytes(64))
    return ["\n".join(f"{name}: {value}" for name, value in headers.items())]


def _headers(text: str) -> Any:
    rows = [line.partition(": ") for line in text.split("\n")]
    return parse_headers([(name, value) for name, _, value in rows], RECEIVED)


# -- signed bodies and sealed content --------------------------------------------------------


_LOOKUP: Final = (
    b'{"queries":[{"container":"' + b"a" * 26 + b'","tags":["AAAA"]}],"known":{"headRev":7}}'
)


def _bodies() -> dict[str, Target]:
    access = AccessRecord(
        account=ACCOUNT, kind=1, subtype=0, container=b"c" * 16, access_rev=2, previous=b"p" * 32,
        creator=USER, salt=b"s" * 32, epoch=2, key_id=b"k" * 16, link_hash=b"l" * 32, generation=0,
        directory_rev=5, authority=1, authority_rev=1, authority_hash=b"", via=USER,
        group_hash=b"", created_ms=NOW, signer=USER, signer_fp=b"f" * 32,
        accessors=tuple(
            Accessor(bytes([n]) * 16, 1 + n % 3, b"f" * 32, 48, b"h" * 32) for n in range(3)
        ),
    )  # fmt: skip
    head = Head(
        account=ACCOUNT, generation=0, rev=7, previous=b"p" * 32, root_version=1,
        root_hash=b"r" * 32, count=4, tree_root=b"t" * 32, created_ms=NOW, signer=USER,
    )  # fmt: skip
    group = access.encode()
    return {
        "pae.parse_pae": Target(parse_pae, [pae("sr/v1/x", 3, b"", b"abc"), pae()]),
        "wire.codec.Codec.decode": Target(request_codec(LookupRequest).decode, [_LOOKUP, b"{}"]),
        "wire.access.parse_access": Target(parse_access, [group, _genesis(access).encode()]),
        "wire.entries.parse_entry": Target(parse_entry, [ANA.entry().encode()]),
        "wire.heads.parse_head": Target(parse_head, [head.encode()]),
        "wire.revisions.parse_revision": Target(parse_revision, [REVISION.encode()]),
        "wire.roots.parse_root": Target(
            parse_root, [make_root(policy=b'{"membersCreateVaults":true}').encode()]
        ),
        "service.objects.reading._parse_place": Target(reading._parse_place, [b"1/" + USER, b""]),
    }


def _genesis(access: AccessRecord) -> AccessRecord:
    return msgspec.structs.replace(
        access, access_rev=0, previous=b"", epoch=1, link_hash=b"", accessors=()
    )


def _sealed() -> dict[str, Target]:
    key, context = SymmetricKey(SEED), (ACCOUNT, USER, "state")
    opening = partial(open_envelope, key, Purpose.LOCAL, context, what="x")
    record = {"seed": HASH_TEXT, "root": [0, HASH_TEXT], "head": [0, 1], "keyset": 1}
    return {
        "crypto.sealing.open_envelope": Target(
            opening,
            [seal(key, Purpose.LOCAL, context, b"data")],
            views=((opening, partial(seal, key, Purpose.LOCAL, context)),),
        ),
        "client.account.unlocking._parse_seed": Target(
            lambda raw: unlocking._parse_seed(raw, KdfParameters(b"s" * 16)),
            [json.dumps(record).encode()],
        ),
    }


# -- the command line ------------------------------------------------------------------------


def _typed() -> dict[str, Target]:
    assignments = ["section.field[text]=value", r"a\.b=c\=d", "field[delete]", "f[password]=x"]
    template = b'{"title":"a","category":"LOGIN","fields":[{"id":"f","type":"STRING","value":"v"}]}'
    return {
        "cli.item.assignments.parse_assignment": Target(
            parse_assignment, assignments, covers=("cli.item.assignments._parse_type",)
        ),
        "cli.item.assignments.parse_assignments": Target(
            lambda text: parse_assignments(text.split("\n"), lambda what: what),
            ["\n".join(assignments), "a=-"],
        ),
        "cli.environment.variables.parse_statement": Target(
            parse_statement, ["NAME[masked]=value", r"N\[a\]=b", "A[delete]", "B[unmasked]"]
        ),
        "cli.environment.variables.parse_variables": Target(
            partial(parse_variables, what="x"),
            ['[{"name":"A","value":"b","masked":true}]', "A=b\nB='c d'\n"],
            covers=("cli.environment.variables._parse_json",),
        ),
        "cli.audit.parse_head": Target(parse_audit_head, [f"12:{'0a' * 32}"]),
        "cli.backups.restore_accept.parse_hash": Target(parse_hash, ["0a" * 32]),
        "cli.audit.parse_since": Target(
            partial(parse_since, now_ms=NOW), ["2026-01-31T12:00:00Z", "1d12h", "2026-01-31"]
        ),
        "cli.program.times.parse_duration": Target(
            partial(parse_duration, flag="x"), ["1h30m", "90d"]
        ),
        "cli.item.recipes.parse_recipe": Target(parse_recipe, ["letters,digits,symbols,32", "20"]),
        "cli.program.files.parse_mode": Target(parse_mode, ["0600", "777"]),
        "cli.read.quick.parse_plain_read": Target(
            lambda text: parse_plain_read(text.split("\n")), ["read\nop://a/b/c\n-n", "read\n-n"]
        ),
        "cli.program.shapes.parse_category": Target(
            parse_category, ["API Credential", "ssh", "LOGIN"]
        ),
        "cli.program.shapes.parse_json_type": Target(
            parse_json_type, ["STRING", "GENDER", "CONCEALED"]
        ),
        "cli.program.shapes.parse_query_type": Target(parse_query_type, ["otp", "concealed"]),
        "cli.program.shapes.to_sdk_value": Target(
            lambda text: (
                [
                    to_sdk_value(field_type=one, value=text, what="x")
                    for one in ("MonthYear", "Date")
                ]
                if "/" in text
                else to_sdk_value(field_type="Date", value=text, what="x")
            ),
            ["2026-01-31", "01/2026", "1790000000", "-1"],
            covers=("cli.program.shapes._parse_month", "cli.program.shapes._parse_date"),
        ),
        "cli.service_account.service_account.parse_access": Target(
            parse_cli_access, ["vault:read_items,write_items", "vault"]
        ),
        "cli.program.files.parse_json": Target(
            partial(parse_json, what="x"), [template.decode(), "[]"]
        ),
        "cli.item.input.parse_templates": Target(
            partial(parse_templates, what="x"), [template, b"[" + template + b"]"]
        ),
        "cli.program.stdin.take_specifiers": Target(
            lambda raw: take_specifiers(StandardInput(io.BytesIO(raw)), "x"),
            [b"one\r\ntwo\n", b'{"id":"a"} {"id":"b"}\n[{"id":"c"}]'],
            covers=("cli.program.stdin._decode",),
        ),
    }


# -- a parser with a fault, for the mutants -----------------------------------------------------


def parse_carelessly(raw: bytes) -> int:
    """Read a count and its bytes as somebody in a hurry does."""
    if len(raw) < 4:
        return 0
    (count,) = struct.unpack_from("<I", raw)
    if count > 3 and raw[4:6] == b"ok":
        return raw[4 + count]
    return count


CARELESS: Final = Target(parse_carelessly, [struct.pack("<I", 3) + b"ok and more"])


def parse_slowly(raw: bytes) -> int:
    """Compare every byte with every sixteenth one."""
    return sum(raw[one] == raw[two] for one in range(len(raw)) for two in range(0, len(raw), 16))


SLOW: Final = replace(CARELESS, call=parse_slowly)


def greedy(raw: bytes) -> bytes:
    """Allocate what the first word says."""
    return bytes(int.from_bytes(raw[:4], "little") % (1 << 28))


GREEDY: Final = replace(CARELESS, call=greedy)
