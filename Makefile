# The same lines run on a laptop and in CI.

PYTHON ?= python3
BIN := .venv/bin
BENCH_MILLIONS ?= 1 10 100
PEERS_MILLIONS ?= 10
# A process a core; what is built for several tests is built by one of them.
PYTEST := $(BIN)/python -m pytest -n auto --no-loadscope-reorder
export OFFPATH_HOME ?= .offpath
export OFFPATH_DATA_DIR ?= $(abspath ../shared/data)
export DBT_PROFILES_DIR := $(CURDIR)/profiles
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help demo test test-deep lint lint-python lint-sql lint-macros examples backtest statistics bench bench-peers parity bench-routing builds lake bench-lake spark readers metrics board-page bench-board bench-predictions dialects simulate clean

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

.venv/.installed: pyproject.toml constraints.txt
	@echo 'Installing the pinned packages into .venv (about a minute) …' >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: .venv/.installed ## Build the demo, route its exceptions into the outbox, publish, report
	@echo 'Building the demo (about a minute) …' >&2
	@$(BIN)/dbt --log-level warn build
	@$(BIN)/offpath route --as-of build >/dev/null
	@$(BIN)/offpath publish --as-of build >/dev/null
	@$(BIN)/offpath report

test: .venv/.installed ## Build the demo, run every data, unit and Python test
	$(PYTEST)

test-deep: .venv/.installed ## Let the searches of pytest look far, each time elsewhere (hours)
	$(PYTEST) -m search --hypothesis-profile deep

lint: .venv/.installed ## Check Python (ruff, mypy --strict) and SQL (sqlfluff)
	@$(MAKE) --jobs 2 --output-sync --no-print-directory lint-sql lint-python lint-macros

lint-python: .venv/.installed
	$(BIN)/ruff check scripts bench tests/python models
	$(BIN)/ruff format --check scripts bench tests/python models
	$(BIN)/mypy

# Its parse is kept beside those of other homes, since dbt takes up none of another home.
lint-sql: export OFFPATH_HOME = target/lint
lint-sql: export DBT_TARGET_PATH = target/lint/target
lint-sql: .venv/.installed
	@mkdir -p target/lint
	$(BIN)/python scripts/lint_sql.py lint --processes 2 --disable-progress-bar models tests/singular

lint-macros: .venv/.installed
	$(BIN)/python scripts/lint_macros.py

examples: .venv/.installed ## Build and dry-route the examples on the public logs
	@for example in olist incidents; do \
		if [ ! -d "$(OFFPATH_DATA_DIR)/$$example" ]; then \
			echo "$$example: skipped, no folder $$example in OFFPATH_DATA_DIR"; continue; \
		fi; \
		echo "== $$example"; \
		( cd examples/$$example && export OFFPATH_HOME=.offpath && \
		  ../../$(BIN)/dbt --quiet deps && ../../$(BIN)/dbt --log-level warn build && \
		  ../../$(BIN)/offpath route --dry-run --as-of build | tail -n 3 && \
		  ../../$(BIN)/offpath report ) || exit 1; \
	done

backtest: .venv/.installed ## Replay the demo and the public logs day by day (hours)
	@$(BIN)/python -m bench.backtest

statistics: .venv/.installed ## Simulate what would fool the figures, and print the goals
	@$(BIN)/python -m bench.statistics

bench: .venv/.installed ## Measure builds of generated logs of BENCH_MILLIONS events (hours)
	@$(BIN)/python -m bench.speed $(BENCH_MILLIONS)

target/peers/.installed: bench/speed/peers/requirements.txt
	@echo 'Installing pm4py into an environment of its own (0.9 GB) …' >&2
	@$(PYTHON) -m venv target/peers
	@target/peers/bin/python -m pip install -qq -r bench/speed/peers/requirements.txt
	@touch $@

bench-peers: .venv/.installed target/peers/.installed ## Compare with pm4py on one log of PEERS_MILLIONS events
	@$(BIN)/python -m bench.speed.bench_peers $(PEERS_MILLIONS)

