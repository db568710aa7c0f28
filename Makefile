# heloscope: build, test, measure, install. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
BUILD ?= build
OPTIMISE ?= -O3
SANITIZE ?=
COVERAGE ?=
SANDBOX ?=
WERROR ?=
V ?=
Q := $(if $(V),,@)
COMMA := ,
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

# Where everything that is made goes: one folder for each kind of build.
OUT := $(BUILD)
ifneq ($(SANITIZE),)
OUT := $(BUILD)/sanitize
OPTIMISE := -O1 -fno-omit-frame-pointer
HARDEN := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
LDHARDEN := -fsanitize=$(SANITIZE)
else ifneq ($(COVERAGE),)
OUT := $(BUILD)/coverage
OPTIMISE := -O0
HARDEN := --coverage
LDHARDEN := --coverage
else ifeq ($(SANDBOX),no)
OUT := $(BUILD)/unconfined
else
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(if $(WERROR),-Werror)
LIBS := -lpcap -lz -lzstd -lcrypto -lb64 -lndpi
# Of the program alone.
CLI_LIBS := -lseccomp
# Where Debian has nDPI's headers: beside the standard ones, so that only ndpi.c finds them.
NDPI_INCLUDE := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libndpi 2>/dev/null || \
	echo -I/usr/include/ndpi))
CPPFLAGS += -Iinclude -Isrc $(NDPI_INCLUDE) -D_GNU_SOURCE
# What sanitizers and coverage do at the end, opening files, a confined program may not; and valgrind
# makes calls of its own.
CPPFLAGS += $(if $(SANITIZE)$(COVERAGE)$(filter no,$(SANDBOX)),-DHELO_NO_SANDBOX)
ALL_CFLAGS = -std=c17 -g $(OPTIMISE) $(WARN) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS = $(LDHARDEN) $(LDFLAGS)

