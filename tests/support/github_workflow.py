"""Plays the workflow of a page, in the folder where its repository is: `python … FILE`.

The token in the variables is the secret of the repository. Our action is the one of this checkout,
which is taken as installed; a checkout has happened. What the log shows is printed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.github_runner import Runner, evaluate

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action"
CHECKOUT = "actions/checkout@"
OURS = "your-org/strongroom/action@"
TOKEN = "OP_SERVICE_ACCOUNT_TOKEN"


def begin(folder: Path) -> Runner:
    """Return a job in which the action finds what it would have installed."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "python3").symlink_to(sys.executable)
    variables = {
        "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "STRONGROOM_HOME": str(folder / "nowhere"),
    }
    runner = Runner(folder, variables, workspace=Path.cwd())
    (runner.temp / "strongroom/bin").mkdir(parents=True)
    (runner.temp / "strongroom/bin/op").symlink_to(Path(sys.executable).parent / "op")
    (runner.temp / "strongroom/installed").write_text(f"python3 {ACTION}/..\n", encoding="utf-8")
    return runner


def play(job: dict[str, Any], runner: Runner) -> None:
    """Run the steps of a job."""
    steps: dict[str, Any] = {}
    contexts = {
        "steps": steps,
        "secrets": {TOKEN: os.environ[TOKEN]},
        "github": {"workspace": str(runner.workspace)},
    }

    def texts(given: dict[str, Any]) -> dict[str, str]:
        words = {True: "true", False: "false"}
        plain = {name: words.get(text, text) for name, text in given.items()}
        return {name: evaluate(text, contexts) for name, text in plain.items()}

    runner.variables |= texts(job.get("env", {}))
    for step in job["steps"]:
        uses, variables = step.get("uses", ""), texts(step.get("env", {}))
        if uses.startswith(OURS):
            made = runner.use(ACTION, texts(step.get("with", {})), **variables)
            steps[step.get("id", "")] = {"outputs": made}
        elif not uses.startswith(CHECKOUT):
            runner.run(evaluate(step["run"], contexts), **variables)


def main() -> None:
    """Play each job of the file."""
    workflow = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for job in workflow["jobs"].values():
        with tempfile.TemporaryDirectory() as folder:
            runner = begin(Path(folder))
            try:
                play(job, runner)
            finally:
                print("\n".join(runner.log))


if __name__ == "__main__":
    main()
