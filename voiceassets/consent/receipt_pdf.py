"""A receipt as a PDF to file and to print.

A receipt holds ids, states, times and English words and nothing of a person, so the fonts that
every reader of PDF has are enough: nothing is embedded, and the same receipt gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from voiceassets.consent.models import Receipt

HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=16, leading=22)
TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=13)
CELL = ParagraphStyle("cell", parent=TEXT, fontSize=7, leading=9, wordWrap="CJK")
MARGIN = 18 * mm
WIDTHS = (48 * mm, 26 * mm, 52 * mm, 48 * mm)
GRID = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
    ]
)


def pdf(receipt: Receipt) -> bytes:
    """What `receipts.page` shows, as a PDF."""
    content = io.BytesIO()
    document = SimpleDocTemplate(
        content,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"Receipt {receipt.body['id']}",
        author="Voice Assets",
        invariant=1,
    )
    document.build(list(_story(receipt)))
    return content.getvalue()


def _story(receipt: Receipt) -> Iterator[Flowable]:
    body = receipt.body
    of_what = "an erasure" if body["kind"] == "erasure" else "a revocation"
    yield Paragraph(f"Receipt of {of_what}", HEAD)
    yield _line(f"Receipt {body['id']}, issued {body['issued_at']}")
    yield _line(f"Voice {body['speaker']}")
    if "consent" in body:
        yield _line(f"Consent {body['consent']}, revoked {body['revoked_at']}")
    yield _line(". ".join(f"{name.capitalize()}: {n}" for name, n in body["counts"].items()))
    yield Spacer(1, 4 * mm)
    titles = ("Thing", "Outcome", "Why", "In the log")
    cells = [titles, *(_row(item) for item in body["items"])]
    yield Table(
        [[Paragraph(escape(text).replace("\n", "<br/>"), CELL) for text in row] for row in cells],
        colWidths=WIDTHS,
        repeatRows=1,
        style=GRID,
    )
    yield Spacer(1, 4 * mm)
    yield _line("Signed with Ed25519 over the canonical JSON of this receipt.")
    for text in (f"Signature {receipt.signature}", receipt.key):
        yield Paragraph(escape(text), CELL)


def _line(text: str) -> Paragraph:
    return Paragraph(escape(text), TEXT)


def _row(item: dict[str, Any]) -> tuple[str, str, str, str]:
    place = item["event"]
    return (
        f"{item['type']}\n{item['id']}",
        f"{item['outcome']} ({item['state']})",
        f"{item['why']}\n{item['sha256']}" if item["sha256"] else item["why"],
        f"{place['id']}\nseal {place['seal']} no. {place['position']}" if place else "",
    )
