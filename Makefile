# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

export DO_NOT_TRACK := 1
export PYTHONHASHSEED := 0
# Imports are compiled once, not by each of the many processes that tests and ticks start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test check format dashboard dagster soak soak-ingest soak-edges soak-pricing soak-metrics soak-pages clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/pip check
	touch $@

demo: $(READY)
	$(BIN)/sprint rehearse --data data/demo

test: $(READY)
	$(BIN)/pytest -n 2 --dist loadfile -m "not soak"

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models
	$(BIN)/pytest tests/conventions

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dashboard: $(READY)
	$(BIN)/sprint dashboard $(if $(DATA),--data $(DATA))

dagster: $(READY)
	$(BIN)/sprint dagster $(if $(DATA),--data $(DATA))

soak: $(READY)
	$(BIN)/pytest -m soak

# 25,000 broken files: some eight minutes on two cores with other work beside, twenty on two busy ones.
soak-ingest: $(READY)
	$(BIN)/pytest -m soak tests/faults/test_fuzz_ingest.py

# Each edge's rule made wrong, to see its test fail: two minutes on two idle cores.
soak-edges: $(READY)
	$(BIN)/pytest -m soak tests/dbt/test_edges.py

# A whole drop through 72 real ticks beside the same drop in memory: some twenty minutes.
soak-pricing: $(READY)
	$(BIN)/pytest -m soak tests/pipeline/test_closed_loop.py

# A hundred random arrivals, each built hour by hour and at once, and 1,200 permutations of raw rows: some fifty minutes on
# two idle cores.
soak-metrics: $(READY)
	$(BIN)/pytest -n 2 -m soak tests/dbt/test_incremental.py tests/dbt/test_staging_permutations.py

# Every page on the demo, for each of its drops: two minutes for the demo and one for the pages.
soak-pages: demo
	$(BIN)/pytest -m soak tests/dashboards

clean:
	rm -rf .venv data/demo dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache
