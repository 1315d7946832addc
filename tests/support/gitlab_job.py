"""Plays the jobs of a `.gitlab-ci.yml` in the folder where its repository is: `python … FILE`.

The token in the variables is the one of the project. `before_script`, which installs Strongroom,
has happened.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from string import Template

import yaml


def main() -> None:
    """Run the script of each job as GitLab's runner does: one shell, which stops at an error."""
    jobs = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    place = {"CI_PROJECT_DIR": str(Path.cwd())}
    for job in jobs.values():
        given = {
            name: Template(text).safe_substitute(place) for name, text in job["variables"].items()
        }
        script = "\n".join(["set -e", *job["script"]])
        subprocess.run(["sh", "-c", script], env=os.environ | place | given, check=True)


if __name__ == "__main__":
    main()
