"""Phones and tones are counted by language, and what is missing is named."""

from training.prepare.coverage import as_plain, coverage


def test_phones_tones_and_what_is_missing_are_told_by_language() -> None:
    found = coverage([("妈妈骂马。", "zh"), ("Hello, 王先生。", "zh"), ("……", "zh")])
    assert found["zh"].phones["m"] == 4
    assert found["zh"].phones["a"] == 4
    assert {tone for tone, count in found["zh"].tones.items() if count} >= {"1", "3", "4"}
    assert "zh" in found["zh"].missing
    assert not {"m", "a"} & set(found["zh"].missing)
    assert found["en"].phones["HH"] == 1
    assert 0 < found["en"].share < 0.2
    assert as_plain(found)["zh"]["tones"]["4"] >= 1


def test_a_rich_text_covers_all_tones() -> None:
    found = coverage([("春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。好吗？", "zh")])
    assert min(found["zh"].tones.values()) > 0
