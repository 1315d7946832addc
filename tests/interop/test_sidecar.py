"""The pod of docs/how-to/sidecar.md, without a cluster: its users, volumes, processes, probes.

Manifest and program are taken from the page. What stands for the cluster is written here: folders
for volumes, made as Kubernetes makes them, and processes of the users that the manifest names.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from strongroom.client.runtime import drive
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.store.sqlite.backup import backup
from strongroom.testing import throw_away_account
from strongroom.testing.account import ThrowAwayAccount, private_folder
from support.examples import find_steps
from support.javascript import PACKAGE, ROOT, find_node, install

PAGE = ROOT / "docs/how-to/sidecar.md"
STRONGROOM = [sys.executable, "-m", "strongroom.cli.main"]
PASSWORD = "canary-of-the-database"
URL = f"postgres://shop:{PASSWORD}@db.internal:5432/shop"
SECONDS_MAX = 60

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other users")


def examples(language: str) -> list[str]:
    """Return the examples of the page in a language."""
    return [step.text for step in find_steps(PAGE) if step.kind == language]


def read_manifests() -> list[dict[str, Any]]:
    """Return the manifests of the page: the claim, the pod that loads, the pod."""
    return [one for text in examples("yaml") for one in yaml.safe_load_all(text)]


class Pod:
    """Plays the manifest below a folder, in which its absolute paths are."""

    def __init__(self, root: Path, port: int) -> None:
        claim, self.load, pod = read_manifests()
        assert [one["kind"] for one in (claim, self.load, pod)] == [
            "PersistentVolumeClaim",
            "Pod",
            "Pod",
        ]
        self.spec = pod["spec"]
        (self.core,) = self.spec["initContainers"]
        (self.shop,) = self.spec["containers"]
        self.group = int(self.spec["securityContext"]["fsGroup"])
        self.root = root
        self.port = port
        self.given: dict[str, str] = {}
        self._stack = ExitStack()

    def make_volume(self, path: str, mode: int) -> Path:
        """Make a folder as Kubernetes makes a volume: root's."""
        folder = self.root / path.lstrip("/")
        folder.mkdir(parents=True)
        folder.chmod(mode)
        return folder

    def begin(self) -> None:
        """Mount volumes, and give them to the group, as the kubelet does when a pod starts."""
        paths = {row["name"]: row["mountPath"] for row in self.core["volumeMounts"]}
        shutil.rmtree(self.root / paths["socket"].lstrip("/"), ignore_errors=True)
        self.make_volume(paths["socket"], 0o777)
        for path in paths.values():
            folder = self.root / path.lstrip("/")
            if self.spec["securityContext"].get("fsGroupChangePolicy") == "OnRootMismatch":
                found = folder.stat()
                if found.st_gid == self.group and found.st_mode & 0o2070 == 0o2070:
                    continue
            for one in (folder, *folder.rglob("*")):
                os.chown(one, -1, self.group)
                one.chmod(one.stat().st_mode | (0o2770 if one.is_dir() else 0o660))

    def put(self, text: str) -> str:
        """Return a text of the manifest with its paths below the folder."""
        mounts = {one["mountPath"] for one in self.core["volumeMounts"]}
        for path in (*mounts, "/opt/strongroom"):
            text = text.replace(path, f"{self.root}{path}")
        return text

    def environment(self, container: dict[str, Any]) -> dict[str, str]:
        """Return the variables of a container; what comes from the cluster is in `given`."""
        found = {"PATH": os.environ["PATH"], "PORT": str(self.port)}
        for row in container["env"]:
            if "value" in row:
                found[row["name"]] = self.put(row["value"])
            else:
                (source,) = row["valueFrom"].values()
                found[row["name"]] = self.given[f"{source['name']}/{source['key']}"]
        return found

    def start(self, container: dict[str, Any], command: list[str]) -> subprocess.Popen[str]:
        """Start a command as the user of a container, with its variables."""
        context = container["securityContext"]
        words = [self.put(word) for word in command]
        # The interpreters of the tests may lie in a home of root's, which an image would not do:
        # reading is allowed to the core all the same, writing is not.
        extra = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        known = {"strongroom": [*extra, *STRONGROOM], "node": [find_node().program]}
        user, group = context["runAsUser"], context["runAsGroup"]
        become = [f"--reuid={user}", f"--regid={group}", f"--groups={self.group}"]
        process = subprocess.Popen(
            ["setpriv", *become, *known[words[0]], *words[1:]],
            env=self.environment(container),
            cwd=self.root / "app",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._stack.callback(finish, process)
        return process

    def start_core(self) -> subprocess.Popen[str]:
        """Start the sidecar, and wait until its probe succeeds as often as it may fail."""
        process = self.start(self.core, self.core["command"])
        self.probe(self.core["startupProbe"], lambda: self.ask_core("startupProbe"))
        assert self.ask_core("livenessProbe")
        return process

    def ask_core(self, name: str) -> bool:
        probe = self.core[name]
        process = self.start(self.core, probe["exec"]["command"])
        # A loaded machine is slower than a cluster may be; how long the check waits is its own.
        process.communicate(timeout=SECONDS_MAX)
        return process.returncode == 0

    def start_shop(self) -> subprocess.Popen[str]:
        """Start the program, and wait until it is ready."""
        process = self.start(self.shop, self.shop["command"])
        self.probe({"periodSeconds": 0.2, "failureThreshold": 200}, lambda: self.ask_shop() != "")
        return process

    def ask_shop(self) -> str:
        path = self.shop["readinessProbe"]["httpGet"]["path"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def probe(self, how: dict[str, Any], ask: Callable[[], bool]) -> None:
        for _ in range(how["failureThreshold"]):
            if ask():
                return
            time.sleep(how["periodSeconds"])
        pytest.fail("a probe never succeeded")

    def close(self) -> None:
        self._stack.close()


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """End a process as the cluster does; return its status and what it wrote."""
    process.terminate()
    try:
        out, errors = process.communicate(timeout=SECONDS_MAX)
    except ValueError:  # it was read already
        return process.wait(), "", ""
    return process.returncode, out, errors


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return int(made.getsockname()[1])


@pytest.fixture
def account() -> Iterator[ThrowAwayAccount]:
    with throw_away_account({}) as made:
        yield made


@pytest.fixture
def pod(account: ThrowAwayAccount) -> Iterator[Pod]:
    """The pod with everything that the page puts into the cluster."""
    with private_folder() as root:
        root.chmod(0o755)
        made = Pod(root, free_port())
        variables = [{"name": "DATABASE_URL", "value": URL, "masked": True}]
        environment = drive(account.engine.environments.create("shop", variables=variables))["id"]
        grants = {environment: SERVICE_ACCOUNT_WORDS["read_items"]}
        token = drive(account.engine.service_accounts.create("shop", grants)).expose()
        made.given = {"shop-token/token": token, "shop/environment": str(environment)}
        paths = {row["name"]: row["mountPath"] for row in made.core["volumeMounts"]}
        volume = made.make_volume(paths["account"], 0o755)
        # As `strongroom backup` does.
        backup(Path(account.url.removeprefix("file://")), volume / "strongroom.db")
        loader = made.load["spec"]["securityContext"]["runAsUser"]
        os.chown(volume / "strongroom.db", loader, loader)
        (volume / "strongroom.db").chmod(0o600)
        app = root / "app"
        app.mkdir()
        (app / "shop.mjs").write_text(*examples("js"), encoding="utf-8")
        shutil.copytree(install() / "@1password", app / "node_modules/@1password", symlinks=True)
        shutil.copytree(PACKAGE, root / "opt/strongroom/sdk-core")
        made.begin()
        yield made
        made.close()


def test_a_program_reads_its_settings(pod: Pod) -> None:
    """The core is ready, then the program; it has the variable, and writes its password nowhere."""
    core = pod.start_core()
    shop = pod.start_shop()
    assert pod.ask_shop() == "the shop uses the database at db.internal:5432\n"
    assert finish(shop) == (0, "", "")
    status, out, errors = finish(core)
    place = pod.put("/run/strongroom/core/core.sock")
    assert (status, out, errors) == (0, f"{place}\n", "")
    assert not Path(place).exists()
    assert PASSWORD not in out + errors


def test_another_pod_on_the_volume(pod: Pod) -> None:
    """A second pod finds what the first one has left: what was seen is still private."""
    for _ in range(2):
        core = pod.start_core()
        assert finish(pod.start_shop()) == (0, "", "")
        assert finish(core)[0] == 0
        pod.begin()
    assert Path(pod.put("/var/lib/strongroom/state")).stat().st_mode & 0o777 == 0o700


def test_a_policy_that_is_missing(pod: Pod) -> None:
    """Without the policy the second pod fails as the page says."""
    del pod.spec["securityContext"]["fsGroupChangePolicy"]
    core = pod.start_core()
    assert finish(pod.start_shop())[0] == 0
    assert finish(core)[0] == 0
    pod.begin()
    pod.start_core()
    shop = pod.start(pod.shop, pod.shop["command"])
    _, errors = shop.communicate(timeout=SECONDS_MAX)
    folder = pod.put("/var/lib/strongroom/state")
    assert f"the folder {folder} is open to other users" in errors


def test_what_each_may(pod: Pod) -> None:
    """The program does not have the volume with the file, and strangers cannot reach the core."""
    pod.start_core()
    user = pod.shop["securityContext"]["runAsUser"]
    assert [row["name"] for row in pod.shop["volumeMounts"]] == ["socket"]
    folder = Path(pod.put("/run/strongroom/core"))
    assert (folder.stat().st_mode & 0o777, folder.stat().st_gid) == (0o750, pod.group)
    stranger = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    listed = subprocess.run([*stranger, "ls", folder], capture_output=True, text=True, check=False)
    assert "Permission denied" in listed.stderr


def test_a_core_that_is_killed(pod: Pod) -> None:
    """A killed core is found out by its probe; the next one serves the next program."""
    core = pod.start_core()
    shop = pod.start_shop()
    assert finish(shop)[0] == 0
    core.kill()
    core.wait()
    assert Path(pod.put("/run/strongroom/core/core.sock")).exists()
    assert not pod.ask_core("livenessProbe")
    pod.start_core()
    assert finish(pod.start_shop()) == (0, "", "")


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("STRONGROOM_CORE_USER", "", "belongs to the user 10001"),
        ("STRONGROOM_CORE_USER", "10009", "belongs to the user 10001"),
        ("OP_SERVICE_ACCOUNT_TOKEN", "ops_canary", "invalid service account token"),
    ],
)
def test_what_is_wrong_is_said(pod: Pod, variable: str, value: str, reason: str) -> None:
    """A pod that is not set up right ends with the reason, and without the token."""
    pod.start_core()
    rows = [row for row in pod.shop["env"] if row["name"] != variable]
    pod.shop["env"] = [*rows, {"name": variable, "value": value}]
    shop = pod.start(pod.shop, pod.shop["command"])
    out, errors = shop.communicate(timeout=SECONDS_MAX)
    assert shop.returncode == 1
    assert reason in errors
    assert "ops_" not in out + errors


