# Each target sets up .venv by itself, the first time or when what is to be installed has changed.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= auto

.PHONY: help demo test test-integrations test-packaging attack mutate docs test-browser check format bench bench-gpu clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

.venv/.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade -c constraints.txt pip
	$(BIN)/python -m pip install --quiet -c constraints.txt --group dev -e .
	touch $@

demo: .venv/.stamp  ## train a small language model with Adam and warmup, stop it, resume it, compare it
	$(BIN)/python docs/examples/adam_warmup.py

# Tracing makes these slow, gradients, the compiler, runs of 20 000 updates and whole programs, and they run no line that the
# others do not.
UNTRACED := $(wildcard tests/laws/test_1[1234]_*.py tests/adapters/test_16_*.py tests/documents/test_example_*.py \
	tests/adapters/test_compiled_training.py tests/adapters/test_six_systems.py)

test: .venv/.stamp  ## run the tests, doctests included, and say how much of the code they run
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(UNTRACED)
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(UNTRACED:%=--ignore=%) --cov --cov-report= --cov-fail-under=0
	$(BIN)/python -m coverage report --skip-covered

.venv-integrations/.stamp: pyproject.toml constraints.txt
	test -x .venv-integrations/bin/python || $(PYTHON) -m venv .venv-integrations
	.venv-integrations/bin/python -m pip install --quiet --upgrade -c constraints.txt pip
	.venv-integrations/bin/python -m pip install --quiet -c constraints.txt --group test --group integrations -e .
	touch $@

test-integrations: .venv-integrations/.stamp  ## run the tests with the frameworks and optimizers that people use, and with several processes
	.venv-integrations/bin/python -m pytest -q tests/integrations -n $(WORKERS) --dist loadfile

test-packaging: .venv/.stamp  ## install the wheel and the sdist in fresh environments and try them there
	$(BIN)/python -m pytest -q tests/packaging -n 2 --dist loadfile

attack: .venv/.stamp  ## attack: fuzzing, threads, long runs, kills; SIZE=--full for the figures of the docs
	$(BIN)/python -m pip install --quiet -c constraints.txt --group attack
	$(BIN)/python -m pytest -q tests/attacks -n $(WORKERS) --dist loadfile $(SIZE)

.venv-mutation/.stamp: pyproject.toml constraints.txt
	test -x .venv-mutation/bin/python || $(PYTHON) -m venv .venv-mutation
	.venv-mutation/bin/python -m pip install --quiet --upgrade -c constraints.txt pip
	.venv-mutation/bin/python -m pip install --quiet -c constraints.txt --group mutation -e .
	touch $@

mutate: .venv-mutation/.stamp  ## change the library in one place after another, and see whether a test fails (hours)
	nice -n 19 .venv-mutation/bin/python tests/mutation

.venv-docs/.stamp: pyproject.toml constraints.txt
	test -x .venv-docs/bin/python || $(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --upgrade -c constraints.txt pip
	.venv-docs/bin/python -m pip install --quiet -c constraints.txt --group docs --group browser -e .
	touch $@

docs: .venv-docs/.stamp  ## build the documentation site into out/docs, offline, every example executed
	.venv-docs/bin/python -m sphinx -W --keep-going -q -b html -d out/doctrees docs out/docs

test-browser: docs  ## look at the site and the explorer in headless Chromium, at a desk's and a telephone's width
	.venv-docs/bin/python -m pytest -q --noconftest -o filterwarnings=default -p no:cacheprovider tests/browser

check: .venv/.stamp  ## check formatting, lint, types and import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.stamp  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.stamp  ## measure, side by side in one run with the peers, what everything costs
	$(BIN)/python tests/benchmarks

bench-gpu: .venv/.stamp  ## measure on a GPU what it costs to write tensor rates, and hold that no write waits for it
	$(BIN)/python tests/benchmarks/gpu.py

clean:  ## remove what the other targets made
	rm -rf .venv .venv-integrations .venv-docs .venv-mutation docs/gallery/pictures docs/gallery/index.md dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache out
