"""The only package that touches the crypto library and the random source."""
