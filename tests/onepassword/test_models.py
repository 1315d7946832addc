"""The models: spellings, conversions, defaults, unions."""

# ruff: noqa: DTZ001  (the SDK's times are naive UTC)

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import onepassword
from onepassword import types

MODELS = [
    value
    for value in vars(types).values()
    if isinstance(value, type) and issubclass(value, BaseModel)
]

OVERVIEW: dict[str, Any] = {
    "id": "a" * 26,
    "title": "Shop",
    "category": "Login",
    "vaultId": "b" * 26,
    "websites": [{"url": "https://a.test", "label": "", "autofillBehavior": "Never"}],
    "tags": ["one"],
    "createdAt": "2024-02-29T12:30:00.5Z",
    "updatedAt": "2024-02-29T12:30:01Z",
    "state": "active",
}


def make_field(**changes: Any) -> types.ItemField:
    """Return a field with some keywords changed."""
    keywords = {"id": "f", "title": "t", "field_type": "Text", "value": "v"} | changes
    return types.ItemField(**keywords)


def test_both_spellings() -> None:
    """Keywords are taken in Python's and in JSON's spelling, also mixed."""
    python = types.ItemField(
        id="f", title="t", section_id="s", field_type=types.ItemFieldType.TEXT, value="v"
    )
    mixed = types.ItemField.model_validate(
        {"id": "f", "title": "t", "sectionId": "s", "field_type": "Text", "value": "v"}
    )

    assert python == mixed
    assert mixed.section_id == "s"


def test_json_spelling_in_output() -> None:
    """By alias, the output has JSON's spelling, enums as text, absent parts as null."""
    assert make_field().model_dump(by_alias=True, mode="json") == {
        "id": "f",
        "title": "t",
        "sectionId": None,
        "fieldType": "Text",
        "value": "v",
        "details": None,
    }


def test_keywords_only() -> None:
    """Models take no positional arguments."""
    with pytest.raises(TypeError):
        types.ItemSection("id", "title")  # type: ignore[call-arg]


def test_unknown_keywords_are_ignored() -> None:
    """A keyword that the model does not know changes nothing."""
    assert make_field(colour="red") == make_field()


def test_enums_compare_with_text() -> None:
    """Enum members equal their text, and text becomes a member."""
    field = make_field(field_type="Totp")

    assert field.field_type == "Totp"
    assert field.field_type is types.ItemFieldType.TOTP


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_builds(model: type[BaseModel]) -> None:
    """Each model has a validator, a schema and words that explain it."""
    assert model.model_json_schema()
    assert model.__doc__


def test_bytes_as_text() -> None:
    """Text may come as UTF-8 bytes, as key files are read; a number is refused."""
    assert make_field(value=b"key").value == "key"
    with pytest.raises(ValidationError):
        make_field(value=5)


@pytest.mark.parametrize(("given", "length"), [("6", 6), (6.0, 6), (True, 1)])
def test_integers(given: object, length: int) -> None:
    """Integers may come as text or whole floats."""
    assert types.PasswordRecipePinInner.model_validate({"length": given}).length == length


def test_fractions_are_no_integers() -> None:
    """A float with a fraction is refused."""
    with pytest.raises(ValidationError):
        types.PasswordRecipePinInner.model_validate({"length": 6.5})


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-02-29T12:30:00Z", datetime(2024, 2, 29, 12, 30)),
        ("2024-02-29T12:30:00.5Z", datetime(2024, 2, 29, 12, 30, 0, 500_000)),
        ("2024-02-29T12:30:00.123456Z", datetime(2024, 2, 29, 12, 30, 0, 123_456)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1)),
    ],
)
def test_times(text: str, time: datetime) -> None:
    """Times are naive UTC inside, and have six fraction digits and `Z` outside."""
    overview = types.ItemOverview.model_validate(OVERVIEW | {"createdAt": text})

    assert overview.created_at == time
    assert overview.created_at.tzinfo is None
    written = overview.model_dump(by_alias=True)["createdAt"]
    assert written == time.isoformat(timespec="microseconds") + "Z"
    assert types.parse_rfc3339(written) == time


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29T12:30:00+00:00",
        "2024-02-29T12:30:00",
        "2024-02-29 12:30:00Z",
        "2024-02-29T12:30:00.1234567Z",
        "2024-02-30T12:30:00Z",
        "2024-02-29T12:30:60Z",
        "٢٠٢٤-02-29T12:30:00Z",
        "",
    ],
)
def test_wrong_times(text: str) -> None:
    """Any other form of a time is refused, and the message says what was expected."""
    with pytest.raises(ValidationError, match="Invalid RFC 3339 date format: "):
        types.ItemOverview.model_validate(OVERVIEW | {"createdAt": text})


