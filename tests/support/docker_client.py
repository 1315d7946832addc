"""Docker's own client, talking to a service that only notes which variables it was sent."""

from __future__ import annotations

import json
import os
import socketserver
import subprocess
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path


class _Service(socketserver.UnixStreamServer):
    """Answers a client as far as the request to make a container, and notes that one."""

    sent: list[str] | None = None

    def get_request(self) -> tuple[object, str]:
        """Accept, with an address that the handler can print."""
        request, _ = super().get_request()
        return request, "client"


class _Handler(BaseHTTPRequestHandler):
    server: _Service

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_HEAD(self) -> None:
        """Say which protocol is spoken."""
        self._answer(200, {})

    do_GET = do_HEAD  # noqa: N815  (the base class's word)

    def do_POST(self) -> None:
        """Note the variables and refuse to make anything."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.sent = body["Env"] or []
        self._answer(500, {"message": "noted"})

    def _answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.47")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def read_by_client(folder: Path, text: str) -> dict[str, str] | None:
    """Return the variables that `docker create --env-file` sends, `None` where it refuses."""
    path, address = folder / "file.env", folder / "docker.sock"
    path.write_bytes(text.encode())
    address.unlink(missing_ok=True)
    command = ["docker", "create", "--pull", "never", "--env-file", str(path), "image"]
    with _Service(str(address), _Handler) as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": f"unix://{address}"}
        subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
        service.shutdown()
        thread.join()
        if service.sent is None:
            return None
        return dict(one.split("=", 1) for one in service.sent)
