"""Guesses from its neighbours whether an English heteronym is a verb, a past tense or neither."""

_BEFORE_VERB = (
    "to will would shall should can could may might must do does did don't doesn't didn't won't "
    "can't couldn't wouldn't shouldn't i you we they who let's please not never always often "
    "i'll you'll we'll they'll he'll she'll it'll i'd you'd we'd they'd and"
)
_BEFORE_NOUN = (
    "the a an this that these those my your his her its our their some any no every each another "
    "of in on at for from with by new old first last next own several many few"
)
_SINGULAR_SUBJECTS = "he she it which who that this"
_OBJECTS = "the a an my your his her our their this that it them us me you"
_BEFORE_PARTICIPLE = "have has had having was were been be is are am being"
_PAST_TIME = "yesterday ago last earlier previously"
# Spelled alike in every tense: only the neighbours tell.
_PAST_ALIKE = frozenset(("read",))
_ADJECTIVES = frozenset(("complex",))


def tag_of(tokens: list[str], index: int) -> str:
    """A part-of-speech tag of the Penn set."""
    word = tokens[index].lower()
    before = tokens[index - 1].lower() if index else ""
    after = tokens[index + 1].lower() if index + 1 < len(tokens) else ""
    if word in _ADJECTIVES:
        return "N" if after in ("of", "", ".", ",") and before in _BEFORE_NOUN.split() else "JJ"
    if word in _PAST_ALIKE:
        return _past_or_present(tokens, index, before)
    if before in _BEFORE_PARTICIPLE.split() and word.endswith("ed"):
        return "VBN"
    if before in _BEFORE_VERB.split():
        return "VB"
    if before in _SINGULAR_SUBJECTS.split() and word.endswith("s"):
        return "VBZ"
    if before in _BEFORE_NOUN.split():
        return "NN"
    if before.isalpha() and after in _OBJECTS.split():
        return "VB"
    if not before and after and after not in ("is", "was", "are", "were", "of", ",", "."):
        return "VB"
    return "NN"


def _past_or_present(tokens: list[str], index: int, before: str) -> str:
    if before in _BEFORE_PARTICIPLE.split() or before in ("he", "she", "it"):
        return "VBD"
    if any(token.lower() in _PAST_TIME.split() for token in tokens):
        return "VBD"
    return "VBP"
