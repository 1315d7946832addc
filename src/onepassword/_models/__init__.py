"""The pydantic models behind `onepassword.types`, one file per area."""