VERSION := $(shell sed -n 's/^\#define HELO_VERSION "\(.*\)"/\1/p' include/heloscope/heloscope.h)
LIB_SOURCES := $(sort $(filter-out src/cli/%,$(wildcard src/*/*.c src/*/*/*.c)))
CLI_SOURCES := $(sort $(wildcard src/cli/*.c))
UNIT_SOURCES := $(sort $(wildcard tests/unit/test_*.c))
SUPPORT_SOURCES := $(sort $(wildcard tests/support/*.c))
BENCH_SOURCES := $(sort $(wildcard tests/bench/*.c))
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))

objects = $(patsubst %.c,$(OUT)/%.o,$(1))
LIB_OBJECTS := $(call objects,$(LIB_SOURCES))
CLI_OBJECTS := $(call objects,$(CLI_SOURCES))
SUPPORT_OBJECTS := $(call objects,$(SUPPORT_SOURCES))
TEST_OBJECTS := $(call objects,$(UNIT_SOURCES) $(BENCH_SOURCES) $(FUZZ_SOURCES) tests/fuzz/driver.c)
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(UNIT_SOURCES))
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(OUT)/bench/%,$(BENCH_SOURCES))
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(OUT)/fuzz/%,$(FUZZ_SOURCES))
LIBRARY := $(OUT)/libheloscope.a
# The program but for its main: for the unit tests of its parts.
CLI_PARTS := $(OUT)/cli.a
PROGRAM := $(OUT)/heloscope

.PHONY: all
all: $(PROGRAM) ## the program and the library (the default)

# What the files were made with: a change of flags makes them anew, a file that went leaves.
.PHONY: FORCE
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS) $(CLI_LIBS)' | cmp -s - $@ || \
		echo '$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS) $(CLI_LIBS)' >$@
$(OUT)/objects: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_OBJECTS) $(CLI_OBJECTS) $(SUPPORT_OBJECTS)' | cmp -s - $@ || \
		echo '$(LIB_OBJECTS) $(CLI_OBJECTS) $(SUPPORT_OBJECTS)' >$@

$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC $<")
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What only looks at the outcome is no code for a fuzzer to find its way in, and slower if it is.
ifneq ($(findstring fuzzer-no-link,$(SANITIZE)),)
$(OUT)/tests/support/%.o: private ALL_CFLAGS += -fno-sanitize=fuzzer-no-link
endif

$(LIBRARY): $(LIB_OBJECTS) $(OUT)/objects
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJECTS)

$(CLI_PARTS): $(CLI_OBJECTS) $(OUT)/objects
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter-out %/cli/main.o,$(CLI_OBJECTS))

link = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)

$(PROGRAM): $(CLI_OBJECTS) $(LIBRARY) $(OUT)/objects
	$(if $(V),,@echo "  LD $@")
	$(Q)$(link) $(LIBS) $(CLI_LIBS)

$(OUT)/unit/%: $(OUT)/tests/unit/%.o $(SUPPORT_OBJECTS) $(CLI_PARTS) $(LIBRARY)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD $@")
	$(Q)$(link) -lcmocka $(LIBS) $(CLI_LIBS)

# Its allocations go through functions of its own, which can fail.
WRAPPED := malloc calloc reallocarray strdup free fopen
$(OUT)/unit/test_allocation: private LDFLAGS += $(addprefix -Wl$(COMMA)--wrap=,$(WRAPPED))

$(OUT)/bench/%: $(OUT)/tests/bench/%.o $(SUPPORT_OBJECTS) $(LIBRARY)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD $@")
	$(Q)$(link) $(LIBS)

.SECONDARY:

.PHONY: unit-programs bench-programs
unit-programs: $(UNIT_PROGRAMS)
bench-programs: $(BENCH_PROGRAMS)

# Trying it and testing it.

.PHONY: demo
demo: $(PROGRAM) ## read two of the bundled captures and show what is found in them
	@echo '$$ heloscope -r pcaps/postfix-idle.pcap -e session | jq .'
	@$(PROGRAM) -q -r pcaps/postfix-idle.pcap -e session | \
		if command -v jq >/dev/null; then jq .; else cat; fi
	@echo; echo '$$ heloscope -r pcaps/postfix-idle.pcap -o text:-'
	@$(PROGRAM) -q -r pcaps/postfix-idle.pcap -o text:-
	@echo; echo '$$ heloscope -r pcaps/postfix-rcpt-rejected.pcap -e +exchange -o text:-'
	@$(PROGRAM) -r pcaps/postfix-rcpt-rejected.pcap -e +exchange -o text:-
	@echo; echo '$$ heloscope explain 221 334'
	@$(PROGRAM) explain 221 334 | sed '/^When it is seen/,$$d'

.PHONY: check
check: $(PROGRAM) $(UNIT_PROGRAMS) $(BENCH_PROGRAMS) ## run every test; SANITIZE=address,undefined too
	@HELOSCOPE=$(abspath $(PROGRAM)) tests/check.sh $(OUT)/check $(UNIT_PROGRAMS)

# A program that has given up its rights can't be looked into for leaks; make check does that.
.PHONY: check-live
check-live: $(PROGRAM) ## capture live, in network namespaces: as root, with tcpreplay; skipped without
	@HELOSCOPE=$(abspath $(PROGRAM)) ASAN_OPTIONS=detect_leaks=0 tests/live.py

# Where one thread's memory is read by another without anything between them.
THREAD_TESTS := test_ring test_workers
.PHONY: check-threads thread-programs
check-threads: ## run the tests of several workers under ThreadSanitizer; some minutes
	@$(MAKE) SANITIZE=thread BUILD=$(BUILD)/thread thread-programs
	@for test in $(THREAD_TESTS); do \
		echo "  THREADS $$test"; \
		TSAN_OPTIONS=halt_on_error=1 $(BUILD)/thread/sanitize/unit/$$test || exit 1; \
	done
thread-programs: $(patsubst %,$(OUT)/unit/%,$(THREAD_TESTS))

.PHONY: valgrind
ifeq ($(SANDBOX),)
valgrind: ## run the unit tests and the captures under valgrind; slow
	@$(MAKE) SANDBOX=no valgrind
else
valgrind: $(PROGRAM) $(UNIT_PROGRAMS)
	@HELOSCOPE=$(abspath $(PROGRAM)) tests/check.sh --valgrind $(OUT)/valgrind $(UNIT_PROGRAMS)
endif

.PHONY: coverage
ifeq ($(COVERAGE),)
coverage: ## run every test and tell which lines of the library they reached; under 90 % fails
	@$(MAKE) COVERAGE=1 coverage
else
coverage: $(PROGRAM) $(UNIT_PROGRAMS)
	@find $(OUT) -name '*.gcda' -delete
	@HELOSCOPE=$(abspath $(PROGRAM)) tests/check.sh $(OUT)/check $(UNIT_PROGRAMS) || \
		echo "coverage: the tests failed; what they reached is counted all the same"
	@tests/coverage.py $(OUT)
endif

.PHONY: lint tidy analyze format
lint: ## check form, layers and the usual suspects, without running anything
	@MAKE='$(MAKE)' tests/lint.sh $(OUT)

TIDY_STAMPS := $(patsubst %.c,$(OUT)/tidy/%.ok,$(LIB_SOURCES) $(CLI_SOURCES))
tidy: $(TIDY_STAMPS)
# The object stands for the headers: it is made anew when one of them changes.
$(OUT)/tidy/%.ok: %.c $(OUT)/%.o .clang-tidy
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- -std=c17 $(CPPFLAGS) >$@.log 2>&1 || \
		{ grep -v ' warnings generated' $@.log; exit 1; }
	@touch $@

# What is left out of gcc's analyzer, and why:
# use-of-uninitialized-value: gcc 12 does not follow a struct that is returned through a pointer to a
#   function; valgrind runs everything.
ANALYZER := -fanalyzer -Werror -Wno-analyzer-use-of-uninitialized-value
ANALYZER_STAMPS := $(patsubst %.c,$(OUT)/analyzer/%.ok,$(LIB_SOURCES) $(CLI_SOURCES))
analyze: $(ANALYZER_STAMPS)
$(OUT)/analyzer/%.ok: %.c $(OUT)/%.o
	@mkdir -p $(@D)
	$(Q)gcc -std=c17 -O2 $(ANALYZER) $(CPPFLAGS) -c -o /dev/null $<
	@touch $@

format: ## bring the C files into the form that lint asks for
	clang-format -i $(shell find src include tests -name '*.[ch]')

.PHONY: bench
bench: $(PROGRAM) $(BENCH_PROGRAMS) ## measure against a bare pcap_loop; makes captures of gigabytes
	@tests/bench/bench.sh $(PROGRAM) $(OUT)/bench

.PHONY: bench-scale
bench-scale: $(BENCH_PROGRAMS) ## measure packets among up to a million open connections
	@tests/bench/scale.py $(OUT)/bench/scale --picture $(OUT)/bench/scale.svg

.PHONY: bench-hostile
bench-hostile: $(BENCH_PROGRAMS) ## measure what hostile packets cost, in time and in memory
	@$(OUT)/bench/hostile
	@$(OUT)/bench/caps

# Fuzzing: one program a target. FUZZ="stream line" picks some.
FUZZ_SECONDS ?= 60
FUZZ ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SOURCES))
.PHONY: fuzz fuzz-afl fuzz-minimise fuzz-programs fuzz-drivers
fuzz: ## run each fuzzer (FUZZ="json line": these) for FUZZ_SECONDS, 60 by default; needs clang
	@$(MAKE) CC=clang SANITIZE=fuzzer-no-link,address,undefined BUILD=$(BUILD)/fuzz fuzz-programs
	@tests/fuzz/run.sh libfuzzer $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ)
fuzz-afl: ## the same with AFL++
	@AFL_QUIET=1 $(MAKE) CC=afl-clang-fast SANITIZE=address,undefined BUILD=$(BUILD)/afl fuzz-drivers
	@tests/fuzz/run.sh afl $(BUILD)/afl $(FUZZ_SECONDS) $(FUZZ)
fuzz-minimise: ## keep of all that was found in BUILD/fuzz what reaches most: tests/fuzz/corpus
	@$(MAKE) CC=clang SANITIZE=fuzzer-no-link,address,undefined BUILD=$(BUILD)/fuzz fuzz-programs
	@tests/fuzz/run.sh minimise $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ)

fuzz-programs: $(FUZZ_PROGRAMS)
$(OUT)/fuzz/%: $(OUT)/tests/fuzz/%.o $(SUPPORT_OBJECTS) $(CLI_PARTS) $(LIBRARY)
	@mkdir -p $(@D)
	$(Q)$(link) -fsanitize=fuzzer $(LIBS)

# The same with a main of their own, which AFL++ runs; and all of them in one unit program, each
# under its own name.
FUZZ_DRIVERS := $(patsubst tests/fuzz/%.c,$(OUT)/driver/%,$(FUZZ_SOURCES))
fuzz-drivers: $(FUZZ_DRIVERS)
$(OUT)/driver/%: $(OUT)/tests/fuzz/%.o $(OUT)/tests/fuzz/driver.o $(SUPPORT_OBJECTS) $(CLI_PARTS) \
		$(LIBRARY)
	@mkdir -p $(@D)
	$(Q)$(link) $(LIBS)
FUZZ_NAMED := $(patsubst tests/fuzz/%.c,$(OUT)/tests/fuzz/named/%.o,$(FUZZ_SOURCES))
$(FUZZ_NAMED): $(OUT)/tests/fuzz/named/%.o: tests/fuzz/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC $< (named)")
	$(Q)$(CC) $(CPPFLAGS) -DLLVMFuzzerTestOneInput=$* $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(OUT)/unit/test_fuzz_regressions: $(FUZZ_NAMED)

.PHONY: record
SCENARIOS ?=
record: ## record the captures anew from real servers, as root; SCENARIOS="..." for some of them
	$(if $(filter 0,$(shell id -u)),,sudo )pcaps/record/record-all $(SCENARIOS)

# Installing it.

BINDIR := $(PREFIX)/bin
LIBDIR := $(PREFIX)/lib
HEADERDIR := $(PREFIX)/include/heloscope
MANDIR := $(PREFIX)/share/man/man1
SHAREDIR := $(PREFIX)/share/heloscope
DOCDIR := $(PREFIX)/share/doc/heloscope
BASHDIR := $(PREFIX)/share/bash-completion/completions
ZSHDIR := $(PREFIX)/share/zsh/site-functions
FISHDIR := $(PREFIX)/share/fish/vendor_completions.d
SYSUSERSDIR := $(PREFIX)/lib/sysusers.d
UNITDIR := $(PREFIX)/lib/systemd/system
HEADERS := $(sort $(wildcard include/heloscope/*.h))
DOCS := README.md CHANGELOG.md SECURITY.md LICENSE $(sort $(wildcard docs/*.md))
SHARED := $(sort $(wildcard share/*.json))

$(OUT)/heloscope.pc: share/heloscope.pc.in include/heloscope/heloscope.h $(OUT)/prefix
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@LIBS@|$(LIBS)|' $< >$@
$(OUT)/heloscope@.service: share/systemd/heloscope@.service.in $(OUT)/prefix
	$(Q)sed 's|@PREFIX@|$(PREFIX)|' $< >$@
$(OUT)/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX) $(LIBS)' | cmp -s - $@ || echo '$(PREFIX) $(LIBS)' >$@

.PHONY: install uninstall
install: $(PROGRAM) $(LIBRARY) $(OUT)/heloscope.pc $(OUT)/heloscope@.service ## install below PREFIX, /usr/local by default
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig $(HEADERDIR) $(MANDIR) \
		$(SHAREDIR) $(DOCDIR) $(BASHDIR) $(ZSHDIR) $(FISHDIR) $(SYSUSERSDIR) $(UNITDIR))
	install -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)
	install -m 644 $(LIBRARY) $(DESTDIR)$(LIBDIR)
	install -m 644 $(OUT)/heloscope.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(HEADERS) $(DESTDIR)$(HEADERDIR)
	install -m 644 share/man/heloscope.1 $(DESTDIR)$(MANDIR)
	install -m 644 $(SHARED) $(DESTDIR)$(SHAREDIR)
	install -m 644 $(DOCS) $(DESTDIR)$(DOCDIR)
	install -m 644 share/completions/heloscope.bash $(DESTDIR)$(BASHDIR)/heloscope
	install -m 644 share/completions/_heloscope $(DESTDIR)$(ZSHDIR)
	install -m 644 share/completions/heloscope.fish $(DESTDIR)$(FISHDIR)
	install -m 644 share/sysusers.d/heloscope.conf $(DESTDIR)$(SYSUSERSDIR)
	install -m 644 $(OUT)/heloscope@.service $(DESTDIR)$(UNITDIR)
	@$(if $(DESTDIR),:,getent passwd heloscope >/dev/null) || \
		echo 'To watch interfaces it wants a user to become; make it: systemd-sysusers heloscope.conf'

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR),$(BINDIR)/heloscope $(LIBDIR)/libheloscope.a \
		$(LIBDIR)/pkgconfig/heloscope.pc $(MANDIR)/heloscope.1 \
		$(BASHDIR)/heloscope $(ZSHDIR)/_heloscope $(FISHDIR)/heloscope.fish \
		$(SYSUSERSDIR)/heloscope.conf $(UNITDIR)/heloscope@.service)
	rm -rf $(addprefix $(DESTDIR),$(HEADERDIR) $(SHAREDIR) $(DOCDIR))

.PHONY: clean help
clean: ## remove everything that was made
	rm -rf $(BUILD)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | \
		expand -t 16
	@echo
	@echo "Variables: BUILD PREFIX DESTDIR CC CFLAGS LDFLAGS OPTIMISE SANITIZE WERROR=1 V=1"

-include $(LIB_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d) $(SUPPORT_OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(FUZZ_NAMED:.o=.d)
