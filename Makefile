# demo · test · bench · docs · lint · install: each does its own set-up, and says in one line what it cannot get.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

MODES := embedded embedded-glibc embedded-musl
# Runs a build; its output is shown only if it fails.
BUILD = @mkdir -p .build; quiet() { "$$@" >.build/make.log 2>&1 || { tail -n 40 .build/make.log >&2; exit 1; }; }; quiet
# What the test runner says of each test that begins, and of each that passes; what fails or is skipped is shown.
CHATTER := ^◇|started\.$$|^✔ Test "|^✔ Test case
COUNTER := .build/counter.so
LIBSCYTHE := .build/libscythe
# The header's.
VERSION = $(shell number=$$(awk '/define SCYTHE_VERSION/ {print $$3}' Sources/CABI/Header/include/scythe.h); \
  echo $$((number >> 16)).$$((number >> 8 & 255)).$$((number & 255)))

help:
	@echo "make demo   kill real victims of every kind: SIGKILL alone beside Scythe"
	@echo "make test   everything that must hold, cheapest first"
	@echo "make bench  measure, and put the figures into README.md; BENCH=--quick only sees that it works"
	@echo "make docs   the documentation of the library, as pages for a browser"
	@echo "make lab    real kernels, real exhaustion and every peer in virtual machines; LAB=list shows what there is"
	@echo "make lint   swift-format"
	@echo "make extension-source   the kernel extension as a source tree for DKMS, under .build/"
	@echo "make install PREFIX=/usr/local   the commands and libscythe, without any need of a Swift runtime"

# --- set-up -----------------------------------------------------------------------------------------------------------

toolchain:
	@command -v swift >/dev/null || { echo "missing: swift 6.3 (swift.org/install); put it on the PATH" >&2; exit 1; }
	@command -v cc >/dev/null || $(MAKE) -s apt PACKAGE=gcc

musl: toolchain
	@command -v musl-gcc >/dev/null || $(MAKE) -s apt PACKAGE=musl-tools

apt:
	@command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	  || { echo "missing: $(PACKAGE); install it with your package manager" >&2; exit 1; }
	@echo "installing $(PACKAGE)"
	@{ apt-get update -qq && apt-get install -y -qq $(PACKAGE); } >/dev/null 2>&1 \
	  || { echo "missing: $(PACKAGE), and apt-get could not install it" >&2; exit 1; }

# --- demo -------------------------------------------------------------------------------------------------------------

demo: toolchain
	@echo "building scythe (the first time takes a minute)"
	$(BUILD) swift build -c release --product scythe
	$(BUILD) swift build -c release --product scythe-victim
	@.build/release/scythe demo

# --- test -------------------------------------------------------------------------------------------------------------

test: test-embedded test-libscythe test-symbols test-footprint docs test-hosted test-extension test-allocations test-bench
	@echo "make test: all passed"

# The core as Embedded Swift with -no-allocations: the compiler proves that it has no heap.
test-embedded: $(addprefix build-,$(MODES))
	@echo "== build: the example of a kill, embedded"
	$(BUILD) swift build -c release --product KillExample --toolset Toolsets/embedded.json --scratch-path .build/embedded

build-%: musl
	@echo "== build: scythed, $*"
	$(BUILD) swift build -c release --product scythed --toolset Toolsets/$*.json --scratch-path .build/$*

