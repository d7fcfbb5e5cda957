# make demo: from a fresh clone to verified firmware; make help: the other targets
PYTHON ?= python3
VENV ?= .venv
SLOW ?=#           SLOW=1 runs the slow tests too, and all cases of those that take long
TESTS ?=#          TESTS="tests/test_errors.py -k where" runs a part
BENCH ?=#          options of the benchmark
ATTACK_SECONDS ?= 600
ATTACK ?=#         ATTACK="--family edges --jobs 1", see tools/attack --help

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq
PYTEST := $(BIN)/python -m pytest $(if $(SLOW),,-m "not slow and not rest")
JETS := build/jets

.PHONY: help demo test test-quick test-costs check golden bench attack clean preflight
.DELETE_ON_ERROR:

help:
	@echo "make demo    compile, simulate and verify the jet tagger of examples/jets"
	@echo "make test    style, types and tests (SLOW=1: all of them; TESTS=...: a part)"
	@echo "make test-quick  the tests that take less than 1 CPU second each: 3 CPU minutes in all"
	@echo "make test-costs  measure all tests anew, for test-quick"
	@echo "make check   style and types only"
	@echo "make golden  rewrite the expected outputs in tests/golden, then read the diff"
	@echo "make bench   measure against other compilers"
	@echo "make attack  try to break the certified bound with hostile designs (ATTACK_SECONDS=600)"
	@echo "make clean   remove all that make made"

demo: $(VENV)/.stamp-demo
	$(BIN)/symgate compile examples/jets/design.toml -o $(JETS)
	$(BIN)/symgate simulate $(JETS) --data examples/jets/jets.csv
	$(BIN)/symgate verify $(JETS)
	$(BIN)/symgate report $(JETS)
	@echo
	@echo "Everything is in $(JETS):"
	@echo "  report.html       all of it on one page, for a browser"
	@echo "  README.md         for who builds the firmware: ports, timing, files"
	@echo "  report.json       formats, errors, latency, resources, and what was checked"
	@echo "  plots/            error histograms and ROC curves on the jets"
	@echo "  certificate.json  the proved error bound, node by node"
	@echo "  hls/              the HLS C++ project: build_prj.tcl"
	@echo "  rtl/              the Verilog project: build_vivado.tcl"
	@echo "  tests/            a cocotb bench with its vectors"

test: check
	$(PYTEST) -n 2 $(TESTS)

test-quick: $(VENV)/.stamp-dev
	$(BIN)/python -m pytest -m "not slow and not long" -n 2 $(TESTS)

test-costs: $(VENV)/.stamp-dev
	$(BIN)/python -m pytest -m "not slow" -n 2 --update-costs $(TESTS)

check: $(VENV)/.stamp-dev
	$(BIN)/ruff check .
	$(BIN)/mypy

golden: $(VENV)/.stamp-dev
	$(PYTEST) -n 2 --update-golden $(TESTS)
	git --no-pager diff --stat -- tests/golden

bench: $(VENV)/.stamp-bench
	$(BIN)/python benchmarks/run.py $(BENCH)

attack: $(VENV)/.stamp-dev
	$(BIN)/python tools/attack --seconds $(ATTACK_SECONDS) $(ATTACK)

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find symgate tests tools -name __pycache__ -prune -exec rm -rf {} +

# One virtual environment; a stamp for each set of extras that it holds. A larger set also stamps the smaller ones.
$(VENV)/.stamp-demo: pyproject.toml | $(BIN)/python
	@echo "Installing symgate with its simulators into $(VENV) ..."
	@$(PIP) -e '.[sim,synth,plot]'
	@touch $@

$(VENV)/.stamp-dev: pyproject.toml | $(BIN)/python
	@echo "Installing symgate with its simulators, TensorFlow and test tools into $(VENV) ..."
	@$(PIP) -e '.[sim,synth,formal,plot,train,fit,dask,docs,dev]'
	@touch $(VENV)/.stamp-demo $@

$(VENV)/.stamp-bench: $(VENV)/.stamp-dev
	@echo "Installing the compilers to compare with into $(VENV) ..."
	@$(PIP) -e '.[sim,synth,plot,peers]'
	@touch $@

$(BIN)/python: | preflight
	@$(PYTHON) -m venv $(VENV)

preflight:
	@:
	$(eval MISSING := $(shell PYTHON='$(PYTHON)' sh tools/preflight.sh 2>&1))
	$(if $(MISSING),$(error $(MISSING)))