parity: .venv/.installed target/peers/.installed ## Compare with pm4py on four public logs
	@$(BIN)/python -m bench.parity

bench-routing: .venv/.installed ## Measure the commands over 50,000 exceptions (a minute)
	@$(BIN)/python -m bench.routing

target/spark/.installed: bench/engines/requirements.txt pyproject.toml constraints.txt
	@echo 'Installing Spark into an environment of its own (1 GB) …' >&2
	@$(PYTHON) -m venv target/spark
	@target/spark/bin/python -m pip install -qq --constraint constraints.txt --editable '.[dev]' \
		-r bench/engines/requirements.txt
	@touch $@

spark: target/spark/.installed ## Try the portable macros on Spark, build the demo there and compare (15 minutes)
	@DBT_TARGET=spark target/spark/bin/python -m pytest -n 0 tests/python/test_portable.py tests/python/test_spark.py
	@target/spark/bin/python -m bench.engines

# Each reader in a folder of its own: of one package several versions.
target/readers/.installed: tests/python/readers.txt
	@echo 'Installing other readers of Parquet and DuckDB files (0.6 GB) …' >&2
	@for reader in $$(grep -v '^#' $<); do \
		$(BIN)/python -m pip install -qq --only-binary :all: --no-compile --upgrade --no-warn-conflicts \
			--target "target/readers/$$reader" "$$reader" || exit 1; \
	done
	@touch $@

readers: .venv/.installed target/readers/.installed ## Read a published set with other DuckDBs, pandas and Polars
	@$(BIN)/python -m pytest -n 0 tests/python/test_zones.py

target/metrics/.installed: tests/python/metrics.txt pyproject.toml constraints.txt
	@echo 'Installing MetricFlow into an environment of its own (1 GB) …' >&2
	@$(PYTHON) -m venv target/metrics
	@target/metrics/bin/python -m pip install -qq --constraint constraints.txt \
		-r tests/python/metrics.txt --editable '.[dev]'
	@touch $@

metrics: target/metrics/.installed ## Ask MetricFlow for each metric and compare with the marts (5 minutes)
	@target/metrics/bin/python -m pytest -n 0 tests/python/test_metrics.py

board-page: ## Bundle the program of the board anew (needs node)
	@cd scripts/board && npm ci --ignore-scripts --no-audit --no-fund --silent && npm run --silent build

bench-predictions: .venv/.installed ## Put the predictions to the test on public logs
	@$(BIN)/python -m bench.predictions

bench-board: .venv/.installed ## Measure the board, and take the pictures of README (needs Chromium)
	@$(BIN)/python -m bench.board

dialects: .venv/.installed ## Read the SQL of every model as other dialects, by SQLGlot
	@$(BIN)/python -m bench.dialects

builds: .venv/.installed ## Build the demo 62 days in a row and compare with a full build (an hour)
	@$(BIN)/python -m bench.builds

# Extensions of DuckDB are of one version, which need not be the project's own.
target/lake/.installed: pyproject.toml constraints.txt profiles/lake.txt
	@echo 'Installing DuckLake into an environment of its own (1 GB) …' >&2
	@$(PYTHON) -m venv target/lake
	@grep -v '^duckdb==' constraints.txt > target/lake/constraints.txt
	@target/lake/bin/python -m pip install -qq --constraint target/lake/constraints.txt \
		-r profiles/lake.txt --editable '.[dev]'
	@touch $@

lake: target/lake/.installed ## Test DuckLake against one file: days, readers, kills (half an hour)
	@target/lake/bin/python -m pytest tests/python/test_lake.py

bench-lake: target/lake/.installed ## Build the demo in a lake and in one file, and compare
	@PYTHONPATH=. target/lake/bin/python -m bench.lake

simulate: .venv/.installed ## Write the demo's raw log anew
	PYTHONPATH=scripts $(BIN)/python -m simulation.simulate seeds/demo

clean: ## Remove what builds leave behind
	rm -rf target logs dbt_packages examples/*/target examples/*/logs examples/*/dbt_packages
