"""`python -m tests.parity [DIR] [--json FILE]`: run every case, exit 1 if one fails."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from tests.parity.program import run_folder

CASES = Path(__file__).with_name("cases")


def main() -> int:
    """Print a line per case and a total."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    parser.add_argument(
        "folder", type=Path, nargs="?", default=CASES, help="folder with *.npz and salt.txt"
    )
    parser.add_argument("--json", type=Path, help="also write the outcomes to this file")
    arguments = parser.parse_args()
    outcomes = []
    for outcome in run_folder(arguments.folder):
        print(outcome.line(), flush=True)
        outcomes.append(outcome)
    count = Counter(outcome.verdict for outcome in outcomes)
    total = {verdict: count[verdict] for verdict in ("ok", "FAIL", "unsupported")}
    print(f"{len(outcomes)} cases: " + ", ".join(f"{n} {verdict}" for verdict, n in total.items()))
    if arguments.json:
        report = {"total": total, "cases": [outcome.as_dict() for outcome in outcomes]}
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if count["FAIL"] or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
