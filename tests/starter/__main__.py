"""`python -m tests.starter BASE`: what a base can say, and whose voice it says it with."""

import argparse
import json
import sys
from pathlib import Path

from synthesis.bundles.base import BaseModel
from synthesis.errors import EngineError
from tests.starter.parts import PARTS, Row
from tests.starter.sources import SOURCES
from tests.starter.trial import trials


def main() -> int:
    """Measure, print a line per row, and write all of them."""
    options = _parser().parse_args()
    base = BaseModel.open(options.base)
    rows: list[Row] = []
    with trials(
        base,
        SOURCES[options.source](),
        options.language or list(base.languages),
        tuned=options.voice,
    ) as found:
        for name in options.part or PARTS:
            for trial in found:
                if trial.language not in trial.source.languages:
                    continue
                try:
                    for row in PARTS[name](trial, options.most):
                        whole = {
                            "part": name,
                            "source": trial.source.name,
                            "language": trial.language,
                            **row,
                        }
                        rows.append(whole)
                        print(
                            " ".join(f"{key}={value}" for key, value in whole.items()), flush=True
                        )
                except EngineError as error:
                    print(f"{name} {trial.language}: {error}", file=sys.stderr)
    if options.json:
        text = json.dumps({"base": base.sha256, "rows": rows}, ensure_ascii=False, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0 if rows else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.starter", description=__doc__)
    parser.add_argument("base", type=Path, help="base model folder")
    parser.add_argument("--part", action="append", choices=sorted(PARTS), help="all by default")
    parser.add_argument("--language", action="append", choices=("zh", "en"))
    parser.add_argument("--source", choices=list(SOURCES), default="espeak", help="whose voice")
    parser.add_argument("--voice", type=Path, help="a voice fine-tuned on the source, to measure")
    parser.add_argument("--most", type=int, default=50, help="sentences per measurement")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
