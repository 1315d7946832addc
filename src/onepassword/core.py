"""Constants of the SDK's message protocol that programs may ask for."""

# The SDK's own limit on one message, in bytes: 50 MiB.
MESSAGE_LIMIT = 50 * 1024 * 1024
