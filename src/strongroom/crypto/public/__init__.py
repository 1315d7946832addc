"""What holds no private key and opens nothing: all of `crypto` that the service may use."""
