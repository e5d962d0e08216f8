# The same targets for people and for CI. `make help` lists them.
SWIFT ?= swift
# Where builds go. Outside the clone, several clones can share it one after the other.
SCRATCH ?= .build
FLAGS ?=

BUILD = $(SWIFT) build --scratch-path $(SCRATCH) $(FLAGS)
SOURCES = Package.swift Sources Tests demo bench
# Generated code is not ours to format.
SWIFT_FILES = $(shell find $(SOURCES) -name '*.swift' -not -path '*/Generated/*' | sort)
PROTO_FILES = $(sort $(wildcard Sources/Shared/*.proto))
GENERATED = Sources/Shared/Generated
RESULTS = $(SCRATCH)/bench/results.jsonl
PROGRAMS = perch-agent perch-collector perchctl
# Stripped; nothing is exported, so that what nobody calls is left out; relocations in their short form; C code with the
# checks that Debian's own packages have; of libstdc++ only what Swift's runtime uses, instead of a megabyte of it.
SHIPPED = $(SCRATCH)/shipped
STATIC = $(abspath $(SHIPPED))/static
STATIC_RUNTIME = $(STATIC)/libstdc++.a
RELEASE = $(SWIFT) build --scratch-path $(SHIPPED) $(FLAGS) -c release --static-swift-stdlib \
    -Xcc -Os -Xcc -D_FORTIFY_SOURCE=2 -Xcc -fstack-protector-strong \
    -Xswiftc -use-ld=lld -Xswiftc -L$(STATIC) -Xlinker -s -Xlinker -z -Xlinker now \
    -Xlinker -z -Xlinker pack-relative-relocs -Xlinker --icf=safe \
    -Xlinker --version-script=$(CURDIR)/packaging/exports.map
MAPS = $(SHIPPED)/maps
PRODUCTS = $(SHIPPED)/release

# tools/fetch-axe keeps its file there too.
export SCRATCH

.PHONY: help packages python-tools build test lint format demo proto screenshots soak accuracy bench bench-judge \
    bench-collector bench-agent bench-gate bench-ledger release deb test-deb test-deb-debug clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

packages: ## install the Debian packages that all else needs (sudo when not root)
	@tools/install-packages

python-tools: packages ## the Python programs that tests use, in a virtual environment of their own
	@tools/python-tools $(SCRATCH)/python-tools

build: packages ## build everything, debug
	$(BUILD)

TESTS = "$$($(BUILD) --show-bin-path)/perchPackageTests.xctest"
# Debug tests compare the same file: both builds agree to the bit. In a build folder of its own, so that it can be built
# while the tests run; hashing in C may be slow here, so that it is built quickly.
ACCURACY = $(SWIFT) run --scratch-path $(SCRATCH)/accuracy $(FLAGS) -c release -Xcc -O0 perch-accuracy \
    --cases Tests/Fixtures/Judge/cases

# A command that runs beside the tests, once they are built.
ALONGSIDE ?=

test: packages python-tools lint ## all tests
	$(BUILD) --build-tests
	@tools/run-tests $(TESTS) $(SCRATCH)/tests \
	    '$(ACCURACY) --fingerprints Tests/Fixtures/Judge/fingerprints.txt' '$(ALONGSIDE)'

lint: packages ## check formatting and the limits on lines, functions and files
	@$(SWIFT) format lint --strict $(SWIFT_FILES)
	tools/check-style

format: ## format the Swift sources in place
	@$(SWIFT) format --in-place $(SWIFT_FILES)

demo: packages ## real Redis, two roll-outs: the healthy one opens its gate, the regressed one FAILs
	@for product in $(PROGRAMS) perch-demo; do $(BUILD) --product $$product || exit 1; done
	@"$$($(BUILD) --show-bin-path)/perch-demo" --reports $(SCRATCH)/demo $(DEMO_ARGS)

proto: packages ## regenerate the Swift of the wire contract
	$(SWIFT) package --scratch-path $(SCRATCH) resolve
	$(SWIFT) build -c release --package-path $(SCRATCH)/checkouts/swift-protobuf \
	    --scratch-path $(SCRATCH)/protoc-gen-swift --product protoc-gen-swift
	protoc --plugin=protoc-gen-swift=$(SCRATCH)/protoc-gen-swift/release/protoc-gen-swift \
	    --swift_opt=Visibility=Public --swift_opt=FileNaming=DropPath --swift_out=$(GENERATED) \
	    --proto_path=Sources/Shared $(PROTO_FILES)
	sha256sum $(PROTO_FILES) $(GENERATED)/*.pb.swift > tools/generated.sha256

screenshots: packages ## the pages in a real browser, as pictures in docs/screenshots
	$(BUILD) --build-tests
	PERCH_SCREENSHOTS=$(CURDIR)/docs/screenshots $(TESTS) --testing-library swift-testing \
	    --filter '^CollectorTests.BrowserTests'

soak: packages ## a day of reports in minutes: the collector's memory after the first hour and at the end
	$(BUILD) --build-tests
	PERCH_SOAK=1 $(TESTS) --testing-library swift-testing --filter '^CollectorTests.SoakTests'

accuracy: packages ## replay the recorded cases: writes docs/accuracy.md and its two pictures
	$(ACCURACY) --out docs

bench: bench-judge bench-collector bench-agent bench-gate bench-ledger ## measure, side by side with what one would run instead; appends to .build/bench/results.jsonl

bench-judge: packages $(STATIC_RUNTIME)
	$(RELEASE) --product perch-bench-judge
	@tools/run-bench "$(PRODUCTS)/perch-bench-judge" $(RESULTS)

bench-collector: packages $(STATIC_RUNTIME)
	@for product in perch-collector perchctl perch-bench-collector; do \
	    $(RELEASE) --product $$product || exit 1; done
	@tools/run-bench "$(PRODUCTS)/perch-bench-collector" $(RESULTS)

# The package for its size, if `make deb` was run.
bench-agent: ## the agent beside Prometheus' exporters and collectd, at 20, 100 and 500 Redis servers
	@tools/install-packages bench
	@$(MAKE) release PROGRAMS=perch-agent
	@tools/run-bench "bench/AgentBench/agent-bench $(PRODUCTS)/perch-agent \
	    $(addprefix --deb ,$(firstword $(wildcard $(DEBS)/perch-agent_*.deb))) $(BENCH_ARGS)" $(RESULTS)

bench-gate: packages $(STATIC_RUNTIME)
	$(RELEASE) --product perch-collector
	@tools/run-bench "bench/GateBench/gate-bench $(PRODUCTS)/perch-collector" $(RESULTS)

bench-ledger: packages $(STATIC_RUNTIME)
	$(RELEASE) --product perch-bench-ledger
	@tools/run-bench "$(PRODUCTS)/perch-bench-ledger" $(RESULTS)

$(STATIC_RUNTIME):
	@mkdir -p $(STATIC)
	@cp "$$(cc -print-file-name=libstdc++.a)" $@

release: packages $(STATIC_RUNTIME) ## the three programs, optimised, stripped, with Swift's library inside
	@mkdir -p $(MAPS)
	@for product in $(PROGRAMS); do \
	    $(RELEASE) -Xlinker -Map=$(abspath $(MAPS))/$$product.map --product $$product || exit 1; done
	tools/size-report $(PRODUCTS)/perch-agent $(MAPS)/perch-agent.map --without Foundation ICU
	@ls -l $(addprefix $(PRODUCTS)/,$(PROGRAMS))

# Programs that are built already, instead of a release build.
BINARIES ?=
DEBS ?= $(SCRATCH)/deb

deb: ## Debian packages of the three programs, checked by lintian and mandoc
	@tools/install-packages deb
	@[ -n "$(BINARIES)" ] || $(MAKE) release
	@for page in packaging/man/*; do mandoc -T lint -W warning $$page || exit 1; done
	@rm -f $(DEBS)/perch*_*.deb $(DEBS)/perch_*.changes $(DEBS)/perch_*.buildinfo
	packaging/build-deb $(or $(BINARIES),$(PRODUCTS)) $(PRODUCTS) $(DEBS)
	lintian --allow-root --pedantic --fail-on error,warning,pedantic $(DEBS)/perch_*.changes

test-deb: deb ## install, enrol, roll out, upgrade and purge on machines with a real systemd; SKIPs where none can boot
	packaging/test/machines $(DEBS) --cache $(SCRATCH)/machines

# No release build and no lintian: minutes instead of half an hour, after a build of the tests.
test-deb-debug: ## the same with the debug programs that `make build` and `make test` have left
	packaging/test/debug-packages $(SCRATCH) $(PROGRAMS)

clean: ## remove what was built, keep downloaded dependencies
	$(SWIFT) package --scratch-path $(SCRATCH) clean
