"""Principals, invites, and how users unlock."""
