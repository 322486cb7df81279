"""`phonemize`: a text and a language mode in, runs of phones out, by one of the two profiles."""

from synthesis.text import compat
from synthesis.text.runs import TextRun

LONGEST_TEXT = 5000
