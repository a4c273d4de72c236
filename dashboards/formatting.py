"""HTML of the app's own parts. Whatever comes from data goes through `text`, so that it is shown and never obeyed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from pipelines.figures import words
from pipelines.figures.differences import Difference
from pipelines.figures.headlines import Headline
from pipelines.figures.specification import Series
from pipelines.figures.theme import Theme


def text(value: object) -> str:
    """Any value as inert HTML text."""
    return escape(words.visible(value), quote=True)


def table(
    header: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    caption: str,
    numeric: frozenset[int] = frozenset(),
    wide: frozenset[int] = frozenset(),
) -> str:
    """A table; cells are HTML already. `numeric` columns are set flush right, `wide` ones show on wide screens only."""

    def cell(index: int, tag: str, value: str) -> str:
        kinds = " ".join(name for name, group in (("num", numeric), ("fs-wide", wide)) if index in group)
        return f'<{tag} class="{kinds}">{value}</{tag}>'

    head = "".join(cell(index, "th", text(name)) for index, name in enumerate(header))
    body = "".join(
        f"<tr>{''.join(cell(index, 'td', value) for index, value in enumerate(line))}</tr>" for line in lines
    )
    return (
        f'<div class="fs-scroll" tabindex="0"><table class="fs-table"><caption>{text(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def pill(word: str, kind: str) -> str:
    """A short state in a rounded box."""
    return f'<span class="fs-pill fs-{kind}">{text(word)}</span>'


def tile(headline: Headline, *, trend: str = "", against: str = "", below: str = "") -> str:
    """One metric: value, state, interval, what it was counted from; then parts that are HTML already."""
    state = {"so far": pill("so far", "moving"), "too few": pill("under 20 cases", "quiet")}.get(headline.state, "")
    interval = f'<p class="fs-basis">95% interval {text(headline.interval)}</p>' if headline.interval else ""
    beside = "".join(f"<dt>{text(label)}</dt><dd>{text(value)}</dd>" for label, value in headline.beside)
    quiet = " fs-silent" if headline.state in ("too few", "not yet") else ""
    return (
        f'<section class="fs-tile"><h3>{text(headline.title)}</h3>'
        f'<p class="fs-value{quiet}">{text(headline.value)} {state}</p>'
        f'<p class="fs-basis">{text(headline.basis)}</p>{interval}{against}{trend}<dl>{beside}</dl>{below}</section>'
    )


def spark(address: str, description: str, caption: str) -> str:
    """A sparkline with its caption; `description` is for those who cannot see it."""
    return (
        f'<figure class="fs-spark"><img src="{address}" alt="{text(description)}">'
        f"<figcaption>{text(caption)}</figcaption></figure>"
    )


_VERDICTS = {"better": ("better", "good"), "worse": ("worse", "late"), "unclear": ("no clear difference", "quiet")}


def against(name: str, difference: Difference) -> str:
    """A tile's number beside another scope's; the verdict is a word and a colour, never a colour alone."""
    if not difference.change:
        return f'<p class="fs-basis">{text(name)}: {text(difference.other)}</p>'
    interval = f" ({text(difference.interval)})" if difference.interval else ""
    return (
        f'<p class="fs-basis">{text(name)}: {text(difference.other)}; difference <b>{text(difference.change)}</b>'
        f"{interval} {pill(*_VERDICTS[difference.verdict])}</p>"
    )


def legend(series: Sequence[Series], theme: Theme) -> str:
    """The names of a figure's series with their marks, once for all its panels."""
    shapes = {"points": "dot", "bar": "box", "diamonds": "diamond", "band": "box soft"}
    marks = (
        f'<i class="{shapes.get(one.mark, one.role)}" style="color:{theme.roles[one.role]}"></i>' for one in series
    )
    names = "".join(f"<span>{mark}{text(one.name)}</span>" for mark, one in zip(marks, series, strict=True))
    return f'<p class="fs-legend">{names}</p>'


def grid(parts: Iterable[str]) -> str:
    """Parts side by side where there is room, below one another where there is not."""
    return f'<div class="fs-grid">{"".join(parts)}</div>'
