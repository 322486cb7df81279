"""Voices in memory: bytes decide what is dropped, and never what is in use."""

import os
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import torch

from synthesis import voices
from synthesis.bundles.bundle import Origin, VoiceBundle, write_bundle
from synthesis.engine import Engine
from synthesis.memory import COMPILED_KERNELS
from synthesis.models.semantic import SemanticModel
from synthesis.types import Utterance
from synthesis.voices import LoadedVoice, VoiceCache, load_voice
from tests.synthesis.conftest import Workshop

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def two(
    voice: VoiceBundle, workshop: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> tuple[VoiceBundle, VoiceBundle]:
    return voice, workshop.write(tmp_path_factory.mktemp("other") / "v", half=False)


def one_voice_bytes(bundle: VoiceBundle) -> int:
    cache = VoiceCache(CPU, 1 << 40)
    with cache.borrow(bundle):
        return cache.held()[bundle.sha256]


def test_the_least_recently_used_voice_is_dropped(two: tuple[VoiceBundle, VoiceBundle]) -> None:
    first, second = two
    cache = VoiceCache(CPU, int(1.5 * one_voice_bytes(first)))
    for bundle in (first, second, first):
        with cache.borrow(bundle):
            pass
    assert list(cache.held()) == [first.sha256]


def test_both_are_kept_when_there_is_room(two: tuple[VoiceBundle, VoiceBundle]) -> None:
    first, second = two
    cache = VoiceCache(CPU, 1 << 40)
    for bundle in (first, second, first):
        with cache.borrow(bundle):
            pass
    assert list(cache.held()) == [second.sha256, first.sha256]


def test_a_voice_in_use_is_never_dropped(two: tuple[VoiceBundle, VoiceBundle]) -> None:
    first, second = two
    cache = VoiceCache(CPU, 1)
    with cache.borrow(first), cache.borrow(second):
        assert set(cache.held()) == {first.sha256, second.sha256}
    assert cache.held() == {}


def test_an_evicted_voice_is_forgotten_at_once_and_finishes(voice: VoiceBundle) -> None:
    cache = VoiceCache(CPU, 1 << 40)
    with cache.borrow(voice) as borrowed:
        assert cache.evict(voice.sha256)
        assert cache.held() == {}
        assert borrowed.prompt("default").codes.numel() > 0
    assert cache.held() == {}
    assert not cache.evict(voice.sha256)


def test_threads_load_a_voice_once(voice: VoiceBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    really_load = voices.load_voice

    def counted(bundle: VoiceBundle, *settings: Any) -> LoadedVoice:
        loads.append(bundle.sha256)
        return really_load(bundle, *settings)

    monkeypatch.setattr(voices, "load_voice", counted)
    cache = VoiceCache(CPU, 1 << 40)
    together = Barrier(4)

    def use() -> None:
        together.wait()
        with cache.borrow(voice):
            pass

    threads = [Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1


def test_a_voice_that_cannot_be_loaded_leaves_no_trace(workshop: Workshop, tmp_path: Path) -> None:
    bundle = workshop.write(tmp_path / "v")
    (tmp_path / "v" / "s1.safetensors").write_bytes(b"gone")
    cache = VoiceCache(CPU, 1 << 40)
    with pytest.raises(Exception, match=r"s1\.safetensors"), cache.borrow(bundle):
        pass
    assert cache.held() == {}
    assert not cache.evict(bundle.sha256)


def test_a_pinned_voice_stays_until_it_is_unpinned_or_evicted(
    two: tuple[VoiceBundle, VoiceBundle],
) -> None:
    first, second = two
    cache = VoiceCache(CPU, 1)
    cache.preload(first, pin=True)
    cache.preload(second)
    assert list(cache.held()) == [first.sha256]
    cache.unpin(first.sha256)
    assert cache.held() == {}
    cache.preload(second, pin=True)
    assert cache.evict(second.sha256)
    cache.preload(second)
    assert cache.held() == {}


def test_voices_with_the_same_semantic_model_share_it(
    voice: VoiceBundle, workshop: Workshop, tmp_path: Path
) -> None:
    cache = VoiceCache(CPU, 1 << 40)
    twin = workshop.write(tmp_path / "twin", silent=True)
    other = workshop.write(tmp_path / "other", half=False)
    decoders = [cache.preload(bundle).decoder for bundle in (voice, twin, other)]
    assert decoders[0] is decoders[1]
    assert decoders[0] is not decoders[2]


def test_a_model_without_prompts_takes_the_style_of_a_reference_and_not_its_words(
    workshop: Workshop, tmp_path: Path
) -> None:
    base = workshop.base
    unprompted = SemanticModel(replace(base.semantic_config, prompted=False))
    unprompted.load_state_dict(base.semantic().state_dict())
    bundle = write_bundle(
        tmp_path / "v",
        semantic=unprompted,
        acoustic=base.acoustic(),
        styles={"default": [workshop.reference]},
        languages=("zh",),
        origin=Origin(base_name=base.name, base_sha256=base.sha256, dataset_sha256="0" * 64),
    )
    with VoiceCache(CPU, 1 << 40).borrow(bundle) as loaded:
        prompt = loaded.prompt("default")
    assert prompt.codes.numel() == prompt.phones.numel() == 0
    assert prompt.style.full_bg1.abs().sum() > 0
    engine = Engine(base=base)
    engine.preload(bundle)
    assert engine.speak(bundle, Utterance(text="您好。", language="zh")).pcm.size


def test_loading_a_voice_bounds_the_kernels_unless_an_operator_has(
    voice: VoiceBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
    monkeypatch.delenv(setting, raising=False)
    load_voice(voice, CPU)
    assert os.environ[setting] == str(COMPILED_KERNELS)
    monkeypatch.setenv(setting, "7")
    load_voice(voice, CPU)
    assert os.environ[setting] == "7"
