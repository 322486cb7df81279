"""The embedded stack: everything one machine needs to run the platform, private and under `var/`."""
