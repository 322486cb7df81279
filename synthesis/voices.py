"""Voices in memory: loaded once, kept while recently used, pinned while in use."""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from synthesis.bundles.bundle import SEMANTIC_FILE, VoiceBundle
from synthesis.bundles.voice_card import VoiceCard
from synthesis.decoding.calibration import calibrate
from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Sentence
from synthesis.decoding.products import Arithmetic
from synthesis.features.reference import ReferenceFeatures
from synthesis.memory import bound_kernels, give_back
from synthesis.models.vits import AcousticModel, Style
from synthesis.models.weight_norm import fold_weight_norm
from synthesis.types import Precision

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A style ready for use: codes [n], phone ids [p], text features [w, p] of its first clip."""

    codes: Tensor
    phones: Tensor
    bert: Tensor
    style: Style


@dataclass(frozen=True, kw_only=True)
class LoadedVoice:
    """Both models, ready for inference on a device, and the prompt of every style."""

    card: VoiceCard
    decoder: Decoder
    acoustic: AcousticModel
    prompts: dict[str, Prompt]

    @cached_property
    def nbytes(self) -> int:
        """Memory held by the models' tensors; to count it takes milliseconds."""
        tensors = [*self.acoustic.parameters(), *self.acoustic.buffers()]
        return self.decoder.nbytes + sum(tensor.nbytes for tensor in tensors)

    def prompt(self, style: str) -> Prompt:
        """The prompt of a style; BadBundle names those there are."""
        self.card.style(style)
        return self.prompts[style]

    def prompt_of(self, reference: ReferenceFeatures) -> Prompt:
        """A clip that is none of the voice's own, ready for use."""
        device = next(self.acoustic.parameters()).device
        return _prompt(reference, reference.style, self.card, self.acoustic, device)


def load_voice(
    bundle: VoiceBundle,
    device: torch.device,
    precision: Precision = Precision.EXACT,
    arithmetic: Arithmetic | None = Arithmetic.FLOAT32,
    decoder: Decoder | None = None,
) -> LoadedVoice:
    """Read a bundle's models and the cached features of all its styles.

    Without an arithmetic, the fastest that says the same is found out. A `decoder` of the same
    semantic model, loaded for another voice, is shared.
    """
    bound_kernels()
    acoustic = bundle.acoustic().requires_grad_(False)
    fold_weight_norm(acoustic)
    if precision is Precision.FAST:
        acoustic.dec.lower(torch.bfloat16)
    if device.type == "cpu":
        acoustic.lay_out_for_processor()
    acoustic.to(device)
    prompts = {}
    for name in bundle.card.styles:
        clips = bundle.references(name)
        cards = bundle.card.styles[name]
        timbres = [clip.style for clip, card in zip(clips, cards, strict=True) if card.timbre]
        timbre = torch.stack(timbres).mean(dim=0)
        prompts[name] = _prompt(clips[0], timbre, bundle.card, acoustic, device)
    if decoder is None:
        semantic = bundle.semantic().requires_grad_(False).to(device)
        if arithmetic is None:
            spoken = bundle.references(bundle.card.main_style)[0]
            sentence = Sentence(phones=spoken.phones, bert=spoken.bert)
            calibration = calibrate(semantic, sentence, spoken.codes.to(device))
            log.info("arithmetic chosen", extra={"measured": calibration.measured})
            decoder = calibration.decoder
        else:
            decoder = Decoder(semantic, arithmetic)
        decoder.release_model()
        del semantic
    give_back()
    return LoadedVoice(
        card=bundle.card,
        decoder=decoder,
        acoustic=acoustic,
        prompts=prompts,
    )


def _prompt(
    first: ReferenceFeatures,
    timbre_g: Tensor,
    card: VoiceCard,
    acoustic: AcousticModel,
    device: torch.device,
) -> Prompt:
    full = timbre_g[None, :, None].to(device)
    with torch.inference_mode():
        style = Style(full_bg1=full, mixer_bw1=acoustic.mixer_style(full))
    words = first if card.semantic.prompted else first.without_words()
    return Prompt(codes=words.codes.to(device), phones=words.phones, bert=words.bert, style=style)


@dataclass
class _Slot:
    """One voice of the cache; `pins` counts who is speaking with it now."""

    loading: Lock = field(default_factory=Lock)
    voice: LoadedVoice | None = None
    pins: int = 0


class VoiceCache:
    """The most recently used voices, up to a number of bytes; a pinned voice is never dropped."""

    def __init__(
        self,
        device: torch.device,
        limit_bytes: int,
        precision: Precision = Precision.EXACT,
        arithmetic: Arithmetic | None = Arithmetic.FLOAT32,
    ) -> None:
        self._device, self._precision, self._arithmetic = device, precision, arithmetic
        self._limit_bytes = limit_bytes
        self._lock = Lock()
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._pinned: set[str] = set()
        # By the digest of the file: voices that differ in their sound alone decode together.
        self._decoders: WeakValueDictionary[str, Decoder] = WeakValueDictionary()

    @contextmanager
    def borrow(self, bundle: VoiceBundle) -> Iterator[LoadedVoice]:
        """The voice of a bundle, loaded if need be and pinned until the block ends."""
        key = bundle.sha256
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            slot.pins += 1
        try:
            with slot.loading:
                if slot.voice is None:
                    slot.voice = self._load(bundle)
            self._shrink()
            yield slot.voice
        finally:
            with self._lock:
                slot.pins -= 1
                if slot.voice is None and slot.pins == 0 and self._slots.get(key) is slot:
                    del self._slots[key]
            self._shrink()

    def preload(self, bundle: VoiceBundle, *, pin: bool = False) -> LoadedVoice:
        """Load a voice before it is needed; a pinned one stays until it is unpinned or evicted."""
        with self.borrow(bundle) as voice:
            with self._lock:
                if pin and bundle.sha256 in self._slots:
                    self._pinned.add(bundle.sha256)
            return voice

    def unpin(self, sha256: str) -> None:
        """Let a voice be dropped again when others need the room."""
        with self._lock:
            self._pinned.discard(sha256)
        self._shrink()

    def evict(self, sha256: str) -> bool:
        """Forget a voice; whoever speaks with it now finishes. False when it was not held."""
        with self._lock:
            self._pinned.discard(sha256)
            return self._slots.pop(sha256, None) is not None

    def held(self) -> dict[str, int]:
        """Bytes of every loaded voice by bundle digest, least recently used first."""
        with self._lock:
            return {key: slot.voice.nbytes for key, slot in self._slots.items() if slot.voice}

    def _load(self, bundle: VoiceBundle) -> LoadedVoice:
        digest = bundle.sealed.content["files"][SEMANTIC_FILE]["sha256"]
        voice = load_voice(
            bundle,
            self._device,
            self._precision,
            self._arithmetic,
            self._decoders.get(digest),
        )
        self._decoders[digest] = voice.decoder
        return voice

    def _shrink(self) -> None:
        with self._lock:
            loaded = {key: slot.voice.nbytes for key, slot in self._slots.items() if slot.voice}
            excess = sum(loaded.values()) - self._limit_bytes
            for key, size in loaded.items():
                if excess <= 0:
                    return
                if self._slots[key].pins == 0 and key not in self._pinned:
                    del self._slots[key]
                    excess -= size
