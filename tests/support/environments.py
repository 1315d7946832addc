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


class Interrupting:
    """A transport in whose calls somebody else gets in between, so many times."""

    def __init__(self, transport, operation, work, *, times=1):
        self._transport = transport
        self._operation = operation
        self._work = work
        self._times = times

    def __getattr__(self, name):
        return getattr(self._transport, name)

    async def call(self, request):
        if request.operation == self._operation and self._times:
            self._times -= 1
            self._work()
        return await self._transport.call(request)


def interrupt(engine, operation, work, *, times=1):
    session = engine.session
    session.transport = Interrupting(session.transport, operation, work, times=times)
