"""Shortcuts of the tests of environments."""

from strongroom.wire.access import ContainerKind

KIND = ContainerKind.ENVIRONMENT

A = {"name": "A", "value": "1", "masked": False}
B = {"name": "B", "value": "two\nlines", "masked": True}


def token(shared, env, mask):
    """Return an engine of a new service account with permission bits on an environment."""
    create = shared.owner().service_accounts.create("robot", {}, environments={env: mask})
    return shared.by_token(shared.run(create).expose())


def variables(run, engine, env):
    return run(engine.environments.get_variables(env))
