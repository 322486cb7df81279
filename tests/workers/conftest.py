"""What tests of this room need when they also go through the API."""

from tests.audit.conftest import static_folder

__all__ = ["static_folder"]
