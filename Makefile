# orch: one Makefile, and the tree is the list: every lib/*/*.c is in the library,
# every cmd/orch*.c is a command, every tests/unit/*.c a test.  Objects of a variant
# lie in build/$(V), so that nobody needs `make clean`.
#
#	make            the commands, in build/release/bin (V=debug, asan, coverage, fuzz)
#	make deps       what Debian must bring, installed if that is allowed
#	make check      unit and command tests      make lint   the tests of the source
#	make fuzz       every fuzz target for FUZZ_SECONDS, and random edits
#	make prove      the long tests of what README promises, and a table of them
#	make demo       real work in a scratch repository; AGENT=claude, codex or opencode does it
#	make check-agents   the real CLIs from npm against a model on loopback (1.8 GB, 25 minutes;
#	                    AGENTS='claude codex' CASES='ok limit': only these)
#	make bench      figures as ratios           make install DESTDIR= PREFIX=
#	make installcheck   tries what is installed        make uninstall
#	make dist           the sources as an archive      make distcheck   and tries it
#	make deb            a Debian package in build/
#	make coverage       which lines the tests come through, as a table (20 minutes)

V       ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
FUZZ_SECONDS ?= 30
FUZZ_EDITS   ?= 100000
AGENTS       ?= claude codex opencode gemini qwen copilot
VERSION := 0.1.0
B       := build/$(V)
$(if $(filter-out 1,$(words $(PREFIX)))$(filter-out /%,$(PREFIX)),$(error PREFIX='$(PREFIX)' is not an absolute path without blanks))
export PREFIX DESTDIR

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wwrite-strings -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wcast-qual -Wimplicit-fallthrough
SAN  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Where it is built is not in it, so that two checkouts make the same bytes.
VARIANT_release  := -O2 -g '-ffile-prefix-map=$(CURDIR)=.' -D_FORTIFY_SOURCE=2 -fstack-protector-strong
VARIANT_debug    := -O0 -g3 -DORCH_DEBUG
VARIANT_asan     := -O1 -g1 -DORCH_DEBUG $(SAN)
VARIANT_coverage := -O0 -g --coverage
VARIANT_fuzz     := -O1 -g -fsanitize=fuzzer-no-link $(SAN)
$(if $(VARIANT_$(V)),,$(error V=$(V) is not one of release debug asan coverage fuzz))
ifeq ($(V),fuzz)
override CC := clang
endif

PKGS   := yaml-0.1 jansson libgit2 libcurl libxxhash
DEBIAN := gcc pkg-config libyaml-dev libjansson-dev libgit2-dev libcurl4-openssl-dev \
	libxxhash-dev git perl curl jq gh mandoc shellcheck clang libclang-rt-dev binutils strace sqlite3 zsh fish \
	bubblewrap graphviz tzdata cron systemd
TOOLS  := gcc pkg-config git prove curl jq gh mandoc shellcheck clang readelf strace sqlite3 zsh fish bwrap dot \
	crontab systemd-analyze

# Asked once.  They are empty on a machine without the libraries; `deps` mends that
# and the targets that call it go on in a make of their own.
CFLAGS_PKG := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS     := -Wl,--as-needed -Wl,-z,now $(shell pkg-config --libs yaml-0.1 jansson libgit2 libcurl 2>/dev/null)
ALL_CFLAGS := -std=c17 -D_GNU_SOURCE -Ilib -DORCH_VERSION='"$(VERSION)"' \
	$(WARN) $(WERROR) $(VARIANT_$(V)) $(CFLAGS_PKG) $(CFLAGS)
# Without a loader a command starts a quarter faster, and these are started often.  One of
# them that comes to need libgit2 no longer links, which is the point.
LIGHT  := orch orch-add orch-agent orch-answer orch-cron orch-delegate orch-edit orch-event orch-graph orch-inbox orch-list orch-plan \
	orch-route orch-serve orch-set orch-show orch-status
STATIC := $(if $(filter release,$(V)),$(shell for f in rcrt1.o libc.a libyaml.a libjansson.a; do \
	test -e "$$($(CC) -print-file-name=$$f)" || exit; done; echo -static-pie))
# With its own copy of the sanitizers a command starts a sixth faster.
STATIC_SAN := $(if $(filter asan,$(V)),-static-libasan -static-libubsan)
# Some hundred programs are linked: the quicker linker, where there is one, saves half of that.
QUICK  := $(if $(filter asan coverage,$(V)),$(shell command -v ld.gold >/dev/null && echo -fuse-ld=gold))
FLAGS_NOW  := $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(LDLIBS) $(STATIC) $(STATIC_SAN) $(QUICK)

