"""What is verified of an account: directory, containers, objects, and the reading of them."""
