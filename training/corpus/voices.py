"""The voices of the synthetic corpus: eSpeak variants at a pitch and rate, moved in formants."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A way to speak: pitch and its range from 0 to 100, formants times ``formant_shift``."""

    name: str
    variant: str
    pitch: int
    pitch_range: int
    words_per_minute: int
    formant_shift: float
    held_out: bool = False

    def vary(self, chance: np.random.Generator) -> "Voice":
        """The same voice on another occasion: a little higher or lower, faster or slower."""
        return replace(
            self,
            pitch=int(np.clip(self.pitch + chance.integers(-4, 5), 0, 99)),
            pitch_range=int(np.clip(self.pitch_range + chance.integers(-12, 13), 15, 99)),
            words_per_minute=round(self.words_per_minute * chance.uniform(0.88, 1.12)),
        )


_PITCH_RANGE = 50

# Variant, pitch, words per minute, formant shift, held out.  Variants that whisper, croak, or
# answer with an echo are left out; the klatt ones are made by another method of synthesis.
_TABLE: tuple[tuple[str, int, int, float, bool], ...] = (
    ("Alex", 40, 150, 0.92, False),
    ("Andy", 50, 165, 0.95, False),
    ("Denis", 45, 155, 1.0, False),
    ("Gene", 50, 170, 0.9, False),
    ("Gene2", 40, 150, 1.0, False),
    ("Jacky", 40, 165, 0.94, False),
    ("Mario", 45, 170, 0.92, False),
    ("Michael", 50, 160, 0.97, False),
    ("Mike", 55, 150, 1.0, False),
    ("Nguyen", 40, 160, 0.9, False),
    ("adam", 50, 165, 0.96, False),
    ("caleb", 60, 155, 1.05, False),
    ("ed", 40, 160, 0.95, False),
    ("edward", 45, 175, 0.88, False),
    ("grandpa", 45, 145, 0.94, False),
    ("gustave", 50, 165, 1.0, False),
    ("iven", 55, 160, 0.95, False),
    ("iven3", 65, 170, 1.06, False),
    ("john", 60, 155, 1.0, False),
    ("kaukovalta", 50, 160, 0.93, False),
    ("klatt", 50, 150, 1.0, False),
    ("klatt2", 70, 165, 1.12, False),
    ("klatt3", 40, 170, 0.92, False),
    ("klatt4", 60, 160, 1.08, False),
    ("klatt5", 80, 160, 1.18, False),
    ("m1", 50, 155, 1.0, False),
    ("m3", 65, 170, 1.1, False),
    ("m4", 55, 150, 0.96, False),
    ("m5", 70, 160, 1.12, False),
    ("m6", 75, 155, 1.16, False),
    ("m7", 45, 165, 1.0, False),
    ("m8", 60, 150, 0.85, False),
    ("marcelo", 60, 165, 1.08, False),
    ("max", 50, 160, 0.98, False),
    ("norbert", 65, 165, 1.1, False),
    ("rob", 50, 155, 1.02, False),
    ("travis", 55, 160, 0.96, False),
    ("victor", 60, 165, 0.95, False),
    ("Andrea", 45, 160, 1.0, False),
    ("Annie", 50, 165, 1.03, False),
    ("anika", 40, 155, 0.97, False),
    ("belinda", 50, 165, 1.0, False),
    ("f1", 50, 160, 1.04, False),
    ("f2", 50, 165, 1.1, False),
    ("f3", 55, 165, 1.12, False),
    ("f4", 55, 150, 1.05, False),
    ("grandma", 50, 150, 1.0, False),
    ("shelby", 60, 165, 1.1, False),
    ("steph", 55, 160, 1.05, False),
    ("steph2", 65, 170, 1.1, False),
    ("aunty", 50, 160, 1.06, False),
    ("m3", 90, 160, 1.18, False),
    ("boris", 50, 160, 0.97, True),
    ("klatt6", 75, 160, 1.15, True),
    ("f5", 50, 160, 1.0, True),
    ("linda", 45, 155, 1.04, True),
    ("pedro", 55, 165, 1.02, True),
    ("miguel", 40, 150, 0.93, True),
)

VOICES: tuple[Voice, ...] = tuple(
    Voice(
        name=f"{variant.lower()}-{pitch}-{shift * 100:.0f}",
        variant=variant,
        pitch=pitch,
        pitch_range=_PITCH_RANGE,
        words_per_minute=words_per_minute,
        formant_shift=shift,
        held_out=held_out,
    )
    for variant, pitch, words_per_minute, shift, held_out in _TABLE
)
