"""The subjects of the anomaly loop: the ways in which an account can be kept."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from support.anomalies.engines import Scene, Stage, picture
from support.anomalies.loop import State, Subject
from support.anomalies.seam_sqlite import COMMIT, put_gate_before_sqlite
from support.faults_readers import copy_marks
from support.faults_whole import assert_whole
from support.homes import Home


class SqliteSubject:
    """An account in one SQLite file, behind the gate of its driver's connections."""

    stores = frozenset({COMMIT})
    removes: frozenset[str] = frozenset()

    def __init__(self, stage: Stage, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Take a stage, and a folder for the file of each try."""
        self._stage = stage
        self._content = stage.home.path.read_bytes()
        self._path = folder / "strongroom.db"
        self._copies = folder / "copies"
        self._copies.mkdir()
        self._kept: list[str] = []
        self._scene: Scene | None = None
        put_gate_before_sqlite(patch)

    def fresh(self) -> Scene:
        """Return a scene on a copy of the stage."""
        self.close()
        self._path.write_bytes(self._content)
        self._kept.clear()
        home = Home(self._path, self._stage.home.account)
        self._scene = Scene(home, dict(self._stage.ids), home.owner())
        return self._scene

    def look(self, scene: Scene) -> State:
        """Return what a new engine shows, which remembers what the scene's has seen."""
        return self._look(scene.home, scene)

    def _look(self, home: Home, scene: Scene) -> State:
        engine = home.owner(copy_marks(scene.engine.marks))
        try:
            return picture(home, engine)
        finally:
            home.opened.remove(engine)
            engine.close()
            with closing(sqlite3.connect(home.path)) as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert_whole(db)

    def stamp(self, scene: Scene) -> object:
        """Return the hash of the file and of what waits beside it."""
        files = (Path(f"{scene.home.path}{end}") for end in ("", "-wal"))
        return sha256(b"".join(one.read_bytes() for one in files if one.exists())).hexdigest()

    def keep(self, scene: Scene) -> None:
        """Copy the file with what waits beside it."""
        stamp = str(self.stamp(scene))
        if stamp in self._kept:
            return
        self._kept.append(stamp)
        for end in ("", "-wal", "-journal"):
            if Path(f"{scene.home.path}{end}").exists():
                shutil.copyfile(f"{scene.home.path}{end}", self._copies / f"{stamp}.db{end}")

    def left(self) -> list[State]:
        """Return what new engines show of the copies."""
        scene = self._scene
        assert scene is not None
        homes = [replace(scene.home, path=self._copies / f"{one}.db") for one in self._kept]
        # Nobody remembers what was stored later than the copy.
        fresh = [replace(scene, engine=home.owner()) for home in homes]
        states = [self._look(*pair) for pair in zip(homes, fresh, strict=True)]
        for home in homes:
            home.close()
        for file in self._copies.iterdir():
            file.unlink()
        return states

    def rests(self, _scene: Scene) -> list[str]:
        """Return what lies beside the file once it is closed."""
        self.close()
        names = {one.name for one in self._path.parent.iterdir()}
        return sorted(names - {self._path.name, self._copies.name})

    def close(self) -> None:
        """Close the engines of the last scene."""
        if self._scene is not None:
            self._scene.home.close()
        self._scene = None


# Another store joins here, by its name: a class with the attributes of `Subject`.
SUBJECTS: Final[dict[str, Callable[[Stage, Path, pytest.MonkeyPatch], Subject[Scene]]]] = {
    "sqlite": SqliteSubject,
}
