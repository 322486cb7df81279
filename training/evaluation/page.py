"""The report as one HTML page that needs nothing beside itself."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from training.data import Dropped
from training.evaluation.choice import RULE, merit
from training.evaluation.picture import curves, player_source, spectrogram
from training.evaluation.report import Report
from training.evaluation.scoring import Recording, SentenceScore, VoiceScore
from training.milestones import read_curve

PAGE, SCORES = "report.html", "scores.json"
# (step, value) by the stage and the measure's name.
Curves = Mapping[str, Mapping[str, list[tuple[float, float]]]]

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title><style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; color: #1b2430 }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid #d5dbe3 }
td.n { text-align: right; font-variant-numeric: tabular-nums }
tr.best { background: #eaf4ea } .bad { color: #a02012; font-weight: 600 }
img { width: 100%; max-width: 24rem; height: 96px; border: 1px solid #d5dbe3 }
audio { width: 14rem; height: 2rem } figure { margin: 0 } figcaption { font-size: 13px }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem } svg { margin-right: 1rem }
</style></head><body><main><h1>$title</h1>$body</main></body></html>
""")
_MEASURES = {
    "toneless_error_rate": "phone errors, toneless",
    "phone_error_rate": "phone errors",
    "similarity": "similarity",
    "duration_ratio": "duration ratio",
    "pitch_semitones": "pitch, semitones",
}


def write_report(
    report: Report, folder: Path, logged: Curves, dropped: Sequence[Dropped] = ()
) -> tuple[Path, Path]:
    """Write the page and the scores as JSON.

    Args:
        logged: what was measured in training.
        dropped: the clips that training could not use.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, scores = folder / PAGE, folder / SCORES
    page.write_text(page_of(report, logged, dropped), encoding="utf-8")
    text = json.dumps(report.as_dict(), ensure_ascii=False, indent=2)
    scores.write_text(text + "\n", encoding="utf-8")
    return page, scores


def curves_of(folder: Path | None) -> Curves:
    """What was measured in training, from a folder with a file of JSON lines per stage."""
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for path in sorted(folder.glob("*.jsonl")) if folder else ():
        for step, values in sorted(read_curve(path).items()):
            for name, value in values.items():
                found.setdefault(path.stem, {}).setdefault(name, []).append((step, value))
    return found


def page_of(report: Report, logged: Curves, dropped: Sequence[Dropped] = ()) -> str:
    """The page as text."""
    chosen = report.best
    parts = [
        f"<p>Chosen: <strong>{escape(chosen.name)}</strong>. {escape(RULE)}</p>",
        _verdict(report),
        "<h2>Voices</h2>",
        _voices(report),
        "<h2>Curves</h2><div>",
        *(
            curves(f"{stage}: {name}".replace("_", " "), {name: line})
            for stage, lines in logged.items()
            for name, line in lines.items()
        ),
        _across(report.scores),
        "</div>",
        _left_out(dropped),
        "<h2>Target and output</h2>",
        _pair(report.target, report.own_words),
        f"<h2>Sentences of {escape(chosen.name)}</h2>",
        _sentences(chosen),
    ]
    if report.against:
        before = escape(report.against.name)
        parts += [f"<h2>Sentences of {before}</h2>", _sentences(report.against)]
    return html_page(f"Report on {chosen.name}", "\n".join(parts))


def html_page(title: str, body: str) -> str:
    """A whole page in the reports' looks."""
    return _PAGE.substitute(title=escape(title), body=body)


def _verdict(report: Report) -> str:
    if report.against is None:
        return ""
    name = escape(report.against.name)
    if not report.falls:
        return f"<p>Not worse than {name} in any measure.</p>"
    items = "".join(f"<li>{escape(fall.text)}</li>" for fall in report.falls)
    return f'<p class="bad">Worse than {name}:</p><ul>{items}</ul>'


def _voices(report: Report) -> str:
    shown = [*report.scores, *([report.against] if report.against else [])]
    rows = []
    for score in shown:
        values = score.as_dict()
        cells = "".join(_number(values[name]) for name in _MEASURES)
        mark = ' class="best"' if score is report.best else ""
        rows.append(
            f"<tr{mark}><th scope=row>{escape(score.name)}</th>{_number(merit(score))}{cells}"
            f"{_number(score.faulty)}</tr>"
        )
    heads = "".join(f"<th>{title}</th>" for title in ("merit", *_MEASURES.values(), "faulty"))
    return _table(f"<th>voice</th>{heads}", "".join(rows))


def _across(scores: Sequence[VoiceScore]) -> str:
    """How measures change from one kept pair of checkpoints to the next."""
    if len(scores) == 1:
        return ""
    lines: dict[str, list[tuple[float, float]]] = {}
    for place, score in enumerate(scores, start=1):
        values = {**score.as_dict(), "merit": merit(score)}
        for name in ("merit", "toneless_error_rate", "similarity", "faulty"):
            if values[name] is not None:
                lines.setdefault(name.replace("_", " "), []).append((place, float(values[name])))
    return curves("over the voices, in the order given", lines)


def _left_out(dropped: Sequence[Dropped]) -> str:
    """What was in the dataset and is not in the voice, with the reason."""
    if not dropped:
        return ""
    rows = (
        f"<tr><td>{entry.clip[:12]}</td><td>{entry.stage}</td><td>{escape(entry.reason)}</td></tr>"
        for entry in dropped
    )
    heads = "<th>clip (SHA-256)</th><th>stage</th><th>why</th>"
    return f"<h2>Clips that were not learned from</h2>{_table(heads, ''.join(rows))}"


def _pair(target: Recording, output: SentenceScore) -> str:
    said = (
        f'<p class="bad">{escape(output.refused)}</p>'
        if output.pcm is None
        else _figure((output.pcm, output.sample_rate_hz), "output, the same words")
    )
    return (
        f"<p>{escape(output.line.text)}</p><div class=pair>"
        f"{_figure(target, 'target, as it was recorded')}{said}</div>"
    )


def _figure(sound: Recording, caption: str) -> str:
    return (
        f'<figure><img alt="spectrogram: {escape(caption)}" src="{spectrogram(*sound)}">'
        f'<audio controls preload=none src="{player_source(*sound)}"></audio>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _sentences(score: VoiceScore) -> str:
    heads = "".join(f"<th>{title}</th>" for title in (*_MEASURES.values(), "LUFS", "faults"))
    rows = "".join(_sentence(sentence) for sentence in score.sentences)
    return _table(f"<th>text and sound</th>{heads}", rows)


def _sentence(score: SentenceScore) -> str:
    values = score.as_dict()
    if score.pcm is None:
        sound = f'<p class="bad">{escape(score.refused)}</p>'
    else:
        sound = _figure((score.pcm, score.sample_rate_hz), score.line.language)
    cells = "".join(_number(values[name]) for name in (*_MEASURES, "loudness_lufs"))
    faults = escape(", ".join(score.faults).replace("_", " "))
    return f'<tr><td>{escape(score.line.text)}{sound}</td>{cells}<td class="bad">{faults}</td></tr>'


def _table(heads: str, rows: str) -> str:
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _number(value: float | None) -> str:
    return f'<td class="n">{"–" if value is None else f"{value:.3f}"}</td>'
