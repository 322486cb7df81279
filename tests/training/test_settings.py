"""Settings by name: every one can be changed within its bounds, and no other."""

import subprocess
import sys

import pytest

from training.config import PRESETS, FinetuneConfig, Schedule
from training.settings import BOUNDS, BadSetting, change, names, parse

CONFIG = PRESETS["short"]


def test_what_a_command_line_says_is_what_the_stages_are_given() -> None:
    said = [
        "semantic.lora_rank=8",
        "semantic.schedule=cosine",
        "semantic.preference=true",
        "acoustic.patience_epochs=null",
        "acoustic.betas=[0.9, 0.98]",
        "acoustic.learning_rate=3e-5",
        "recompute=true",
        "precision=bfloat16",
    ]
    changed = change(CONFIG, parse(said))
    assert (changed.semantic.lora_rank, changed.semantic.schedule) == (8, Schedule.COSINE)
    assert changed.semantic.preference
    assert changed.recompute
    assert changed.acoustic.patience_epochs is None
    assert changed.acoustic.betas == (0.9, 0.98)
    assert changed.acoustic.learning_rate == pytest.approx(3e-5)
    assert changed.precision == "bfloat16"
    assert changed.acoustic.epochs == CONFIG.acoustic.epochs


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("semantic.rank=8", "no setting 'semantic.rank'. Known: checkpoint_every_steps, .*lora_ra"),
        ("seed=1", "no setting 'seed'"),
        ("recompute", "no NAME=VALUE"),
        ("recompute=1", "recompute must be true or false"),
        ("precision=double", "precision must be one of auto, float32, bfloat16, float16"),
        ("semantic.lora_rank=8.5", "must be a whole number from 1 to 256 or null"),
        ("semantic.lora_rank=true", "must be a whole number"),
        ("acoustic.epochs=null", "must be a whole number from 1 to 200[.]"),
        ("acoustic.epochs=0", "from 1 to 200"),
        ("acoustic.learning_rate=NaN", "must be a number from 1e-09 to 1"),
        ("acoustic.learning_rate=fast", "must be a number"),
        ("acoustic.betas=0.9", "must be 2 numbers from 0 to 0.999999"),
        ("acoustic.betas=[0.9, 1]", "must be 2 numbers"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(assignment: str, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        change(CONFIG, parse([assignment]))


def test_the_presets_own_values_all_lie_within_the_bounds() -> None:
    for preset in PRESETS.values():
        values = {
            name: getattr(getattr(preset, name.split(".")[0]), name.split(".")[1])
            if "." in name
            else getattr(preset, name)
            for name in names()
        }
        assert change(FinetuneConfig(preset=preset.preset), values) == preset
    assert BOUNDS.keys() <= {name.rpartition(".")[2] for name in names()}


def test_settings_are_read_without_the_engine() -> None:
    said = "import sys, training.settings; print(*sys.modules.keys() & {'torch', 'numpy'})"
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
