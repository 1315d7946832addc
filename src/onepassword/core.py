"""Constants of the SDK's message protocol that programs may ask for."""

from strongroom.sdk.texts import MESSAGE_LIMIT

__all__ = ["MESSAGE_LIMIT"]
