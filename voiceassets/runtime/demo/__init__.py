"""The main job, end to end, over HTTP only: what `make demo` shows."""