# No object of ours may even name the heap. (A static binary holds libc's own malloc, so the objects are looked at.)
test-symbols: test-embedded build-libscythe
	@echo "== symbols: no malloc or free in any object of the core"
	@for mode in $(MODES); do \
	  objects=$$(find .build/$$mode/*/release -path '*Scythe*.build/*.o'); \
	  [ -n "$$objects" ] || { echo "no objects found for $$mode" >&2; exit 1; }; \
	  found=$$(nm -A $$objects | grep -wE 'malloc|calloc|realloc|free|posix_memalign|aligned_alloc|swift_allocObject' || true); \
	  [ -z "$$found" ] || { echo "$$found" >&2; exit 1; }; \
	done

# What the daemon keeps locked, and what it takes while nothing happens.
test-footprint: build-embedded-musl
	@echo "== footprint: the static daemon"
	@Tests/Footprint/check .build/embedded-musl/release/scythed
	@Tests/Footprint/calm .build/embedded-musl/release/scythed

test-hosted: test-embedded test-libscythe
	@echo "== build: hosted, with tests"
	$(BUILD) swift build --build-tests
	@echo "== tests"
	@SCYTHE_EMBEDDED_MODES="$(MODES)" SCYTHE_LIBSCYTHE=$(CURDIR)/$(LIBSCYTHE) swift test --skip-build --disable-xctest 2>&1 | grep -vE '$(CHATTER)'

build-libscythe: toolchain
	@echo "== build: libscythe, and the library to preload"
	$(BUILD) swift build -c release --product scythe-c --toolset Toolsets/embedded.json --scratch-path .build/embedded
	$(BUILD) Sources/CABI/link .build/embedded/release/scythe-c.product/Objects.LinkFileList $(LIBSCYTHE)

# What the libraries export, need and weigh; the header; and programs that are linked with them.
test-libscythe: build-libscythe
	@echo "== libscythe: its files"
	@Tests/Libscythe/check $(LIBSCYTHE)

$(COUNTER): Tests/AllocationCounter/counter.c
	@cc -O2 -Wall -Wextra -Werror -shared -fPIC -o $@ $< -ldl

# Finds the library of this build, by its run path.
.build/advise: Tests/AllocationCounter/advise.c build-libscythe
	@cc -O2 -Wall -Wextra -Werror -ISources/CABI/Header/include -o $@ $< -L$(LIBSCYTHE) -lscythe -Wl,-rpath,$(CURDIR)/$(LIBSCYTHE)

# From its first line to its last the dynamic Embedded build calls malloc for nothing but libc's own threads.
test-allocations: $(COUNTER) .build/advise test-hosted
	@echo "== allocations: a real kill by the Embedded build, and advice by libscythe, counted"
	@Tests/AllocationCounter/run $(COUNTER) .build/embedded/release/scythed .build/advise .build/debug/scythe-victim

# Its arithmetic, its tables, the README's figures against the results that are kept, and one case on real victims.
test-bench: build-bench
	@echo "== benchmarks: tests, and the smallest case"
	$(BUILD) swift build $(BENCH_OPTIONS) --build-tests
	@swift test $(BENCH_OPTIONS) --skip-build --disable-xctest 2>&1 | grep -vE '$(CHATTER)'
	@.build/benchmarks/release/scythe-bench run --quick --case stuck-64m --markdown .build/bench/smoke.md

# --- kernel extension -------------------------------------------------------------------------------------------------

EXTENSION_OPTIONS := --package-path KernelExtension --scratch-path .build/extension
EXTENSION_SOURCE := .build/extension-source

# Its logic, as an object that any kernel can take: the script ends with an error if there is a trap, a vector register
# or a runtime in it. The same source makes the same object, byte for byte.
build-policy: toolchain
	@echo "== build: the kernel extension's policy, twice"
	$(BUILD) KernelExtension/build-policy .build/policy.o
	@KernelExtension/build-policy .build/policy-again.o
	@cmp .build/policy.o .build/policy-again.o

# Only an x86-64 machine has the binutils for that object; a kernel to load it into is the lab's affair.
test-extension: toolchain $(if $(filter x86_64,$(shell uname -m)),build-policy)
	@echo "== kernel extension: its policy on this machine"
	$(BUILD) swift build $(EXTENSION_OPTIONS) --build-tests
	@swift test $(EXTENSION_OPTIONS) --skip-build --disable-xctest 2>&1 | grep -vE '$(CHATTER)'

# A source tree for DKMS. The policy's object is in it, ready-made, so that its machine needs no Swift.
extension-source: build-policy
	@tree=$(EXTENSION_SOURCE)/scythe-extension-$(VERSION); rm -rf $(EXTENSION_SOURCE); mkdir -p $$tree/Prebuilt; \
	(cd KernelExtension && cp -r --parents Boundary Policy Entry Shim Kbuild Makefile build-policy LICENSE README.md \
	  $(CURDIR)/$$tree); \
	sed "s|@VERSION@|$(VERSION)|" KernelExtension/dkms.conf >$$tree/dkms.conf; \
	cp .build/policy.o $$tree/Prebuilt/policy.o_shipped; \
	find $$tree -type f \( -name '*.o' -o -name '.*' \) -delete; \
	echo "make extension-source: $$tree"

# --- bench ------------------------------------------------------------------------------------------------------------

BENCH_OPTIONS := -c release --package-path Benchmarks --scratch-path .build/benchmarks
# Figures are made of complete runs only.
BENCH_RESULTS = $(if $(filter --quick --case%,$(BENCH)),.build/bench,Benchmarks/Results)

build-bench: toolchain
	@echo "== build: benchmarks"
	$(BUILD) swift build $(BENCH_OPTIONS)
	$(BUILD) swift build $(BENCH_OPTIONS) --product scythe-victim

# What is compared with, as Debian has it: unpacked, not installed.
PEERS := .build/peers

peers:
	@[ -x /usr/bin/earlyoom ] || [ -x $(PEERS)/usr/bin/earlyoom ] \
	  || (mkdir -p $(PEERS) && cd $(PEERS) && apt-get download earlyoom && dpkg -x earlyoom_*.deb .) >/dev/null 2>&1 \
	  || echo "no earlyoom: the case that compares with it is left out"

bench: build-bench peers
	@$(MAKE) -s install PREFIX=$(CURDIR)/.build/installed DESTDIR=
	@.build/benchmarks/release/scythe-bench run --installed .build/installed --peers $(PEERS) \
	  --json $(BENCH_RESULTS)/latest.json --markdown $(BENCH_RESULTS)/latest.md $(BENCH)
	@if [ $(BENCH_RESULTS) = .build/bench ]; then cat .build/bench/latest.md; else $(MAKE) -s bench-readme; fi

bench-readme: build-bench
	@.build/benchmarks/release/scythe-bench readme --results Benchmarks/Results/latest.json --readme README.md

# --- lab --------------------------------------------------------------------------------------------------------------

LAB_OPTIONS := --package-path Lab --scratch-path .build/lab
LAB_TOOLS := .build/lab-tools

# What the lab calls on this machine, by the Debian package that has it.
lab-programs: toolchain
	@for pair in qemu-system-x86_64:qemu-system-x86 mke2fs:e2fsprogs cpio:cpio xz:xz-utils unshare:util-linux; do \
	  PATH=$$PATH:/usr/sbin:/sbin command -v $${pair%%:*} >/dev/null || $(MAKE) -s apt PACKAGE=$${pair#*:}; \
	done

build-lab: lab-programs
	@echo "== build: the lab"
	$(BUILD) swift build -c release $(LAB_OPTIONS) --product lab

# What runs in guests needs nothing there: it is static.
lab-tools: build-embedded-musl
	@echo "== build: what runs in guests"
	$(BUILD) swift build -c release --package-path Lab --scratch-path .build/lab-guest --product lab-guest \
	  -Xswiftc -static-executable
	$(BUILD) swift build -c release --scratch-path .build/static-guest --product scythe -Xswiftc -static-executable
	@mkdir -p $(LAB_TOOLS)
	@cc -O2 -static -pthread -Wall -Wextra -o $(LAB_TOOLS)/scythe-victim Sources/victim/*.c
	@install -s -t $(LAB_TOOLS) .build/lab-guest/release/lab-guest .build/static-guest/release/scythe \
	  .build/embedded-musl/release/scythed

# The tests of the calls with all that they are linked with; the libc is the guest's own.
lab-tests: lab-tools
	@echo "== build: the tests that run in guests"
	$(BUILD) swift build --build-tests
	@rm -rf $(LAB_TOOLS)/tests && mkdir -p $(LAB_TOOLS)/tests/lib
	@install -t $(LAB_TOOLS)/tests $(LAB_TOOLS)/scythe-victim $(LAB_TOOLS)/scythed
	@install -s -t $(LAB_TOOLS)/tests/lib $$(ldd .build/debug/scythePackageTests.xctest \
	  | awk '$$3 ~ "^/" && $$1 !~ /^lib(c|m|dl|rt|pthread)\.so/ {print $$3}')
	@install -s -t $(LAB_TOOLS)/tests .build/debug/WithoutCalls .build/debug/scythePackageTests.xctest

# LAB='run --kernel 6.1 --scenario hog' or LAB=list chooses; all that has no result yet otherwise, and then the report.
# The kernel extension is compiled for each kernel by the lab itself, with the compiler of that kernel.
lab: build-lab $(if $(filter list report,$(firstword $(LAB))),,lab-tools lab-tests) \
  $(if $(filter --extension,$(LAB)),extension-source)
	@$(if $(LAB),.build/lab/release/lab $(LAB),status=0; .build/lab/release/lab run || status=$$?; \
	  .build/lab/release/lab report; exit $$status)

# The lab's own tests, with guests that hang, panic and print rubbish; then two kernels, the doctor, a frozen victim and a
# hog, with and without a killer. A machine that cannot have the emulator skips it, and says so.
LAB_CHECK := --kernel 5.10 --kernel 7.2 --scenario doctor --scenario frozen --scenario hog \
  --killer kernel --killer scythe-kill --killer earlyoom-1.9.0
lab-check: toolchain
	@missing=$$($(MAKE) -s lab-programs 2>&1 >/dev/null) || { echo "lab: skipped: $$missing"; exit 0; }; \
	  $(MAKE) -s lab-check-guests

lab-check-guests: lab-tools
	@echo "== lab: tests, with guests that misbehave"
	$(BUILD) swift build $(LAB_OPTIONS) --build-tests
	@SCYTHE_LAB_TOOLS=$(CURDIR)/$(LAB_TOOLS) swift test $(LAB_OPTIONS) --skip-build --disable-xctest 2>&1 \
	  | grep -vE '$(CHATTER)'
	@echo "== lab: two kernels, the doctor, a frozen victim, a hog"
	@.build/lab/debug/lab run --again --results .build/lab-check $(LAB_CHECK)

# --- docs -------------------------------------------------------------------------------------------------------------

DOCS := .build/docs-build
# The compiler writes what it knows of each public symbol as it compiles.
SYMBOLS := -emit-symbol-graph -emit-symbol-graph-dir $(CURDIR)/$(DOCS)/symbols -emit-extension-block-symbols \
  -symbol-graph-minimum-access-level public -symbol-graph-skip-synthesized-members
DOCC = docc convert --warnings-as-errors --enable-experimental-external-link-support --fallback-default-module-kind Module

# DocC by itself: it is part of the toolchain. As a dependency of the package, swift-docc-plugin, which calls it in the
# same way, would be fetched for every build and its two plugins compiled with it. A warning is an error: a link to a
# symbol that is no more, a parameter that is not described.
docs: toolchain
	@command -v docc >/dev/null || { echo "missing: docc, in usr/bin of the swift toolchain; put that on the PATH" >&2; exit 1; }
	@echo "== documentation"
	$(BUILD) swift build --target ScytheReaper --scratch-path $(DOCS) $(addprefix -Xswiftc ,$(SYMBOLS))
	@rm -rf .build/docs $(DOCS)/archives $(DOCS)/graphs; dependencies=(); \
	for folder in Linux Reclaim Reaper; do \
	  module=Scythe$$folder; archive=$(DOCS)/archives/$$module.doccarchive; \
	  mkdir -p $(DOCS)/archives $(DOCS)/graphs/$$module; \
	  cp $(DOCS)/symbols/$$module[.@]*.json $(DOCS)/graphs/$$module; \
	  $(DOCC) Sources/$$folder/$$module.docc --additional-symbol-graph-dir $(DOCS)/graphs/$$module \
	    --output-path $$archive $${dependencies[@]/#/--dependency=} 2>&1 | sed '/^$$/d' >&2; \
	  dependencies+=($$archive); \
	done; \
	docc merge $${dependencies[@]} --output-path .build/docs --synthesized-landing-page-name Scythe
	@echo "make docs: .build/docs; python3 -m http.server -d .build/docs shows it at http://localhost:8000/documentation"

# --- lint -------------------------------------------------------------------------------------------------------------

lint: toolchain
	@swift format lint --strict --recursive Sources Tests Examples Benchmarks/Sources Benchmarks/Tests Benchmarks/Package.swift \
	  Lab/Sources Lab/Tests Lab/Package.swift \
	  KernelExtension/Policy KernelExtension/Entry KernelExtension/Tests KernelExtension/Package.swift \
	  Package.swift && echo "make lint: clean"

# --- install ----------------------------------------------------------------------------------------------------------

PREFIX ?= /usr/local

install: build-embedded-musl build-libscythe
	@echo "== build: scythe, with the Swift runtime inside"
	$(BUILD) swift build -c release --static-swift-stdlib --product scythe --scratch-path .build/static
	$(BUILD) swift build -c release --product scythe-victim --scratch-path .build/static
	@install -s -D -t $(DESTDIR)$(PREFIX)/bin .build/static/release/scythe
	@install -s -D -t $(DESTDIR)$(PREFIX)/sbin .build/embedded-musl/release/scythed
	@install -s -D -t $(DESTDIR)$(PREFIX)/libexec/scythe .build/static/release/scythe-victim
	@mkdir -p $(DESTDIR)$(PREFIX)/lib/systemd/system; \
	  sed "s|@PREFIX@|$(PREFIX)|" Packaging/systemd/scythed.service.in \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/scythed.service
	@$(MAKE) -s install-libscythe

# What build-libscythe has made.
install-libscythe:
	@install -D -m 755 -t $(DESTDIR)$(PREFIX)/lib $(LIBSCYTHE)/libscythe.so.1 $(LIBSCYTHE)/libscythe-preload.so
	@ln -sf libscythe.so.1 $(DESTDIR)$(PREFIX)/lib/libscythe.so
	@install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib $(LIBSCYTHE)/libscythe.a
	@install -D -m 644 -t $(DESTDIR)$(PREFIX)/include Sources/CABI/Header/include/scythe.h
	@mkdir -p $(DESTDIR)$(PREFIX)/lib/pkgconfig; \
	  sed "s|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|" Sources/CABI/scythe.pc.in \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/scythe.pc

clean:
	@rm -rf .build

.PHONY: help toolchain musl apt demo docs test test-embedded test-symbols test-footprint test-hosted test-allocations \
  test-bench build-libscythe test-libscythe build-bench peers bench bench-readme lab lab-programs build-lab lab-tools \
  lab-tests lab-check lab-check-guests lint build-policy test-extension extension-source install install-libscythe \
  clean
