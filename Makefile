# calsync: keeps Microsoft 365 calendars and a CRM's events in agreement.
# `make help` lists the targets.  Needs GNU make, a C17 compiler, pkg-config.

TOOLS	= roster fetch normalize match reconcile apply policy connect
PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
LIBEXEC	?= $(PREFIX)/libexec/calsync
DATADIR	?= $(PREFIX)/share/calsync
MANDIR	?= $(PREFIX)/share/man
COMPDIR	?= $(PREFIX)/share/bash-completion/completions
VERSION := $(shell cat VERSION)

# One directory per configuration, so that they live side by side:
# make BUILD=asan check
BUILD	?= release
B	= build/$(BUILD)

ifeq ($(BUILD),asan)
CFLAGS	?= -O1 -g
endif
CFLAGS	?= -O2 -g
WARN	= -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef \
	  -Wvla -Wswitch-enum -Wnull-dereference -Wimplicit-fallthrough
HARDEN	= -fstack-protector-strong -fstack-clash-protection -fPIE
FORTIFY	= -D_FORTIFY_SOURCE=2
ifdef DEVELOPER
WARN	+= -Werror
endif

ifeq ($(BUILD),asan)
HARDEN	= -fno-omit-frame-pointer -fno-sanitize-recover=all \
	  -fsanitize=address,undefined -DCALSYNC_SANITIZED
FORTIFY	=
else ifeq ($(BUILD),cov)
HARDEN	= -O0 --coverage
FORTIFY	=
endif

# $(call pkg,--cflags|--libs,PACKAGES), asked once: recursive expansion of a
# $(shell) would ask again for every object.
pkg	= $(shell pkg-config $(1) $(2) 2>/dev/null)
PKGS	= libcurl libpq yajl libxml-2.0 libcrypto
PKG_CFLAGS := $(call pkg,--cflags,$(PKGS))
ALLCF	= -std=c17 -D_POSIX_C_SOURCE=200809L $(FORTIFY) -iquote lib \
	  $(WARN) $(HARDEN) $(PKG_CFLAGS)
LDFLAGS	+= $(filter -fsanitize% --coverage,$(HARDEN)) -pie -Wl,-z,relro,-z,now

# normalize and reconcile must not be able to reach the network or the CRM:
# they are not linked with the libraries that could.  A test runs ldd.
LIBS_normalize := $(call pkg,--libs,yajl libxml-2.0 libcrypto)
LIBS_reconcile := $(call pkg,--libs,yajl libcrypto)
LIBS_connect := $(call pkg,--libs,yajl libcurl libcrypto)
LIBS_policy := $(call pkg,--libs,yajl libcrypto)
LIBS_roster := $(call pkg,--libs,yajl libpq libcrypto)
LIBS_match := $(call pkg,--libs,yajl libpq libcrypto)
LIBS_fetch := $(call pkg,--libs,yajl libpq libcurl libcrypto)
LIBS_apply := $(call pkg,--libs,yajl libpq libcurl libxml-2.0 libcrypto)
LIBS_all := $(call pkg,--libs,$(PKGS))

