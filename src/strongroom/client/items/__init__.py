"""Items, their files, versions and shares."""
