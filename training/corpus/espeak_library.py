"""eSpeak NG through its C library: sound of phonemes in its notation, and when each one begins.

The library keeps its state in globals, so a process holds one `Espeak` and calls it from one
thread.
"""

import _ctypes
import ctypes
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from synthesis.errors import EngineError

LIBRARY = "libespeak-ng.so.1"

_SYNCHRONOUS = 2
_PHONEME_EVENTS = 1
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_PHONEMES = 0x100
_EVENT_END = 0
_EVENT_PHONEME = 7
_CHARACTERS = 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
# Half the usual, at which no variant reaches full scale.
_HALF_VOLUME = 50


class _EventId(ctypes.Union):
    _fields_ = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class EspeakMissing(EngineError):
    """The synthesizer's library is not on this machine."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            f"eSpeak NG cannot be loaded ({cause}). Install it: apt-get install espeak-ng, "
            "or the packages libespeak-ng1 and espeak-ng-data.",
            code="espeak_missing",
        )


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One phoneme of the library's own notation, and the sample where it begins."""

    name: str
    sample: int


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """Sound [s] of 16 bits at the library's sample rate, and its phonemes in order."""

    samples: NDArray[np.int16]
    heard: tuple[Heard, ...]


class Espeak:
    """The loaded library; `espeak()` gives the one of this process."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(LIBRARY)
        except OSError as error:
            raise EspeakMissing(str(error)) from error
        self._c = ctypes.CDLL(None)
        self.sample_rate_hz: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, None, _PHONEME_EVENTS | _DO_NOT_EXIT
        )
        if self.sample_rate_hz <= 0:
            raise EspeakMissing("its data folder was not found")
        self._chunks: list[NDArray[np.int16]] = []
        self._heard: list[Heard] = []
        self._callback = _CALLBACK(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._library.espeak_Info.restype = ctypes.c_char_p

    @property
    def version(self) -> str:
        return str(self._library.espeak_Info(None).decode())

    def speak(
        self,
        text: str,
        *,
        voice: str,
        pitch: int,
        pitch_range: int,
        words_per_minute: int,
        seed: int,
    ) -> Spoken:
        """Say a clause, whose phonemes may stand in double square brackets.

        Pitch and its range are the library's 0 to 100; its noise comes from C's ``rand``, which
        ``seed`` sets.  Raises `EngineError` for a voice that the library does not have.
        """
        self._choose(voice)
        for parameter, value in (
            (_RATE, words_per_minute),
            (_VOLUME, _HALF_VOLUME),
            (_PITCH, pitch),
            (_RANGE, pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._chunks, self._heard = [], []
        self._c.srand(seed)
        encoded = text.encode()
        self._library.espeak_Synth(
            encoded, len(encoded) + 1, 0, _CHARACTERS, 0, _UTF8 | _PHONEMES, None, None
        )
        samples = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        return Spoken(samples=samples, heard=tuple(self._heard))

    def mnemonics(self, text: str, *, voice: str) -> list[str]:
        """The phonemes that the library would say for a text, in its notation."""
        self._choose(voice)
        pointer = ctypes.c_char_p(text.encode())
        found = self._library.espeak_TextToPhonemes(
            ctypes.byref(pointer), _UTF8, ord("|") << 8
        ).decode()
        return [part for part in found.strip().split("|") if part]

    def unload(self) -> None:
        """Leave the library, whose flutter and noise go on from utterance to utterance."""
        self._library.espeak_Terminate()
        _ctypes.dlclose(self._library._handle)  # noqa: SLF001  (ctypes has no other name for it)

    def _choose(self, voice: str) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise EngineError(f"eSpeak NG has no voice {voice!r}.", code="voice_missing")

    def _receive(
        self,
        wave: "ctypes._Pointer[ctypes.c_short]",
        count: int,
        events: "ctypes._Pointer[_Event]",
    ) -> int:
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            if event.type == _EVENT_PHONEME:
                self._heard.append(Heard(name=event.id.string.decode(), sample=event.sample))
            index += 1
        if wave and count:
            self._chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0


@cache
def espeak() -> Espeak:
    """The library of this process, loaded at the first call."""
    return Espeak()


def restart() -> None:
    """Begin again as a fresh process would, so that what follows is reproducible."""
    espeak().unload()
    espeak.cache_clear()
