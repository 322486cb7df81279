"""Whisper models of both forms write down what they were taught, and nothing is downloaded."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperTokenizerFast,
)

from tests.training.prepare.sounds import DATA
from training.prepare.doubts import DoubtCode
from training.prepare.ears import Ears
from training.prepare.hearing import CannotHear, load_transcriber
from training.prepare.pipeline import prepare_recording

SPECIAL = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|translate|>"]
SPECIAL += ["<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
SPECIAL += ["<|notimestamps|>", *(f"<|{n * 0.02:.2f}|>" for n in range(1501))]
WORDS = "hello"


def bytes_to_letters() -> dict[int, str]:
    """The printable letters that stand for bytes in GPT-2's vocabularies."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + n) for n, b in enumerate(rest)}


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model that was taught to hear the same word in everything."""
    folder = tmp_path_factory.mktemp("whisper")
    letters = {letter: index for index, letter in enumerate(bytes_to_letters().values())}
    (folder / "vocab.json").write_text(json.dumps(letters))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = WhisperTokenizerFast(vocab=letters, merges=[], unk_token="<|endoftext|>")
    tokenizer.add_special_tokens({"additional_special_tokens": SPECIAL})
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in SPECIAL}
    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=80,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=32,
        decoder_start_token_id=ids["<|startoftranscript|>"],
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        suppress_tokens=[],
        begin_suppress_tokens=[],
    )
    model = WhisperForConditionalGeneration(config)
    head = ["<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>"]
    said = [ids[name] for name in head]
    said += [*tokenizer(WORDS, add_special_tokens=False).input_ids, ids["<|endoftext|>"]]
    row = torch.tensor([said])
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    for _ in range(40):
        loss = model(
            input_features=0.1 * torch.randn(1, 80, 3000),
            decoder_input_ids=row[:, :-1],
            labels=row[:, 1:],
        ).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.generation_config = GenerationConfig(
        decoder_start_token_id=ids["<|startoftranscript|>"],
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        lang_to_id={name: ids[name] for name in ("<|en|>", "<|zh|>")},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        is_multilingual=True,
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def converted(whisper: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model in the other form."""
    converters = pytest.importorskip("ctranslate2.converters")
    pytest.importorskip("faster_whisper")
    folder = tmp_path_factory.mktemp("ct2") / "model"
    files = ["tokenizer.json", "preprocessor_config.json"]
    converters.TransformersConverter(str(whisper), copy_files=files).convert(str(folder))
    return folder


def sound() -> np.ndarray:
    return 0.1 * np.random.default_rng(1).standard_normal(32_000).astype(np.float32)


@pytest.mark.parametrize("form", ["whisper", "converted"])
def test_it_writes_down_what_the_model_hears(form: str, request: pytest.FixtureRequest) -> None:
    transcriber = load_transcriber(request.getfixturevalue(form))

    heard = transcriber.transcribe(sound(), "zh")
    # CTranslate2 takes a model with so few words for one that knows English only.
    assert heard.language == ("zh" if form == "whisper" else "en")
    assert WORDS in heard.text
    assert transcriber.transcribe(sound(), None) == heard


def test_a_recording_without_transcript_gets_words_that_a_person_must_read(
    whisper: Path, tmp_path: Path
) -> None:
    ears = Ears(transcriber=load_transcriber(whisper))

    prepared = prepare_recording(
        DATA / "short_video.mp4", None, language="auto", work_dir=tmp_path, ears=ears
    )

    assert not prepared.needs_transcript
    # The same word was heard in each slice, so all but the first repeat it.
    assert [segment.text for segment in prepared.segments] == [WORDS]
    codes = [doubt.code for doubt in prepared.doubts]
    assert codes[-1] is DoubtCode.MACHINE_TEXT
    assert whisper.name in prepared.doubts[-1].message


def test_a_folder_that_lacks_a_file_is_refused_by_name(whisper: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotHear, match=r"config\.json is missing"):
        load_transcriber(tmp_path)
    (tmp_path / "model.bin").touch()
    (tmp_path / "config.json").touch()
    with pytest.raises(CannotHear, match=r"tokenizer\.json is missing"):
        load_transcriber(tmp_path)
