"""Reads the fields that are named, with unopass; with `signout`, ends the session then."""

import sys

from unopass import unopass

for word in sys.argv[1:]:
    if word == "signout":
        unopass.signout(deauthorize=True)
    else:
        print(unopass.unopass(*word.split("/")))
