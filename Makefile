# Haneul. `make` lists the targets.
SHELL := bash
export HANEUL_CACHE_DIR ?= $(HOME)/.cache/haneul
DEBUG := .build/debug/haneul
RELEASE := .build/release/haneul
# Warnings are errors in check and test; both use the same flags, so everything is compiled once.
STRICT := HANEUL_STRICT=1
BUILD_TESTS := $(STRICT) swift build --build-tests --explicit-target-dependency-import-check error

.DEFAULT_GOAL := help
.PHONY: help run test check format bench soak e2e clean setup setup-test build-tests unit crash chaos conformance functions failures usage \
	attacks test-api oidc-test tls-test bench-identity config-docs page-test

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Build and start the server (PORT, HOST and every other key of docs/configuration.md are honoured)
	@bash Scripts/run.sh

test: setup-test build-tests unit crash conformance functions failures usage tls-test ## Run everything that CI runs: unit, in-process, kill -9 and black-box tests

check: setup build-tests ## Formatting, warnings, dependencies between targets
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks
	@$(STRICT) swift run --skip-build haneul config-reference | diff -u docs/configuration.md - || (echo "docs/configuration.md is stale: make config-docs"; exit 1)
	@python3 Scripts/check-threat-model.py
	@echo "check: clean"

format: ## Format the Swift sources
	@swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

page-test: setup-test build-tests ## Drive the web page in Chromium; screenshots in Tests/artifacts/page
	@bash Tests/Page/run.sh $(DEBUG)

config-docs: ## Write docs/configuration.md from the table in the code
	@$(STRICT) swift run haneul config-reference > docs/configuration.md

bench: setup ## Run the benchmarks; they print ratios against a baseline of the same run
	@bash Scripts/install-packages.sh bench
	@swift build -c release --product haneul
	@bash Benchmarks/run.sh

bench-encoder: setup ## Compare the local encoder with sentence-transformers (installs it from PyPI)
	@HANEUL_BENCHMARKS=1 swift build -c release --product EncoderBenchmark
	@python3 Benchmarks/encoder/run.py

e2e: setup ## Stream tokens of a real language model through the server, with a real document
	@swift build -c release --product haneul
	@bash Tests/EndToEnd/run.sh $(RELEASE)

clean: ## Remove what was built (not the cache of encoders and assets)
	@rm -rf .build Tests/artifacts

setup:
	@bash Scripts/install-packages.sh build
	@bash Scripts/fetch-assets.sh

setup-test: setup
	@bash Scripts/install-packages.sh test
	@bash Scripts/test-venv.sh >/dev/null

build-tests: setup
	@$(BUILD_TESTS)

unit: build-tests setup-test
	@set -o pipefail; HANEUL_PYTHON="$$(bash Scripts/test-venv.sh)/bin/python" $(STRICT) swift test --skip-build \
		--explicit-target-dependency-import-check error 2>&1 | tee .build/unit.log \
		|| { echo; echo "What failed:"; grep -a '✘' .build/unit.log | tail -40; exit 1; }

crash: build-tests
	@python3 Tests/Crash/kill_test.py --binary $(DEBUG)

conformance: build-tests setup-test
	@bash Tests/Conformance/run.sh $(DEBUG)

functions: build-tests setup-test
	@bash Tests/Functions/run.sh $(DEBUG)

failures: build-tests setup-test
	@"$$(bash Scripts/test-venv.sh)/bin/python" -m pytest -q -p no:cacheprovider Tests/Failures --binary $(DEBUG)

usage: build-tests setup-test
	@python3 Tests/Usage/usage_test.py $(DEBUG) --python "$$(bash Scripts/test-venv.sh)/bin/python"

chaos: build-tests setup-test ## Ingest mixed and hostile files while the server is killed, kill it under a folder sync and an import, kill functions' workers
	@"$$(bash Scripts/test-venv.sh)/bin/python" Tests/Crash/chaos_test.py --binary $(DEBUG)
	@"$$(bash Scripts/test-venv.sh)/bin/python" Tests/Crash/sync_test.py --binary $(DEBUG)
	@python3 Tests/Crash/import_kill_test.py $(DEBUG) 12
	@HANEUL_PYTHON="$$(bash Scripts/test-venv.sh)/bin/python" sh Tests/Functions/chaos.sh 30

attacks: build-tests ## Attack the built server
	@"$$(bash Scripts/test-venv.sh Tests/Attacks/requirements.txt attacks-venv)/bin/python" -m pytest -q -p no:cacheprovider Tests/Attacks --binary $(DEBUG)

test-api: build-tests ## Hold the built server against its own /openapi.json with schemathesis: as nobody, a user, an administrator
	@"$$(bash Scripts/test-venv.sh Tests/API/requirements.txt api-venv)/bin/python" Tests/API/run.py $(DEBUG)

oidc-test: build-tests ## Sign in at a real identity provider
	@"$$(bash Scripts/test-venv.sh Tests/OpenIDConnect/requirements.txt oidc-venv)/bin/python" -m pytest -q -p no:cacheprovider Tests/OpenIDConnect --binary $(DEBUG)

tls-test: build-tests setup-test ## Speak HTTPS to the built server: keys, streams, a new certificate, pairs that cannot be used
	@"$$(bash Scripts/test-venv.sh)/bin/python" -m pytest -q -p no:cacheprovider Tests/TLS --binary $(DEBUG)

bench-identity: setup ## Figures of sign-in and of the verification of keys and sessions
	@bash Scripts/install-packages.sh bench
	@swift build -c release --product haneul
	@python3 Benchmarks/identity/bench.py $(RELEASE)

soak: setup ## Ten minutes of mixed load; memory and descriptors drawn to Tests/artifacts/soak.svg
	@bash Scripts/install-packages.sh bench
	@swift build -c release --product haneul
	@python3 Benchmarks/gateway/soak.py
