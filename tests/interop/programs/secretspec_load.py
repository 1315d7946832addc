"""Loads the secrets of the folder's secretspec.toml from the provider that the argument names."""

import json
import sys

from secretspec import SecretSpec

builder = SecretSpec.builder().with_provider(sys.argv[1]).with_profile("default")
with builder.with_reason("test").load() as resolved:
    print(json.dumps({name: secret.get for name, secret in resolved.secrets.items()}))
