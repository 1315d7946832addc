"""What every command stands on: input, output, flags, look-up."""
