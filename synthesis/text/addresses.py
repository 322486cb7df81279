"""What e-mail and web addresses look like, and the parts in which they are read out."""

import re

_TOP_LEVEL = (
    "com|cn|net|org|edu|gov|io|co|ai|app|dev|top|vip|shop|tech|info|xyz|cc|tv|me|hk|tw|jp|uk|us|eu"
)
_PATH = r"[A-Za-z0-9.\-_~/?#=&%+]*"
EMAIL = r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}"
URL = (
    r"https?://[A-Za-z0-9.\-_~/?#=&%+:]+"
    rf"|(?<![A-Za-z0-9@])(?:[A-Za-z0-9-]+\.)+(?:{_TOP_LEVEL})(?![A-Za-z0-9])(?:/{_PATH})?"
)


def address_parts(address: str) -> list[str]:
    """Runs of letters, runs of digits and single marks; the protocol is never said aloud."""
    bare = re.sub(r"^https?://", "", address).rstrip("/.")
    return re.findall(r"\d+|[A-Za-z]+|.", bare)
