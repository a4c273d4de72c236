from __future__ import annotations

import pytest

from pipelines.figures.theme import DARK, LIGHT, Theme


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_and_series_stand_out_from_the_ground(theme: Theme) -> None:
    assert contrast(theme.text, theme.ground) >= 4.5
    assert min(contrast(colour, theme.ground) for colour in theme.roles.values()) >= 3
