"""Users, groups, invites, service accounts, and what they may do."""