def test_the_token_is_in_no_list_of_processes(pod: Pod) -> None:
    """While core and program run, no argument and no file of theirs has the token or a value."""
    pod.start_core()
    pod.start_shop()
    token = pod.given["shop-token/token"].encode()
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = one.read_bytes()
        except OSError:
            continue
        assert token not in line
        assert PASSWORD.encode() not in line
    held = b"".join(path.read_bytes() for path in pod.root.rglob("*") if path.is_file())
    assert token not in held
    assert PASSWORD.encode() not in held
    # It would be found: the program's own variables have it.
    assert any(
        token in one.read_bytes() for one in Path("/proc").glob("[0-9]*/environ") if readable(one)
    )


def readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def test_every_command_of_the_page(pod: Pod) -> None:
    """Commands of the manifest are words, users are two, and its paths agree with each other."""
    assert pod.core["startupProbe"]["exec"] == pod.core["livenessProbe"]["exec"]
    place = pod.core["command"][pod.core["command"].index("--socket") + 1]
    named = {row["name"]: row.get("value") for row in pod.shop["env"]}
    assert named["STRONGROOM_CORE"] == f"unix:{place}"
    users = [one["securityContext"]["runAsUser"] for one in (pod.core, pod.shop)]
    assert named["STRONGROOM_CORE_USER"] == str(users[0]) != str(users[1])
    assert pod.core["command"][-1] == str(pod.group)
    register = Path(shlex.split(named["NODE_OPTIONS"])[-1])
    copied = examples("dockerfile")[1]
    assert f"COPY sdk-core {register.parent}\n" in copied
    assert (PACKAGE / register.name).exists()
