# PYTHON=/path/to/python3.12 chooses the interpreter, PORT=9000 the port of `make run`.
.PHONY: install run quick test bench chaos check lock

VENV := .venv/bin

install: ## the virtual environment .venv, from the lock file
	@scripts/install

run: install ## everything on this machine, until Ctrl-C
	@exec $(VENV)/billmill up

PYTEST := $(VENV)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test: install ## the whole suite, with its own servers
	@scripts/chromium
	@scripts/iproute2
	@exec $(PYTEST)

quick: install ## rules, storage and HTTP without the tests marked slow
	@exec $(PYTEST) -m "not slow" tests/rules tests/storage tests/http

bench: install ## the speed, one table in less than 12 minutes: ONLY="lists requests" for some rows
	@scripts/install-bench
	@exec $(VENV)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

FAULTS ?= 200
chaos: install ## chaos tests at full length, then more generated cases: FAULTS=200, SEED=1 repeats
	@CHAOS_FAULTS=$(FAULTS) CHAOS_SEED=$(SEED) $(VENV)/python -m pytest -s tests/chaos tests/jobs/test_interleavings.py
	@LAW_EXAMPLES=2000 FUZZ_CASES=10000 $(VENV)/python -m pytest tests/rules/test_laws_*.py tests/http/test_generated_requests.py

check: install ## format, lint, types, direction of imports, vendored files, commands in documents
	@$(VENV)/ruff format --quiet --check . scripts/check-readme
	@$(VENV)/ruff check --quiet . scripts/check-readme
	@$(VENV)/mypy --no-error-summary
	@$(VENV)/lint-imports --no-cache >.venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@scripts/vendor --check
	@$(VENV)/python scripts/check-readme

lock: ## the lock files, from pyproject.toml
	@scripts/lock
