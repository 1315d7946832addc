"""The signed directory as the service keeps it, and the proofs that it hands out."""
