"""Runs vector files (specs/vectors.md) on the product's own code."""
