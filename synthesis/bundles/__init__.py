"""Folders on disk: voices and bases, sealed by the SHA-256 of every file."""
