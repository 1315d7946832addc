"""What the tests share. Real accounts on real files; nothing of ours is replaced."""
