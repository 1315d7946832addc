"""Parsers of local files, with the inputs that their fuzzing begins with."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from strongroom.client.view.marks import ContainerMark, Marks
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.costs import KdfParameters
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.home.device import Device, load_devices, store_device
from strongroom.home.files import Folder
from strongroom.home.kit import format_kit, load_kit
from strongroom.home.objects import ObjectsFiles
from strongroom.home.paths import device_name, objects_name, owner_text, state_name
from strongroom.home.session import open_session, start_session
from strongroom.home.state import StateFile
from strongroom.secret import Secret
from strongroom.trust.directory import HeadMark, Pin
from strongroom.trust.revisions import ObjectMark
from strongroom.wire.signed import SignedRoot
from support.faults_fuzz import Target

ACCOUNT, USER, SEED, NOW = b"a" * 16, b"u" * 16, b"s" * 32, 1_800_000_000_000
SECRET = "23456789ABCDEFGHJKLMNPQRST"


# -- local files -------------------------------------------------------------------------------


def file_targets(scratch: Path) -> dict[str, Target]:
    return {
        "home.device._parse_device": _device_target(Folder(scratch / "device")),
        "home.state._parse": _state_target(Folder(scratch / "state")),
        "home.objects._parse": _objects_target(Folder(scratch / "objects")),
        **_session_targets(Folder(scratch / "session")),
        "home.kit.load_kit": _kit_target(scratch / "kit.txt"),
    }


def _written(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    path.chmod(0o600)
    return path


def _a_device() -> Device:
    return Device(
        url="file:///srv/a.db",
        account_name="Account",
        email="ana@example.org",
        account_id=ACCOUNT,
        user_id=USER,
        pin=Pin(0, b"h" * 32),
        kdf=KdfParameters(b"s" * 16),
        secret_key=Secret(SECRET),
    )


def _device_target(folder: Folder) -> Target:
    store_device(folder, _a_device())
    path = folder.path / device_name(account=ACCOUNT, user=USER)

    def call(raw: bytes) -> Any:
        _written(path, raw)
        return load_devices(folder)

    return Target(call, [path.read_bytes()], covers=("home.device._parse_key",), cost=10)


def _state_target(folder: Folder) -> Target:
    state = StateFile(folder, ACCOUNT, USER)
    marks = Marks(pin=Pin(3, b"p" * 32), head=HeadMark(0, 9, b"h" * 32))
    marks.containers[b"c" * 16] = ContainerMark(4, b"m" * 32, 2, 5)
    marks.roots = [SignedRoot(b"body", ((USER, b"s" * 64),))]
    marks.heads = {b"h" * 32: 9, b"g" * 32: 8}
    state.merge(marks, seed=SEED)
    path = folder.path / state_name(owner_text(account=ACCOUNT, user=USER))
    key, context = Keyset(SEED).local_key, (ACCOUNT, USER, "state")

    def call(raw: bytes) -> Any:
        _written(path, raw)
        return state.load(SEED)

    opening = partial(open_envelope, key, Purpose.LOCAL, context, what="x")
    sealing = partial(seal, key, Purpose.LOCAL, context)
    views = ((opening, sealing),) * 6  # what lies inside is where the parser is
    covers = ("home.state._parse_root", "home.state._parse_heads")
    return Target(call, [path.read_bytes()], covers=covers, views=views, cost=10)


def _objects_target(folder: Folder) -> Target:
    container = b"c" * 16
    owner = owner_text(account=ACCOUNT, user=USER)
    files = partial(ObjectsFiles, folder, account=ACCOUNT, user=USER, seed=SEED, owner=owner)
    marks = {(container, bytes([at]) * 16): ObjectMark(at, b"h" * 32, at) for at in (1, 2)}
    files().merge(marks, generation=3)
    path = folder.path / objects_name(owner, container)
    key, context = Keyset(SEED).local_key, (ACCOUNT, USER, "objects")

    def call(raw: bytes) -> Any:
        _written(path, raw)
        files().merge({(container, b"n" * 16): ObjectMark(1, b"h" * 32)}, generation=3)
        return files().find(container, b"\2" * 16, generation=3)

    opening = partial(open_envelope, key, Purpose.LOCAL, context, what="x")
    sealing = partial(seal, key, Purpose.LOCAL, context)
    views = ((opening, sealing),) * 6  # as for the state file
    return Target(call, [path.read_bytes()], views=views, cost=10)


def _session_targets(folder: Folder) -> dict[str, Target]:
    token = start_session(folder, account=ACCOUNT, user=USER, seed=SEED, clock=lambda: NOW).expose()
    (name,) = [name for name in folder.names() if name.startswith("session-")]
    path = folder.path / name
    record = path.read_bytes()

    def by_token(text: str) -> Any:
        return open_session(folder, Secret(text), clock=lambda: NOW)

    def by_file(raw: bytes) -> Any:
        _written(path, raw)
        try:
            return by_token(token)
        finally:
            _written(path, record)

    return {
        "home.session._parse_token": Target(by_token, [token], cost=10),
        "home.session.open_session": Target(by_file, [record], cost=10),
    }


def _kit_target(path: Path) -> Target:
    return Target(
        lambda raw: load_kit(_written(path, raw)), [format_kit(_a_device()).encode()], cost=10
    )
