"""Before a trained voice speaks: was this version approved, is it still, has it the style?"""

from __future__ import annotations

from voiceassets.core.errors import Invalid, Refused
from voiceassets.core.statements import found
from voiceassets.registry.models import ModelVersion, VersionState

READ = "SELECT * FROM registry_modelversion WHERE id = %(version)s"
HOLD = " FOR SHARE"


class VersionRefused(Refused):
    """There is no version that may speak, or this one may not, or no longer."""

    code = "version_not_approved"


def require_speaking(
    version: ModelVersion, *, preview: bool = False, lock: bool = False
) -> ModelVersion:
    """The version as it is now, if it may speak; with `preview` a candidate may, too.

    With `lock` the row is held FOR SHARE until the caller's transaction ends, so that nobody
    retires or revokes it in between.

    Raises:
        VersionRefused: `version_not_approved`.
    """
    (current,) = found(ModelVersion, READ + HOLD if lock else READ, {"version": version.pk})
    return require_approved(current, preview=preview)


def require_approved(version: ModelVersion, *, preview: bool = False) -> ModelVersion:
    """The same of a row that was read just now, in the caller's transaction."""
    may = {VersionState.APPROVED, VersionState.CANDIDATE} if preview else {VersionState.APPROVED}
    if version.state not in may:
        raise VersionRefused(
            f"Version {version.number} of this voice is {version.state} and may not speak; "
            "use the approved version.",
            version=version.public_id,
            state=version.state,
        )
    return version


def require_style(version: ModelVersion, style: str) -> None:
    """Raises Invalid `unknown_style`; where the styles were not noted, the worker finds out."""
    known = [one["name"] for one in version.styles or ()]
    if known and style not in known:
        raise Invalid(
            f"Version {version.number} has no style {style!r}; it has {', '.join(known)}.",
            code="unknown_style",
            field="style",
            style=style,
            styles=known,
        )
