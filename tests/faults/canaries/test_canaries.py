"""Secrets stay out of everything but the sealed bytes (T14, T15).

Random canaries stand as titles, values, tags, notes, names, password, Secret
Key and token; then everything is used, errors included. No place that others
can read holds one, in any usual spelling. Each scan first finds a canary that
was planted in that very place, in every spelling.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sqlite3
import traceback
import types
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from strongroom.client.view.names import ItemName
from strongroom.errors import ConflictError, StrongroomError
from strongroom.items.files import FileRow, FilesView
from strongroom.items.models import DetailsView, FieldView, SectionView
from strongroom.store.sqlite.store import SqliteStore
from support.faults_canaries import Cage, Canary, texts_of
from support.faults_scene import Scene, read_files

PACKAGES = ("strongroom", "onepassword._facade.handle", "onepassword.client", "onepassword.secrets")


def planted(scene: Scene, place: Callable[[Canary, bytes], bytes]) -> None:
    """MUTANT: a canary planted in a place is found there in every spelling."""
    one_of_each_kind = ("item value", "password", "token", "Secret Key", "token's seed")
    for name in one_of_each_kind:
        canary = scene.cage.canaries[name]
        for spelling, needle in canary.spellings.items():
            found = scene.cage.scan(place(canary, needle), only=name)
            assert f"{name} ({spelling})" in found


# -- the scan itself ---------------------------------------------------------------


def test_every_spelling_is_one_that_encoders_make(scene: Scene) -> None:
    """MUTANT: what encoders make of a canary inside other text is found by the scan."""
    for canary in scene.cage.canaries.values():
        for before in (b"", b"a", b"ab", b"abc"):
            secret = canary.whole.encode() if canary.whole else canary.core
            text = before + secret + b"tail"
            for encode in (base64.b64encode, base64.urlsafe_b64encode, bytes.hex):
                encoded = encode(text)
                raw = encoded if isinstance(encoded, bytes) else encoded.encode()
                assert scene.cage.scan(raw), (canary.name, encode, before)
            assert scene.cage.scan(text)
            assert scene.cage.scan(repr(text).encode())
        if canary.whole:
            for made in (json.dumps(canary.whole), quote(canary.whole), repr(canary.whole)):
                assert scene.cage.scan(made.encode())
            for encoding in ("utf-16", "utf-16-be"):
                assert scene.cage.scan(canary.whole.encode(encoding))
            for text_ in (canary.whole.upper(), canary.whole.lower()):
                assert scene.cage.scan(text_.encode())


def test_all_kinds_of_secrets_are_watched(scene: Scene) -> None:
    """Titles, values, tags, notes, names, password, Secret Key, token and seeds are canaries."""
    names = set(scene.cage.canaries)
    wanted = {"password", "Secret Key", "token", "token's seed", "owner's seed", "user's name"}
    wanted |= {"vault title", "vault description", "robot's name"}
    wanted |= {f"item {part}" for part in ("title", "tag", "section", "field", "value", "notes")}
    assert wanted <= names


# -- database ----------------------------------------------------------------------


def test_the_database_holds_no_canary(scene: Scene) -> None:
    """Database, write-ahead log and shared memory hold sealed bytes only (T14, T15)."""
    assert scene.cage.scan(scene.files) == []


def test_a_canary_in_the_database_is_found(scene: Scene, tmp_path: Path) -> None:
    """MUTANT: a canary in a row is found in the log, and in the file after a checkpoint."""
    path = tmp_path / "planted.db"
    store = SqliteStore.create(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE plant (value BLOB)")

        def plant(_canary: Canary, needle: bytes) -> bytes:
            db.execute("INSERT INTO plant VALUES (?)", (needle,))
            in_log = read_files(path)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert needle in path.read_bytes()
            db.execute("DELETE FROM plant")
            return in_log

        planted(scene, plant)
    store.close()


# -- logs --------------------------------------------------------------------------


def test_logs_hold_no_canary(scene: Scene) -> None:
    """With every logger at DEBUG and asyncio in debug mode, no log line holds a canary."""
    text = scene.logs.getvalue()
    assert "Executing <" in text  # asyncio did log every step
    assert scene.cage.scan(text.encode()) == []


def test_a_canary_in_a_log_is_found(scene: Scene) -> None:
    """MUTANT: a canary that some logger writes is found in what was captured."""
    start = len(scene.logs.getvalue())

    def log(_canary: Canary, needle: bytes) -> bytes:
        logging.getLogger("strongroom.somewhere").debug("value %s", needle.decode("latin-1"))
        return scene.logs.getvalue()[start:].encode("latin-1", "replace")

    planted(scene, log)
    scene.logs.truncate(start)
    scene.logs.seek(start)


def test_a_callbacks_argument_would_be_logged(scene: Scene) -> None:
    """MUTANT: asyncio's debug log shows the arguments of callbacks, so the log test can fail."""
    start = len(scene.logs.getvalue())
    canary = scene.cage.canaries["item value"]

    async def leak() -> None:
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = 0.0
        loop.call_soon(str, canary.core.decode())
        await asyncio.sleep(0)

    asyncio.run(leak(), debug=True)
    assert scene.cage.scan(scene.logs.getvalue()[start:].encode())
    scene.logs.truncate(start)
    scene.logs.seek(start)


