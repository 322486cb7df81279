"""What a speaker says aloud to agree, in each language, and how near a transcript comes to it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from voiceassets.core.errors import Invalid

VERSION = "1"
# Below this somebody should listen: a recogniser's slips cost a few characters, another sentence
# nearly all of them. Not calibrated on speech.
NEAR_ENOUGH_PERCENT = 80

TEXTS = {
    "zh": "我是{person}，我知道{company}会用我的录音制作并使用我声音的合成版本，我同意这样做。",
    "en": "I, {person}, know that {company} will use recordings of my voice to make and use a "
    "synthetic version of it, and I agree to this.",
    "ja": "私、{person}は、{company}が私の声の録音を使って合成音声を作成し利用することを"
    "理解し、これに同意します。",
    "ko": "저 {person}은(는) {company}이(가) 제 목소리 녹음으로 합성 음성을 만들어 "
    "사용한다는 것을 알고 있으며 이에 동의합니다.",
    "yue": "我係{person}，我知道{company}會用我把聲嘅錄音製作同使用合成版本，我同意咁做。",
}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """The text to read aloud; its `version` changes with the text."""

    language: str
    version: str
    text: str


def statement(language: str, *, person: str, company: str) -> Statement:
    """The statement for this person and company.

    Raises:
        Invalid: there is none in this language, or a name is empty.
    """
    if language not in TEXTS:
        raise Invalid(
            f"There are statements in {', '.join(TEXTS)}; not in {language}.", field="language"
        )
    if not person.strip() or not company.strip():
        raise Invalid("The statement names a person and a company.", field="person")
    text = TEXTS[language].format(person=person.strip(), company=company.strip())
    return Statement(language=language, version=f"{language}-{VERSION}", text=text)


def likeness_percent(wanted: str, heard: str) -> int:
    """How much of the statement was heard, 0 to 100, whatever the case, spaces and punctuation.

    One minus the edit distance (Levenshtein) over the longer length, of letters and digits.
    """
    one, other = _letters(wanted), _letters(heard)
    longer = max(len(one), len(other))
    return 100 if longer == 0 else 100 * (longer - _distance(one, other)) // longer


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _distance(one: str, other: str) -> int:
    above = list(range(len(other) + 1))
    for row, character in enumerate(one, start=1):
        here = [row]
        for column, candidate in enumerate(other, start=1):
            here.append(
                min(
                    above[column] + 1,
                    here[-1] + 1,
                    above[column - 1] + (character != candidate),
                )
            )
        above = here
    return above[-1]
