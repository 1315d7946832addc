"""The two programs that `strongroom demo` runs, unchanged.

They are examples from the documentation of the 1Password Python SDK and must
run here as they stand there, so nothing is added to them, comments included:

- `resolve_reference.py`: the program of the README of the SDK's repository
  (1Password/onepassword-sdk-python), byte for byte.
- `list_vaults.py`: the service-account program of "Get started with 1Password
  SDKs", indentation as the SDK's documentation has it.

Linters and formatters leave both alone; a test compares their hashes.
"""