def test_time_objects() -> None:
    """A `datetime` is taken too; an aware one becomes naive UTC."""
    aware = datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    overview = types.ItemOverview.model_validate(
        OVERVIEW | {"createdAt": aware, "updatedAt": datetime(2024, 1, 1)}
    )

    assert overview.created_at == overview.updated_at == datetime(2024, 1, 1)
    assert types.serialize_datetime_data(aware) == "2024-01-01T00:00:00.000000Z"
    assert types.serialize_datetime_data(datetime(2024, 1, 1, tzinfo=UTC)).endswith("0Z")


@pytest.mark.parametrize("content", [b"\x00\xff", [0, 255], [False, 255]])
def test_binary_content(content: object) -> None:
    """File content comes as bytes or integers, and leaves as integers."""
    document = types.DocumentCreateParams.model_validate({"name": "n", "content": content})

    assert document.content == b"\x00\xff"
    assert json.loads(document.model_dump_json())["content"] == [0, 255]


@pytest.mark.parametrize("content", ["text", bytearray(b"x"), None, (1, 2)])
def test_wrong_content(content: object) -> None:
    """Other types of content are a TypeError."""
    with pytest.raises(TypeError, match="Content must be a list of integers"):
        types.DocumentCreateParams.model_validate({"name": "n", "content": content})


@pytest.mark.parametrize("content", [[256], [-1], ["a"], [1.0], [None]])
def test_wrong_integers_in_content(content: object) -> None:
    """A list with anything but bytes is refused."""
    with pytest.raises(ValidationError, match="range 0-255"):
        types.DocumentCreateParams.model_validate({"name": "n", "content": content})


@pytest.mark.parametrize(
    ("kind", "content", "model"),
    [
        ("Otp", {"code": "123456"}, types.ItemFieldDetailsOtp),
        ("SshKey", None, types.ItemFieldDetailsSshKey),
        (
            "Address",
            {"street": "", "city": "", "country": "", "zip": "", "state": ""},
            types.ItemFieldDetailsAddress,
        ),
    ],
)
def test_details(kind: str, content: object, model: type) -> None:
    """Field details are told apart by their tag."""
    details = make_field(details={"type": kind, "content": content}).details

    assert isinstance(details, model)


@pytest.mark.parametrize("kind", ["SshKey", "Address", "Otp", "Other"])
def test_details_need_content(kind: str) -> None:
    """The content of details must be given, if only as null; an unknown tag is refused."""
    with pytest.raises(ValidationError):
        make_field(details={"type": kind})


def test_tags_have_defaults() -> None:
    """A variant knows its own tag, and refuses another."""
    inner = types.ValidRecipientEmailInner(email="a@b.test")
    assert types.ValidRecipientEmail(parameters=inner).type is types.ValidRecipientTypes.EMAIL
    with pytest.raises(ValidationError):
        types.ValidRecipientEmail.model_validate(
            {"type": "Domain", "parameters": {"email": "a@b.test"}}
        )


def test_list_filter_alias() -> None:
    """`ItemListFilter` is the one kind of filter there is, and makes it."""
    assert onepassword.ItemListFilter is onepassword.ItemListFilterByState
    content = onepassword.ItemListFilterByStateInner(active=True, archived=False)
    assert onepassword.ItemListFilter(content=content).type is types.ItemListFilterTypes.BY_STATE


def test_batch_answers() -> None:
    """A batch answer holds contents and errors, each of its own type."""
    answer = types.ItemsGetAllResponse.model_validate_json(
        '{"individualResponses": [{"error": {"type": "internal", "message": "m"}}, '
        '{"content": null, "error": {"type": "itemNotFound"}}]}'
    )

    first, second = answer.individual_responses
    assert first.error == types.ItemsGetAllErrorInternal(message="m")
    assert second.error == types.ItemsGetAllErrorItemNotFound()
    assert first.content is None


def test_response_without_parameters() -> None:
    """The generic answer can be used as it is, or for any type."""
    assert types.Response(content=5).content == 5
    assert types.Response[int, str](content="5").content == 5  # type: ignore[arg-type]


def test_broker_accessor() -> None:
    """The accessor type that newer SDKs know is understood."""
    access = {"vaultUuid": "v", "accessorType": "broker", "accessorUuid": "a", "permissions": 32}

    assert types.VaultAccess.model_validate(access).accessor_type == "broker"
