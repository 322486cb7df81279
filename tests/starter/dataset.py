"""`python -m tests.starter.dataset OUT`: a frozen dataset of a voice that no base has heard."""

import argparse
import sys
from pathlib import Path

import numpy as np

from tests.starter.sources import SOURCES
from tests.training.material import Samples, write_dataset
from training.corpus.texts import generate, same_text
from training.corpus.utterance import SAMPLE_RATE_HZ
from training.evaluation.sentences import all_texts

SHORTEST_S, LONGEST_S = 1.5, 9.0


def main() -> int:
    """Let the source say texts that nothing measures until there is enough sound."""
    parser = argparse.ArgumentParser(prog="python -m tests.starter.dataset", description=__doc__)
    parser.add_argument("out", type=Path, help="folder that does not exist yet")
    parser.add_argument("--source", choices=list(SOURCES), default="espeak")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=41)
    options = parser.parse_args()
    source = SOURCES[options.source]()
    clips: list[tuple[str, Samples]] = []
    seconds = 0.0
    measured = frozenset(map(same_text, all_texts()))
    for text in generate(options.seed, without=measured):
        if text.language not in source.languages:
            continue
        pcm = source.say(text.text, text.language)
        duration_s = len(pcm) / SAMPLE_RATE_HZ
        if not SHORTEST_S <= duration_s <= LONGEST_S:
            continue
        clips.append((text.text, np.round(pcm * 32767).astype("<i2")))
        seconds += duration_s
        if seconds >= options.seconds:
            break
    write_dataset(options.out, clips)
    print(f"{len(clips)} clips, {seconds:.1f} s of {source.name} in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