# -- what objects say of themselves ------------------------------------------------


def test_no_object_prints_a_canary(scene: Scene) -> None:
    """`repr`, `str` and `format` of everything that an engine holds show no secret."""
    texts = texts_of([*scene.roots, *scene.errors], packages=PACKAGES)
    assert len(texts) > 300
    leaks = {leak: text[:80] for text in texts for leak in scene.cage.scan(text.encode())}
    assert leaks == {}


def test_no_view_of_a_document_prints_a_canary() -> None:
    """What is read from an opened document, or asked by name, is not printed by its view."""
    cage = Cage()
    text = cage.make("title")
    views = [
        FieldView(title=text, value=text),
        SectionView(title=text),
        FileRow(id="i", name=text, size=1, chunks=1, key=text),
        FilesView(document=FileRow(id="i", name=text, size=1, chunks=1, key=text)),
        DetailsView(fields=[FieldView(value=text)], sections=[SectionView(title=text)], notes=text),
        ItemName(bytes(16), text),
    ]
    leaks = [type(view).__name__ for view in views if cage.scan(repr(view).encode())]
    assert leaks == []


def test_an_object_that_prints_a_canary_is_found(scene: Scene) -> None:
    """MUTANT: an object of ours that prints what it holds is found deep inside an engine."""
    leaky = types.new_class("Leaky", exec_body=lambda body: body.update(__module__="strongroom.x"))
    leaky.__repr__ = lambda self: self.text  # type: ignore[method-assign]
    engine = scene.roots[0]
    held = engine._session.containers  # type: ignore[attr-defined]

    def hold(_canary: Canary, needle: bytes) -> bytes:
        thing = leaky()
        thing.text = needle.decode("latin-1")  # type: ignore[attr-defined]
        held[b"planted"] = [{"deep": (thing,)}]
        texts = texts_of([engine], packages=("strongroom.x",))
        del held[b"planted"]
        return "".join(texts).encode("latin-1")

    planted(scene, hold)


def test_errors_hold_no_canary(scene: Scene) -> None:
    """Message, hint and candidates of every error are free of secrets, whatever was asked."""
    for error in scene.errors:
        parts = [repr(error), str(error), repr(error.args)]
        if isinstance(error, StrongroomError):
            parts += [str(error.message), str(error.hint), str(error.candidates), str(error.tag)]
        leaks = scene.cage.scan("\n".join(parts).encode())
        assert leaks == [], type(error)


# -- tracebacks --------------------------------------------------------------------


def test_tracebacks_hold_no_canary(scene: Scene) -> None:
    """Formatted tracebacks of all errors, with everything chained to them, show no secret."""
    assert len(scene.tracebacks) > 30
    leaks = {
        leak: text[-300:] for text in scene.tracebacks for leak in scene.cage.scan(text.encode())
    }
    assert leaks == {}


def test_a_canary_in_a_chained_exception_is_found(scene: Scene) -> None:
    """MUTANT: an exception whose cause quotes a canary gives it away in the traceback."""

    def chain(_canary: Canary, needle: bytes) -> bytes:
        try:
            try:
                raise ValueError(needle.decode("latin-1"))  # noqa: TRY301
            except ValueError:
                raise ConflictError("harmless")  # noqa: B904  (the chain is the point)
        except ConflictError:
            return traceback.format_exc().encode("latin-1")

    planted(scene, chain)
