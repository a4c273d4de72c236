"""A subject of the dictionary: what it says, its rules, and every number of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from dashboards import formatting
from dashboards.formatting import text
from pipelines.contracts.metric_definitions import MetricDefinition


def show_contents(headlines: Sequence[MetricDefinition]) -> None:
    """The way to each subject."""
    links = (f'<a href="#{text(one.subject)}">{text(one.title)}</a>' for one in headlines)
    st.html(f'<nav class="fs-facts" aria-label="Subjects">{"".join(links)}</nav>')


def show_subject(headline: MetricDefinition, definitions: Sequence[MetricDefinition]) -> None:
    """The subject's sentence, formula and owner, its rules, and a table of all its numbers."""
    st.html(f'<span id="{text(headline.subject)}"></span>')
    st.subheader(headline.title, anchor=False)
    facts = [("Formula", headline.formula), ("Answers for it", headline.owner)]
    listed = "".join(f"<dt>{text(label)}</dt><dd>{text(value)}</dd>" for label, value in facts)
    st.html(f'<p>{text(headline.sentence)}</p><dl class="fs-worked">{listed}</dl>')
    rules = "".join(f"<li><b>{text(word)}</b>: {_marked(rule)}</li>" for one in definitions for word, rule in one.rules)
    if rules:
        st.html(f'<ul class="fs-rules">{rules}</ul>')
    lines = [[text(one.label), text(one.sentence), text(one.formula)] for one in definitions]
    st.html(formatting.table(["Number", "What it says", "Formula"], lines, caption=headline.title, wide=frozenset({2})))


def _marked(rule: str) -> str:
    """A rule with its `names` set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(rule))
