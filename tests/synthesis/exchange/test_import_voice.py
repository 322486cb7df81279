"""Published weights become a base, and a pair of checkpoints a voice; anything amiss is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from synthesis import audio
from synthesis.bundles.bundle import VoiceBundle
from synthesis.bundles.styles import Clip
from synthesis.bundles.weights import load_tensors, save_weights
from synthesis.engine import Engine
from synthesis.errors import BadBundle, UnsupportedCheckpoint
from synthesis.exchange.checkpoint import Checkpoint, Kind
from synthesis.exchange.import_base import PUBLISHED, import_base
from synthesis.exchange.import_voice import import_voice
from synthesis.exchange.notes import Notes
from synthesis.features.hubert import Hubert
from synthesis.types import Utterance
from tests.synthesis.conftest import RATE_HZ, TRANSCRIPT, Workshop, hum

HUBERT_FILE = "hubert/model.safetensors"
PARAMETRIZED = {"parametrizations.weight.original0": "weight_g"}
PARAMETRIZED |= {"parametrizations.weight.original1": "weight_v"}
Read = Callable[[Path], Checkpoint]


@pytest.fixture
def read(workshop: Workshop) -> Read:
    """Stands in for reading two full-size pickles: small models under the published names."""
    base = workshop.base

    def small(path: Path) -> Checkpoint:
        semantic = path.name.startswith("s1")
        return Checkpoint(
            kind=Kind.SEMANTIC if semantic else Kind.ACOUSTIC,
            version="" if semantic else "v2",
            state=dict((base.semantic() if semantic else base.acoustic()).state_dict()),
            config=base.semantic_config if semantic else base.acoustic_config,
            notes=Notes(info=""),
        )

    return small


@pytest.fixture
def published(workshop: Workshop, tmp_path: Path) -> Path:
    """A folder as users have it; the encoders are real pickles with their names on disk."""
    folder = tmp_path / "published"
    for name in (PUBLISHED["v2"].semantic, PUBLISHED["v2"].generator):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    hubert = folder / "chinese-hubert-base"
    hubert.mkdir()
    source = workshop.base.sealed.folder / "hubert"
    (hubert / "config.json").write_bytes((source / "config.json").read_bytes())
    state = load_tensors(source / "model.safetensors")
    for ours, theirs in PARAMETRIZED.items():
        state = {key.replace(ours, theirs): value for key, value in state.items()}
    torch.save(state, hubert / "pytorch_model.bin")
    return folder


def add_bert(folder: Path) -> None:
    """A text encoder of one number, which is enough to be carried over."""
    bert = folder / "chinese-roberta-wwm-ext-large"
    bert.mkdir()
    (bert / "config.json").write_text("{}", encoding="utf-8")
    (bert / "vocab.txt").write_text("[UNK]\n", encoding="utf-8")
    state = {"bert.x": torch.ones(1), "cls.y": torch.ones(1), "bert.pooler.z": torch.ones(1)}
    torch.save(state, bert / "pytorch_model.bin")


def test_a_folder_of_published_weights_becomes_a_base(
    published: Path, read: Read, tmp_path: Path, workshop: Workshop
) -> None:
    add_bert(published)
    base = import_base(published, tmp_path / "base", version="v2", read=read)
    assert (base.name, base.speech, base.has("bert")) == ("v2", True, True)
    wave = torch.from_numpy(hum(1.0)[::2].copy())
    found, expected = base.hubert().features(wave), workshop.base.hubert().features(wave)
    torch.testing.assert_close(found, expected)
    assert load_tensors(base.sealed.path("bert/model.safetensors")).keys() == {"bert.x"}


def test_a_vocabulary_in_the_newer_form_is_carried_over(
    published: Path, read: Read, tmp_path: Path
) -> None:
    add_bert(published)
    bert = published / "chinese-roberta-wwm-ext-large"
    (bert / "vocab.txt").unlink()
    (bert / "tokenizer.json").write_text('{"model": {"vocab": {"[SEP]": 1, "[UNK]": 0}}}')
    base = import_base(published, tmp_path / "base", version="v2", read=read)
    assert base.sealed.path("bert/vocab.txt").read_text() == "[UNK]\n[SEP]\n"
    (bert / "tokenizer.json").write_text('{"model": {"vocab": {"[UNK]": 0, "[SEP]": 2}}}')
    with pytest.raises(UnsupportedCheckpoint, match="leaves out numbers"):
        import_base(published, tmp_path / "other", version="v2", read=read)


def test_a_missing_part_is_named_and_no_folder_is_left(
    published: Path, read: Read, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedCheckpoint, match="chinese-roberta-wwm-ext-large/config") as bad:
        import_base(published, tmp_path / "base", version="v2", read=read)
    assert bad.value.code == "missing_weights"
    assert not (tmp_path / "base").exists()


def test_a_file_of_another_version_is_refused(published: Path, read: Read, tmp_path: Path) -> None:
    for name in (PUBLISHED["v2Pro"].semantic, PUBLISHED["v2Pro"].generator):
        (published / name).parent.mkdir(exist_ok=True)
        (published / name).touch()
    with pytest.raises(UnsupportedCheckpoint, match="holds a v2 acoustic model"):
        import_base(published, tmp_path / "base", version="v2Pro", read=read)


def test_two_checkpoints_and_a_clip_become_a_voice_that_speaks(
    read: Read, workshop: Workshop, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.wav"
    audio.write_wav(clip, hum(3.5), RATE_HZ)
    folder = tmp_path / "voice"
    import_voice(
        folder,
        semantic=Path("s1.ckpt"),
        acoustic=Path("s2.pth"),
        styles={"default": [Clip(path=clip, transcript=TRANSCRIPT, language="zh")]},
        base=workshop.base,
        read=read,
    )
    bundle = VoiceBundle.open(folder)
    assert bundle.card.base_sha256 == workshop.base.sha256
    speech = Engine().speak(bundle, Utterance(text="你好。"))
    assert speech.sentences[0].tokens > 0


def test_two_checkpoints_in_the_wrong_order_are_refused(
    read: Read, workshop: Workshop, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedCheckpoint, match=r"s2\.pth does not hold a semantic model"):
        import_voice(
            tmp_path / "voice",
            semantic=Path("s2.pth"),
            acoustic=Path("s1.ckpt"),
            styles={},
            base=workshop.base,
            read=read,
        )


def test_an_encoder_with_a_missing_tensor_is_refused_and_not_made_up(
    workshop: Workshop, tmp_path: Path
) -> None:
    source = workshop.base.sealed.folder
    state = load_tensors(source / HUBERT_FILE)
    del state["feature_projection.projection.bias"]
    save_weights(state, tmp_path / "model.safetensors", half=True)
    (tmp_path / "config.json").write_bytes((source / "hubert/config.json").read_bytes())
    with pytest.raises(BadBundle, match=r"lacks feature_projection\.projection\.bias"):
        Hubert.load(tmp_path)
