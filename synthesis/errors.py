"""Every way in which the engine refuses or fails: a code for machines, a sentence for people."""

from collections.abc import Mapping


class EngineError(Exception):
    """The base of engine errors: `code` is stable, `message` says what to do, `data` is JSON."""

    code = "engine_error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.message = message
        self.data: dict[str, object] = dict(data or {})


class UnsupportedCheckpoint(EngineError):
    """A foreign checkpoint that is not of a known kind, or not safe to read."""

    code = "unsupported_checkpoint"


class BadBundle(EngineError):
    """A voice bundle or base folder that is incomplete, altered or malformed."""

    code = "bad_bundle"


class BadReference(EngineError):
    """A reference clip that cannot be used: too short, too long, silent or unreadable."""

    code = "bad_reference"


class UnspeakableText(EngineError):
    """A text in which nothing can be spoken."""

    code = "unspeakable_text"


class BadSampling(EngineError):
    """A sampling value outside its range."""

    code = "bad_sampling"


class NothingSpoken(EngineError):
    """The model produced no usable tokens for a sentence within the attempts allowed."""

    code = "nothing_spoken"


class BrokenVoice(EngineError):
    """A model whose weights give what is no number."""

    code = "broken_voice"


class Stopped(EngineError):
    """The caller asked to stop; nothing of the utterance is returned."""

    code = "stopped"


class Busy(EngineError):
    """As many requests as the engine takes are under way; `data` has `retry_after_s`."""

    code = "busy"


class TooLate(EngineError):
    """The request's deadline passed before it was done."""

    code = "deadline_passed"


class ShuttingDown(EngineError):
    """The engine is being closed and takes no more, or gave this request up."""

    code = "shutting_down"
