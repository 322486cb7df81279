"""torchaudio is usable beside a CPU torch, and nothing heavy is imported for it."""

import subprocess
import sys


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )


def test_torchaudio_and_hubert_import_and_work_in_a_fresh_process() -> None:
    done = run(
        "import synthesis\n"
        "import torchaudio, torch\n"
        "from transformers import HubertModel\n"
        "wave = torchaudio.functional.resample(torch.ones(3200), 32000, 16000)\n"
        "print(len(wave), HubertModel.__name__)\n"
    )
    assert done.stdout.split() == ["1600", "HubertModel"], done.stderr


def test_importing_the_package_loads_neither_torch_nor_torchaudio() -> None:
    done = run("import sys, synthesis; print('torch' in sys.modules, 'torchaudio' in sys.modules)")
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_installing_it_twice_leaves_one_finder() -> None:
    done = run(
        "import sys\n"
        "from synthesis import torchaudio_guard as guard\n"
        "guard.install()\n"
        "print(sum(isinstance(f, guard.ExtensionFinder) for f in sys.meta_path))\n"
    )
    assert done.stdout.strip() == "1", done.stderr
