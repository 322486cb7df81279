"""`python -m tests.frontend CASES.jsonl` prints agreement per section and every difference."""

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

from tests.frontend.agreement import CASES, Verdict, judge, read_cases
from tests.frontend.hostile import run_hostile


def _report(verdicts: list[Verdict], shown: int | None) -> None:
    sections: dict[tuple[str, str, bool], list[bool]] = defaultdict(list)
    for verdict in verdicts:
        sections[verdict.kind, verdict.section, verdict.advisory].append(verdict.agrees)
    for (kind, section, advisory), agreed in sorted(sections.items()):
        share = f"{sum(agreed):4}/{len(agreed):<4} {sum(agreed) / len(agreed):6.1%}"
        print(f"{kind:8} {section:9} {share}{'  advisory' if advisory else ''}")
    differing = [verdict for verdict in verdicts if not verdict.agrees]
    for verdict in differing[:shown]:
        note = " (advisory)" if verdict.advisory else ""
        print(f"{verdict.id} {verdict.kind} {verdict.section}{note} {verdict.text!r}")
        print(f"    {verdict.difference}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.frontend", description=__doc__)
    parser.add_argument("cases", nargs="?", type=Path, default=CASES)
    parser.add_argument("--json", type=Path, help="write every verdict to this file")
    parser.add_argument("--diffs", type=int, help="show at most this many differences")
    parser.add_argument("--hostile", type=int, metavar="N", help="instead try N hostile texts")
    options = parser.parse_args()
    if options.hostile:
        return 1 if run_hostile(options.hostile) else 0
    verdicts = [judge(case) for case in read_cases(options.cases)]
    _report(verdicts, options.diffs)
    if options.json:
        lines = [json.dumps(asdict(verdict), ensure_ascii=False) for verdict in verdicts]
        options.json.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
