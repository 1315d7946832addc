"""The core beneath the official SDKs: JSON text in, JSON text out, on our engine.

The official SDKs for JavaScript, Go and Python are thin wrappers around one
core. This is another one behind the same four functions; `specs/core.md`
describes them for whoever writes an adapter.
"""
