# Everything a newcomer needs: `make audit` shows what it finds, `make test` runs every check.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9

.PHONY: setup audit test test-all check format lock system docs bench screenshots clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml hook/pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; ok = (3, 11) <= v <= (3, 13); ok or sys.exit("found Python %d.%d; Afteraction needs 3.11, 3.12 or 3.13: run make PYTHON=python3.12" % v)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable . --editable hook
	@touch $@

audit: setup ## the main job over the sample logs
	$(BIN)/afteraction audit data/samples

test: setup system check ## every check, in under 15 minutes on two cores
	$(BIN)/pytest -n 2 -m "not slow"

test-all: setup system check ## with the slow fault and fuzz suites
	$(BIN)/pytest -n 2

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

system: ## Chromium, PostgreSQL and strace, which the tests need
	sh .ci/system-packages

lock: ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group dev --no-emit-package afteraction-hook pyproject.toml --output-file requirements.lock

docs: setup ## print the pages whose content has its owner in code
	$(BIN)/python docs/print_pages.py
	$(BIN)/python docs/print_picture.py

screenshots: setup system ## take docs/screenshots anew
	AFTERACTION_SCREENSHOTS=docs/screenshots $(BIN)/pytest tests/browser

bench: setup ## ratios against peers and physical limits; never fails
	$(BIN)/python benchmarks/audit.py
	$(BIN)/python benchmarks/scan.py
	$(BIN)/python benchmarks/hook.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
