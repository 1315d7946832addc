"""What `op` does for the shell around it: completion, names of variables, news of itself."""
