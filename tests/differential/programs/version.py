"""Prints the version of the installed SDK distribution."""

import json
from importlib.metadata import version

print(json.dumps(version("onepassword-sdk")))
