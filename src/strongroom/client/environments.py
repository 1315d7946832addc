"""Environments: named lists of variables, each the own object of a container.

Source: specs/formats.md sections 6, 8 and 9. Every change seals the whole list
anew as the next version of one object, so a reader sees all of it or none.

Titles differ among the environments that the caller sees. Nothing holds them apart
that two callers see differently, or make at the same moment: such a title is refused
as ambiguous where it is used, and ids always work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from strongroom.client.change.change import Change, commit
from strongroom.client.change.records import Identity
from strongroom.client.vaults import check_container_title
from strongroom.client.view.containers import Container
from strongroom.client.view.names import (
    check_title_is_free,
    containers_of,
    find_container,
    need_id,
    own_title,
    verify_own_object,
)
from strongroom.client.view.objects import (
    Draft,
    Opened,
    need_details,
    open_listed,
    open_verified,
)
from strongroom.client.view.session import Session
from strongroom.client.view.versions import kept_versions
from strongroom.client.view.view import retrying
from strongroom.environments.codec import (
    edit_variables,
    join_environment,
    join_version,
    read_variables,
    store_variables,
)
from strongroom.environments.models import (
    EnvironmentDict,
    EnvironmentVersionDict,
    VariableDict,
    VariableEdit,
)
from strongroom.errors import ConflictError, NotFoundError
from strongroom.ids import ContainerId, format_id, own_object
from strongroom.limits import INTEGER_MAX
from strongroom.permissions import ALL_BITS
from strongroom.wire.access import ContainerKind
from strongroom.wire.revisions import State

Variables = list[VariableDict]
Versions = list[EnvironmentVersionDict]

_KIND = ContainerKind.ENVIRONMENT


class Environments:
    """The environments that a credential may use."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(
        self, title: str, *, description: str = "", variables: Sequence[Mapping[str, object]] = ()
    ) -> EnvironmentDict:
        """Make an environment of which this principal and the administrators have all rights.

        Args:
            variables: `name`, `value` and perhaps `masked` of each, in order.

        Raises:
            ForbiddenError: This principal may not make environments.
            InputError: No title, or variables that cannot be stored.
            NameTakenError: Another environment has the title; `candidates` holds its id.
        """
        check_container_title(title, label="environment")
        session = self._session
        overview = {"title": title, "description": description}
        details = store_variables({}, variables)
        await session.ready()
        identity = Identity.make(_KIND, session.principal)
        container = identity.container(session.account)

        async def build() -> Change:
            check_title_is_free(session, title, _KIND, besides=container)
            administrators = session.directory.root.administrators_group
            change = await Change.begin(session, principals=[session.principal, administrators])
            change.add_container(identity, {session.principal: ALL_BITS, administrators: ALL_BITS})
            change.write(
                container, Draft(object=own_object(container), overview=overview, details=details)
            )
            return change

        await commit(session, build)
        return self._listed_environment(session.containers[container])

    async def list(self) -> list[EnvironmentDict]:
        """Return every environment that this principal may see; titles unverified (T21)."""
        await self._session.sync_fresh()
        return [self._listed_environment(row) for row in containers_of(self._session, _KIND)]

    async def get(self, environment_id: str, *, variables: bool = False) -> EnvironmentDict:
        """Return an environment, with its variables if asked.

        Raises:
            NotFoundError: There is none with that id that this principal may see.
            ForbiddenError: The variables are withheld, for want of REVEAL.
        """
        container = await self._need_environment(environment_id)
        opened = self._own_object(container)
        return self._joined(container, opened, variables=variables)

    async def find(self, name_or_id: str) -> EnvironmentDict:
        """Return the one environment with an id or a title.

        Raises:
            NotFoundError: None.
            AmbiguousError: Several; `candidates` are their ids.
        """
        await self._session.ready()
        return self._listed_environment(await find_container(self._session, name_or_id, _KIND))

    async def get_variables(self, environment_id: str) -> Variables:
        """Return the variables in their order: name, value and masked of each.

        Raises:
            NotFoundError: There is no such environment that this principal may see.
            ForbiddenError: They are withheld, for want of REVEAL.
        """
        container = await self._need_environment(environment_id)
        return _variables(self._own_object(container))

    async def update(
        self,
        environment_id: str,
        *,
        title: str | None = None,
        description: str | None = None,
        edits: Sequence[VariableEdit] = (),
        replace: bool = False,
    ) -> EnvironmentDict:
        """Change title, description and some variables as one version; `None` leaves a part.

        Args:
            replace: Whether variables that `edits` do not name go.

        Raises:
            ForbiddenError: No permission to change it.
            InputError: A title or variable that cannot be stored, or one to
                remove that is not there.
            NameTakenError: Another environment has the title; `candidates` holds its id.
        """
        if title is not None:
            check_container_title(title, label="environment")
        parts = {"title": title, "description": description}
        changed = {key: value for key, value in parts.items() if value is not None}

        def work(before: Opened) -> Draft:
            if title is not None:
                own = need_id(environment_id, ContainerId, label="environment")
                check_title_is_free(self._session, title, _KIND, besides=own)
            details = need_details(before)
            return _draft(
                before,
                overview=before.overview | changed,
                details=edit_variables(details, edits, replace=replace),
            )

        written = await self._change(environment_id, work)
        if title is not None:
            # The view still finds it by the title before.
            await self._session.sync_fresh()
        return written

    async def edit(self, environment_id: str, edits: Sequence[VariableEdit]) -> EnvironmentDict:
        """Set and remove some variables, in order; the others stay where they are.

        Raises:
            ForbiddenError: No permission to change it.
            InputError: A variable that cannot be stored, or one to remove that is not there.
        """
        return await self.update(environment_id, edits=edits)

    async def set_variables(
        self,
        environment_id: str,
        variables: Sequence[Mapping[str, object]],
        *,
        version: int | None = None,
    ) -> EnvironmentDict:
        """Replace all variables.

        Args:
            version: The version that the caller has read and replaces; without
                it, whatever is there is replaced.

        Raises:
            ConflictError: Another version is there by now.
            ForbiddenError: No permission to change it.
            InputError: A variable that cannot be stored, or two of one name.
        """

        def work(before: Opened) -> Draft:
            if version is not None and before.revision.version != version:
                message = (
                    f"environment {environment_id} was changed by somebody else in the meantime"
                )
                raise ConflictError(message, hint="read it again, then repeat the change")
            details = store_variables(need_details(before), variables)
            return _draft(before, overview=before.overview, details=details)

        return await self._change(environment_id, work, repeat=version is None)

    async def delete(self, environment_id: str) -> None:
        """Delete an environment with its variables; it is purged after 30 days.

        Raises:
            ForbiddenError: No permission to change it.
        """
        await self._write_next(
            environment_id, partial(_draft, overview={}, details={}, deleted=True)
        )
        container = need_id(environment_id, ContainerId, label="environment")
        self._session.view = self._session.view.without(container)

    async def history(self, environment_id: str) -> Versions:
        """Return the kept versions, newest first, without their content."""
        container = await self._need_environment(environment_id)
        versions = await kept_versions(
            self._session, container.id, own_object(container.id), kind=_KIND
        )
        return [join_version(revision) for revision in versions]

    async def get_version(self, environment_id: str, version: int) -> EnvironmentDict:
        """Return one kept version with its variables.

        Raises:
            NotFoundError: That version is not kept, or never was.
        """
        container = await self._need_environment(environment_id)
        opened = await self._version(container, version)
        return self._joined(container, opened, variables=True)

    async def restore(self, environment_id: str, version: int) -> EnvironmentDict:
        """Write the variables of an older version as a new one; title and description stay.

        Raises:
            NotFoundError: That version is not kept, or never was.
            ConflictError: Somebody else changed the environment at the same time.
            ForbiddenError: No permission to change it.
            IntegrityError: That version does not hold variables.
        """
        old = await self._version(await self._need_environment(environment_id), version)
        _variables(old)

        def work(before: Opened) -> Draft:
            return _draft(before, overview=before.overview, details=need_details(old))

        return await self._change(environment_id, work, repeat=False)

    # -- parts ----------------------------------------------------------------------

    async def _need_environment(self, environment_id: str) -> Container:
        """Return an environment as it is now."""
        await self._session.sync_fresh()
        with suppress(NotFoundError):
            key = need_id(environment_id, ContainerId, label="environment")
            return self._session.need_container(key, _KIND)
        message = "environment not found: there is none with that ID that you may use"
        hint = "name the environment by its 26-character ID"
        raise NotFoundError(message, tag="environmentNotFound", hint=hint)

    async def _version(self, container: Container, version: int) -> Opened:
        """Return one kept version of an environment's own object."""
        fetch = partial(
            self._session.fetch, container.id, own_object(container.id), version=version, kind=_KIND
        )
        if 1 <= version <= INTEGER_MAX:
            with suppress(NotFoundError):
                return await self._session.fresh(fetch)
        message = f"environment {format_id(container.id)} has no version {version}"
        raise NotFoundError(message, tag="environmentNotFound")

    def _own_object(self, container: Container) -> Opened:
        return open_verified(container, verify_own_object(self._session, container))

    def _joined(
        self, container: Container, opened: Opened, *, variables: bool = False
    ) -> EnvironmentDict:
        environment = join_environment(container.state, opened.revision, opened.overview)
        if variables:
            environment["variables"] = _variables(opened)
        return environment

    def _listed_environment(self, container: Container) -> EnvironmentDict:
        overview: dict[str, Any] = {}
        stored = container.state.object
        # One whose title cannot be read is listed without it: anybody may grant one such.
        if own_title(self._session, container) is not None and stored is not None:
            overview = open_listed(container, stored, self._session.marks, own=True).overview
        return join_environment(container.state, container.own_revision, overview)

    async def _change(
        self, environment_id: str, work: Callable[[Opened], Draft], *, repeat: bool = True
    ) -> EnvironmentDict:
        container, written = await self._write_next(environment_id, work, repeat=repeat)
        return self._joined(container, written)

    async def _write_next(
        self, environment_id: str, work: Callable[[Opened], Draft], *, repeat: bool = True
    ) -> tuple[Container, Opened]:
        """Write the next version; where somebody else was quicker, change what they left.

        Raises:
            ConflictError: Others were quicker every time, or once without `repeat`.
        """
        session = self._session

        async def once() -> tuple[Container, Opened]:
            container = await self._need_environment(environment_id)
            draft = work(self._own_object(container))
            written = await session.write(container.id, [draft], kind=_KIND)
            return written.container, session.opened(written.container, written.sealed[0], draft)

        return await (retrying(once, meanwhile=session.back_off) if repeat else once())


def _draft(
    before: Opened,
    *,
    overview: dict[str, Any],
    details: dict[str, Any],
    deleted: bool = False,
) -> Draft:
    return Draft(
        object=before.revision.object,
        overview=overview,
        details=details,
        state=State.DELETED if deleted else State.ACTIVE,
        before=before,
    )


def _variables(opened: Opened) -> Variables:
    label = f"environment {format_id(opened.revision.object)}"
    return read_variables(need_details(opened), what=label)
