"""The clock that a token's engine goes by.

A test lets time stand still, in child processes too, by STRONGROOM_TEST_CLOCK.
With an account of somebody's own that variable would bring an expired token
back to life. So it counts only for an account that `strongroom.testing` has
made, whose id says so: everything in an account is sealed and signed under its
id, so no account can be made into such a one, and no token of it either.
"""

from __future__ import annotations

from collections.abc import Mapping

from strongroom.clock import TEST_CLOCK_VARIABLE, Clock, parse_time
from strongroom.ids import is_throw_away


def token_clock(token: str, environment: Mapping[str, str], default: Clock) -> Clock:
    """Return the clock that the environment gives a throw-away account, else the default.

    Raises:
        InputError: The time has another form.
        InvalidTokenError: And its kinds: the token cannot be read.
    """
    text = environment.get(TEST_CLOCK_VARIABLE)
    if not text:
        return default
    from strongroom.crypto.tokens import parse_token  # few programs have the variable

    if not is_throw_away(parse_token(token).account):
        return default
    moment = parse_time(text)
    return lambda: moment
