"""The SDK's calls on the engine: its checks, its texts, its answers as JSON has them.

What the facade `onepassword` and the core of the official SDKs do alike stands
here once. Parameters and answers are dicts with the SDK's camelCase keys, and
file contents are bytes; models and messages are the callers' own.
"""
