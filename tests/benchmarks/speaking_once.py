"""`python -m tests.benchmarks.speaking_once VOICE [ENCODERS]`: the most memory it takes, in kB.

It imports what an engine imports and nothing else: what is measured is a process that speaks.
"""

from __future__ import annotations

import sys
from pathlib import Path

from synthesis.bundles.base import BERT_FOLDER, HUBERT_FOLDER
from synthesis.bundles.bundle import VoiceBundle
from synthesis.engine import Engine
from synthesis.features.bert import Bert
from synthesis.features.hubert import Hubert
from synthesis.types import Utterance

TEXT = "您好，欢迎致电客户服务中心。请问需要什么？我们会尽快处理。感谢您的耐心等待。祝您生活愉快。"


def main(bundle: str, encoders: str | None = None) -> int:
    held: list[object] = []
    if encoders is not None:
        bert = Bert.load(Path(encoders) / BERT_FOLDER)
        bert.features(TEXT, [1] * len(TEXT))
        held = [bert, Hubert.load(Path(encoders) / HUBERT_FOLDER)]
    Engine().speak(VoiceBundle.open(bundle), Utterance(text=TEXT, language="zh", attempts=1))
    held.clear()
    print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
