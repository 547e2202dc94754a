.DEFAULT_GOAL := help
.PHONY: setup demo lint types arch test check bench validate train-demo docs lock clean help

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

setup: $(READY) ## install everything into .venv, as pinned in requirements.lock

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## analyse the bundled clip with the bundled model into results/demo
	$(BIN)/safemob demo --overwrite

lint: $(READY) ## formatting and lint rules (ruff)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY) ## static types (mypy, strict)
	$(BIN)/mypy

arch: $(READY) ## import contracts (import-linter)
	$(BIN)/lint-imports

test: $(READY) ## all tests; ARGS="-m 'not slow'" leaves the long ones out
	$(BIN)/pytest $(ARGS)

check: lint types arch test ## all of the above: what CI runs

# an oracle runs in an environment of its own, where the benchmark that asks it starts it
bench: $(READY) ## run every benchmark; each writes its table into benchmarks/RESULTS.md
	@for script in $$(grep -l '^if __name__' benchmarks/*.py | grep -v -e '_oracle\.py$$' -e '/render_results\.py$$'); do \
	    echo "== $$script"; $(BIN)/python "$$script" || exit 1; \
	done

validate: $(READY) ## the pipeline against rendered truth, into validation/; ARGS="--seeds 1" for other seeds
	$(BIN)/safemob validate --overwrite $(ARGS)

# MALLOC_: PyTorch asks for the same large blocks in every step, and gives them back
train-demo: $(READY) build/demo/train build/demo/test ## make models/safemob-demo.onnx anew; installs Ultralytics in your cache
	MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 $(BIN)/python models/demo/make_model.py build/demo

build/demo/train: | $(READY)
	$(BIN)/safemob scene dataset --images 4000 --seed 1000 --out $@

build/demo/test: | $(READY)
	$(BIN)/safemob scene dataset --images 320 --seed 2000 --out $@

docs: $(READY) ## check that every link between documents leads somewhere
	$(BIN)/pytest tests/architecture/test_documents.py

lock: $(READY) ## resolve requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --all-extras --python-version 3.11 --upgrade \
	    --custom-compile-command "make lock" pyproject.toml --output-file requirements.lock

clean: ## remove the environment, caches and results
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