# A program is its main file and its own modules; fetch/ holds four programs.
SRC_roster = fetch/roster.c $(wildcard fetch/roster_*.c)
SRC_policy = fetch/policy.c $(wildcard fetch/policy_*.c)
SRC_connect = fetch/connect.c $(wildcard fetch/connect_*.c)
SRC_fetch = $(filter-out $(SRC_roster) $(SRC_policy) $(SRC_connect), \
  $(wildcard fetch/*.c))
SRC_normalize = $(wildcard normalize/*.c)
SRC_match = $(wildcard match/*.c)
SRC_reconcile = $(wildcard reconcile/*.c)
SRC_apply = $(wildcard apply/*.c)

LIBSRC	= $(sort $(wildcard lib/*.c))
LIBOBJ	= $(LIBSRC:%.c=$(B)/%.o)
BINS	= $(TOOLS:%=$(B)/bin/%)
UNIT	= $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
SIMSRC	= $(sort $(wildcard tests/graphsim/*.c))
SIM_PKGS = libmicrohttpd jansson libical libcrypto zlib

all: $(BINS)			## the programs, in build/release/bin

define TOOL
$(B)/bin/$(1): $(patsubst %.c,$(B)/%.o,$(sort $(SRC_$(1)))) $(B)/lib.a
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LIBS_$(1)) $$(LDLIBS)
endef
$(foreach t,$(TOOLS),$(eval $(call TOOL,$(t))))

$(B)/lib.a: $(LIBOBJ)
	$(RM) $@
	$(AR) rcs $@ $^

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALLCF) $(CFLAGS) -MMD -MP -c -o $@ $<

# Only one object knows the version, so a new one rebuilds one object.
$(B)/lib/tool.o: CPPFLAGS += -DVERSION='"$(VERSION)"'
$(B)/lib/tool.o: VERSION

$(UNIT): $(B)/%: $(B)/%.o $(B)/lib.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_all) $(LDLIBS)

# graphsim shares nothing with calsync but the compiler's flags.
graphsim: $(B)/bin/graphsim	## the Microsoft Graph stand-in of the tests
$(B)/tests/graphsim/%.o: PKG_CFLAGS := $(call pkg,--cflags,$(SIM_PKGS))
$(B)/tests/graphsim/%.o: CPPFLAGS += -DVERSION='"$(VERSION)"'
$(B)/bin/graphsim: $(SIMSRC:%.c=$(B)/%.o)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,--libs,$(SIM_PKGS)) $(LDLIBS)

deps:				## install what is missing to build and test
	scripts/install-deps

check: deps			## run every test (installs what is missing)
	$(MAKE) --no-print-directory check-built

check-built: all graphsim $(UNIT)
	B=$(B) scripts/run-tests

check-quick: all $(UNIT)	## unit tests and golden cases only, in seconds
	B=$(B) scripts/run-tests --quick

check-samples: all		## SAMPLES=DIR: documented Graph bodies, through normalize
	B=$(B) tests/check-samples "$(SAMPLES)"

check-client: graphsim		## the official JavaScript client against graphsim (needs npm)
	B=$(B) tests/client/run

asan:				## every test, with address and undefined-behaviour sanitizers
	$(MAKE) BUILD=asan check

demo: deps			## a firm in a box: both sides, before and after
	$(MAKE) --no-print-directory all graphsim
	B=$(B) scripts/demo

soak: all graphsim		## SEEDS=100: random worlds, edits on both sides, random faults
	B=$(B) SEEDS=$(or $(SEEDS),100) bats tests/soak/more.bats

bench: all			## speed against the peer, as ratios of one run
	B=$(B) tests/bench/run

golden: all			## rewrite the expected output of the golden cases
	B=$(B) scripts/golden --rewrite

fuzz:				## FUZZ=json TIME=60: a fuzzer (needs clang)
	scripts/fuzz "$(or $(FUZZ),all)" "$(or $(TIME),60)"

coverage-table: deps		## which requirement has a passing test
	$(MAKE) --no-print-directory all graphsim $(UNIT)
	B=$(B) scripts/coverage-table

lint:				## format, layers, man pages, static analysis
	scripts/lint

format:				## apply .clang-format
	clang-format -i $$(git ls-files '*.c' '*.h')

MAN1	= $(wildcard */*.1)
MAN5	= $(wildcard */*.5)
SCRIPTS	= scripts/calsync $(wildcard scripts/calsync-*)
install: all			## under $(DESTDIR)$(PREFIX)
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBEXEC) $(MANDIR)/man1 \
	  $(MANDIR)/man5 $(DATADIR)/schemas $(DATADIR)/profiles $(COMPDIR))
	install -m 755 $(BINS) $(DESTDIR)$(LIBEXEC)
	for f in $(SCRIPTS); do \
	  sed -e 's|@LIBEXEC@|$(LIBEXEC)|g' -e 's|@DATADIR@|$(DATADIR)|g' \
	    -e 's|@VERSION@|$(VERSION)|g' $$f >$(DESTDIR)$(LIBEXEC)/$${f##*/} && \
	  chmod 755 $(DESTDIR)$(LIBEXEC)/$${f##*/} || exit 1; \
	done
	mv $(DESTDIR)$(LIBEXEC)/calsync $(DESTDIR)$(BINDIR)/calsync
	install -m 644 $(wildcard schemas/*) $(DESTDIR)$(DATADIR)/schemas
	install -m 644 $(wildcard profiles/*.policy) $(DESTDIR)$(DATADIR)/profiles
	install -m 644 $(MAN1) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(MAN5) $(DESTDIR)$(MANDIR)/man5
	install -m 644 scripts/completion.bash $(DESTDIR)$(COMPDIR)/calsync

uninstall:			## what install put there
	$(RM) $(DESTDIR)$(BINDIR)/calsync $(DESTDIR)$(COMPDIR)/calsync
	$(RM) -r $(DESTDIR)$(LIBEXEC) $(DESTDIR)$(DATADIR)
	$(RM) $(addprefix $(DESTDIR)$(MANDIR)/man1/,$(notdir $(MAN1))) \
	  $(addprefix $(DESTDIR)$(MANDIR)/man5/,$(notdir $(MAN5)))

dist:				## calsync-VERSION.tar.gz of HEAD
	git archive --prefix=calsync-$(VERSION)/ -o calsync-$(VERSION).tar.gz HEAD

clean:				## remove everything that was built
	$(RM) -r build

help:				## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*##/\1\t/p' Makefile | expand -t 18

.PHONY: all graphsim deps check check-built check-quick check-samples \
	check-client asan demo soak bench golden fuzz coverage-table lint format \
	install uninstall dist clean help
.DELETE_ON_ERROR:
-include $(LIBOBJ:.o=.d) $(wildcard $(B)/*/*.d $(B)/tests/*/*.d)
