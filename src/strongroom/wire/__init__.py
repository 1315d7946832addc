"""Records that both ends of a transport share, and their exact bytes."""
