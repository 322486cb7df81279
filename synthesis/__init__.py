"""The native GPT-SoVITS engine; importing it only makes a CPU torch able to import torchaudio."""

from synthesis import torchaudio_guard

torchaudio_guard.install()
