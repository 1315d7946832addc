"""The answer for one element of a batch."""

from typing import Any, Generic, TypeVar

from onepassword._models.base import Model

T = TypeVar("T")
E = TypeVar("E")


class Response(Model, Generic[T, E]):
    """Either content or an error; a success without content has neither."""

    content: T | None = None
    error: E | None = None

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        _parent_namespace_depth: int = 2,
        _types_namespace: Any = None,
    ) -> bool | None:
        """Build the validator, except where pydantic would do so for a mere `Response[…]`.

        Only the parametrisation passes a namespace. It does so for the sake of
        names that are not defined yet, of which there are none here, and the
        build would take an eighth of the time that `import *` takes.
        """
        if _types_namespace is not None and not force:
            return None
        return super().model_rebuild(
            force=force,
            raise_errors=raise_errors,
            _parent_namespace_depth=_parent_namespace_depth + 1,
        )
