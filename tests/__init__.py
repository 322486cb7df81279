"""The project's tests, mirroring the tree."""
