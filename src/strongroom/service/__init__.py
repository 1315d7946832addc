"""The rules and use cases behind the API. Sees sealed data only and holds no key."""
