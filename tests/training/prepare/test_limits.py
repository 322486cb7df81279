"""What a limited child may leave behind."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import sys
from training.prepare.limits import GIBIBYTE, ProcessLimits
ProcessLimits(memory_bytes=GIBIBYTE, cpu_s=5, file_bytes=512).impose_on_this_process()
sys.path.insert(0, sys.argv[1])
import long_module
"""


def test_it_caches_no_module_that_the_file_limit_would_cut_short(tmp_path: Path) -> None:
    source = "\n".join(f"value_{number} = {number}" for number in range(500))
    (tmp_path / "long_module.py").write_text(source)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], check=True, env=environment, timeout=60
    )
    assert not (tmp_path / "__pycache__").exists()
