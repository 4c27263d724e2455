from __future__ import annotations

import base64
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fairwatt.core.units import QUANTITIES
from fairwatt.tools.charts import GRAPH_CONFIG, HUES, INKS, Theme, find_hue, make_graph, pack, shade

TOKENS = Path(__file__).parents[2] / "assets" / "scss" / "_tokens.scss"


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_no_chart_offers_to_send_its_data_to_another_host() -> None:
    graph = make_graph("chart", label="A chart").children
    assert graph.config["showSendToCloud"] is False
    assert graph.config["showEditInChartStudio"] is False
    assert graph.config["plotlyServerURL"] == ""
    assert graph.config == dict(GRAPH_CONFIG)


def test_a_chart_says_what_it_is_to_screen_readers() -> None:
    figure = make_graph("chart", label="Readings over time")
    assert (figure.role, getattr(figure, "aria-label")) == ("figure", "Readings over time")


def test_pages_and_tools_have_the_same_colour_for_a_quantity() -> None:
    light, dark = TOKENS.read_text(encoding="utf-8").split("prefers-color-scheme: dark")
    for theme, text in ((Theme.LIGHT, light), (Theme.DARK, dark)):
        tokens = dict(re.findall(r"--fw-chart-(\w+): (#[0-9a-f]{6});", text))
        assert tokens == {name: hue.on(theme) for name, hue in HUES.items()}


@pytest.mark.parametrize("theme", list(Theme))
def test_words_on_a_chart_have_contrast_enough(theme: Theme) -> None:
    inks = INKS[theme]
    assert contrast(inks.ink, inks.paper) >= 4.5
    assert contrast(inks.muted, inks.paper) >= 4.5


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("quantity", sorted(HUES))
def test_few_channels_of_one_quantity_go_from_its_hue_to_the_ink(quantity: str, theme: Theme) -> None:
    shades = [shade(quantity, theme, at, 4) for at in range(4)]
    assert shades[0] == find_hue(quantity).on(theme)
    against_paper = [contrast(color, INKS[theme].paper) for color in shades]
    assert against_paper == sorted(set(against_paper))


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("quantity", sorted(HUES))
@pytest.mark.parametrize("count", [5, 6, 7, 8])
def test_many_channels_of_one_quantity_stand_out_from_their_neighbours(quantity: str, theme: Theme, count: int) -> None:
    shades = [shade(quantity, theme, at, count) for at in range(count)]
    against_paper = [contrast(color, INKS[theme].paper) for color in shades]
    assert min(against_paper) >= min(3.0, contrast(find_hue(quantity).on(theme), INKS[theme].paper))
    beside = [contrast(one, other) for one, other in pairwise(shades)]
    assert min(beside) >= (1.25 if theme is Theme.DARK else 1.5), beside
    assert len(set(shades)) == count


@pytest.mark.parametrize("quantity", ["", "unheard of", *QUANTITIES])
def test_every_quantity_has_a_hue(quantity: str) -> None:
    assert re.fullmatch("#[0-9a-f]{6}", shade(quantity, Theme.LIGHT))


def test_numbers_travel_as_they_are_with_nan_for_missing() -> None:
    packed = pack([1.25, float("nan"), -3.5])
    assert packed["dtype"] == "f8"
    back = np.frombuffer(base64.b64decode(packed["bdata"]), dtype="<f8")
    np.testing.assert_array_equal(back, [1.25, np.nan, -3.5])
    assert pack([[1.0, 2.0]], "f4", "1, 2")["shape"] == "1, 2"
