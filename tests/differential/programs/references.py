"""Checks every reference of a list; prints null, or the text of the refusal."""

import json
import sys

from onepassword.secrets import Secrets


def check(reference):
    try:
        Secrets.validate_secret_reference(reference)
    except Exception as error:
        return str(error)
    return None


print(json.dumps([check(reference) for reference in json.load(sys.stdin)]))