CMDS   := $(patsubst cmd/%.c,%,$(wildcard cmd/orch*.c))
SHARED := $(patsubst %.c,$(B)/%.o,$(filter-out cmd/orch%,$(wildcard cmd/*.c)))
LIB    := $(patsubst %.c,$(B)/%.o,$(wildcard lib/*/*.c))
UNIT   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))
TESTLIB := $(patsubst %.c,$(B)/%.o,$(filter-out tests/lib/inject.c,$(wildcard tests/lib/*.c)))
FUZZ   := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))
RUNS   := $(B)/edits $(B)/sizes
FAKE   := $(patsubst tests/fake/%.c,$(B)/fake/%,$(wildcard tests/fake/*.c)) $(B)/fake/github
GITHUB := $(patsubst %.c,$(B)/%.o,$(wildcard tests/fake/github/*.c))
# Tests that are left to the other variants.  These load an object into the commands, or trace
# them: with sanitizers in them that cannot be done, and what they see depends on no variant.
PLAIN  := event_inject frozen inject inject_run oom synced
# These start some thousand processes, each of which takes ten times as long with sanitizers:
# they kill at every step or at random,
PLAIN  += crash crash_run delegate_storm goals review_crash schedule sync_crash sync_feedback_crash
# or go through hostile cases, whole reviews, containers, landings or a thousand tasks and
# issues.  Units and shorter tests run the same code with sanitizers.
PLAIN  += aftermath cancel_live found gc hostile hostile_place inside land replay review sandbox tokens
PLAIN  += fake_github sync_board sync_board_pull sync_budget sync_dry sync_feedback sync_limits sync_lost
PLAIN  += sync_refused sync_repo sync_transfer sync_transfer_crash sync_two
PLAIN  := $(PLAIN:%=tests/cli/%.t)
# How the whole is put together and taken elsewhere depends on no variant either.
TESTS  := $(filter-out $(if $(filter asan,$(V)),$(PLAIN) tests/pack/%),$(wildcard tests/cli/*.t tests/pack/*.t))
# Those that take longest begin first, so that no processor waits for the last of them.
LONGEST := shellcheck compilers headers review frozen sync_crash oom inject sync_feedback sync_feedback_crash goals deb install \
	subscribe plan sync_board event_inject review_crash delegate_storm keeper land schedule hostile_place
FIRST   = $(foreach t,$(LONGEST),$(filter %/$t.t %/unit/$t,$1)) $(filter-out $(foreach t,$(LONGEST),%/$t.t %/unit/$t),$1)
A      := $(B)/liborch.a
AT     := $(B)/libtest.a
# A test waits now and then, for a process to end or a disk: one more than processors.
PROVE  := V=$(V) prove --exec '' -j$(shell expr $$(nproc) + 1)
Q      := $(if $(VERBOSE),,@)

all: no-libraries $(CMDS:%=$(B)/bin/%)
unit: all $(UNIT) $(FUZZ) $(RUNS) $(FAKE) inject

no-libraries:
	@pkg-config --exists $(PKGS) || { echo "make: libraries are missing: run 'make deps'" >&2; exit 1; }

$(B)/flags: FORCE
	@mkdir -p $(@D); echo "$(subst ",\",$(FLAGS_NOW))" | cmp -s - $@ || echo "$(subst ",\",$(FLAGS_NOW))" >$@

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# PREFIX stands in one object only: another one does not make all of them anew.
$(B)/prefix: FORCE
	@mkdir -p $(@D); echo "$(PREFIX)" | cmp -s - $@ || echo "$(PREFIX)" >$@
$(B)/lib/sys/path.o: $(B)/prefix
$(B)/lib/sys/path.o: ALL_CFLAGS += -DORCH_SHARE='"$(PREFIX)/share/orch"'

# xxHash is written for a compiler that unrolls its loops.
build/release/lib/sys/fs_hash.o: ALL_CFLAGS += -O3

$(A): $(LIB)
	$(Q)rm -f $@ && ar rcs $@ $(LIB)

$(B)/bin/%: $(B)/cmd/%.o $(SHARED) $(A)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(STATIC_SAN) $(QUICK) $(filter %.o %.a,$^) $(LDLIBS) -o $@

$(if $(STATIC),$(LIGHT:%=$(B)/bin/%)): LDLIBS := $(STATIC) -lyaml -ljansson

$(B)/loaded/%: $(B)/cmd/%.o $(SHARED) $(A)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(QUICK) $(filter %.o %.a,$^) $(LDLIBS) -o $@

$(AT): $(TESTLIB)
	$(Q)rm -f $@ && ar rcs $@ $(TESTLIB)

$(B)/unit/%: $(B)/tests/unit/%.o $(AT) $(A)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(QUICK) $(filter %.o %.a,$^) $(LDLIBS) -o $@

$(RUNS): $(B)/%: $(B)/tests/fuzz/run/%.o $(AT) $(A)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(QUICK) $(filter %.o %.a,$^) $(LDLIBS) -o $@

# What a fuzzer would call is called once for each file of its corpus, but for V=fuzz.
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(if $(filter fuzz,$(V)),,$(B)/tests/fuzz/run/replay.o) $(AT) $(A)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(if $(filter fuzz,$(V)),-fsanitize=fuzzer) $(filter %.o %.a,$^) $(LDLIBS) -o $@

$(B)/fake/%: $(B)/tests/fake/%.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -o $@

# A GitHub on loopback: several files, which use our values and JSON.
$(B)/fake/github: $(GITHUB) $(A)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -ljansson -o $@

$(B)/inject.so: tests/lib/inject.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O1 -g $(WARN) -fPIC -shared $< -o $@

# In build/$(V)/loaded are the same commands, as programs that objects can be loaded into.
inject: $(if $(filter asan,$(V)),,$(B)/inject.so $(CMDS:%=$(B)/loaded/%))

# Installs what is missing if it may, else prints the line to type.
deps:
	@pkg-config --exists $(PKGS) 2>/dev/null && for t in $(TOOLS); do command -v $$t >/dev/null || exit 1; done || \
	{ if [ "$$(id -u)" = 0 ]; then sudo=; elif sudo -n true 2>/dev/null; then sudo=sudo; else \
	  echo "type: sudo apt-get update && sudo apt-get install -y $(DEBIAN)" >&2; exit 1; fi; \
	  $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null; }
	@command -v promtool >/dev/null || $(MAKE) --no-print-directory build/tools/promtool

# The checker of metrics alone, from its package: installed, that would start a server.
build/tools/promtool:
	@mkdir -p $(@D) && cd $(@D) && get='apt-get download -qq -o APT::Sandbox::User= prometheus' && \
	{ $$get 2>/dev/null || { apt-get update -qq && $$get; }; } && \
	dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >promtool.new && \
	rm prometheus_*.deb && chmod +x promtool.new && mv promtool.new promtool || \
	echo "type: sudo apt-get update && make $@" >&2

check: deps
	@$(MAKE) --no-print-directory unit
	$(if $(filter asan,$(V)),@echo "V=asan leaves to other variants: $(PLAIN)")
	@$(PROVE) $(call FIRST,$(TESTS) $(UNIT) $(FUZZ))

# What the tests come through, for each file and folder; the table and the lines that are missed
# stay in build/coverage/report.  A process that is killed leaves no counts.
coverage: deps
	@$(MAKE) --no-print-directory V=coverage unit
	@find build/coverage -name '*.gcda' -delete
	@failed=; $(MAKE) --no-print-directory V=coverage check || failed=1; \
	pack/coverage.sh build/coverage build/coverage/report; \
	test -z "$$failed" || { echo 'coverage: tests failed: these are the figures of what ran' >&2; exit 1; }

fuzz: deps
	@$(MAKE) --no-print-directory V=fuzz fuzzers
	@$(MAKE) --no-print-directory sizes
	@tests/fuzz/run.sh build/fuzz $(B) $(FUZZ_SECONDS) $(FUZZ_EDITS)

fuzzers: $(FUZZ)

# How long the largest and the oddest files take, and how much memory: the bounds are
# those of a build without sanitizers.
sizes: unit
	@$(B)/sizes

lint: deps
	@$(MAKE) --no-print-directory all inject
	@$(PROVE) $(call FIRST,$(wildcard tests/lint/*.t))

check-all: check lint
	@$(MAKE) --no-print-directory check V=asan

prove: deps
	@$(MAKE) --no-print-directory unit
	@V=$(V) tests/prove/table.sh $(B)

demo: deps
	@$(MAKE) --no-print-directory all
	@PATH="$(CURDIR)/$(B)/bin:$$PATH" AGENT='$(AGENT)' MODEL='$(MODEL)' examples/demo/run.sh

check-agents: deps
	@$(MAKE) --no-print-directory all
	@tests/agents/install.sh build/agents $(AGENTS)
	@V=$(V) tests/agents/check.sh $(if $(CASES),-c '$(CASES)') $(AGENTS)

bench: deps
	@$(MAKE) --no-print-directory all
	@tests/bench/run.sh $(B) '$(STATIC)'

completions: all
	@completions/generate.sh $(B)/bin build/completions

install: all completions
	@pack/install.sh install $(B)/bin build/completions $(CMDS)

uninstall:
	@pack/install.sh uninstall

installcheck:
	@pack/installcheck.sh $(VERSION) $(CMDS)

# The tracked files, the same bytes each time; distcheck builds and tests what it has packed.
dist:
	@pack/dist.sh make $(VERSION) build/orch-$(VERSION).tar.gz
	@echo build/orch-$(VERSION).tar.gz

distcheck: dist
	@pack/dist.sh check $(VERSION) build/orch-$(VERSION).tar.gz

# For /usr; what depends on the prefix is made again for it, and the next time for ours.  The
# programs in it load their libraries, as Debian mends those without asking us.
deb:
	@$(MAKE) --no-print-directory V=release PREFIX=/usr all inject completions
	@pack/deb.sh $(VERSION) build/release/loaded build/completions build $(CMDS)

clean:
	rm -rf build

.PHONY: all unit no-libraries FORCE deps check lint check-all prove fuzz fuzzers sizes coverage inject demo check-agents bench completions install uninstall installcheck dist distcheck deb clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
