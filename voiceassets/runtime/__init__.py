"""The embedded stack: all that one machine needs to run the platform, private, under `var/`."""
