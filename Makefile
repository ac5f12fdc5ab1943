# SPDX-License-Identifier: GPL-2.0-only
# Build, check, demo. `make help` lists the targets.
B		?= build
CC		?= gcc
WARN		:= -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
PKGS		:= libnl-3.0 libnl-genl-3.0 libgcrypt hogweed gmp libuv jansson libcap libseccomp
CPPFLAGS	+= -D_GNU_SOURCE -Iinclude/uapi -Iikemgr -I.
CFLAGS		?= -O2 -g
# Asked when first used: `make check` installs the packages before that.
PKG_CFLAGS	= $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS	= $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lgpg-error)$(PKG_LIBS)
CFLAGS		+= -std=c11 $(WARN) -fstack-protector-strong $(PKG_CFLAGS)
LDLIBS		+= $(PKG_LIBS)
SAN		:= -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

IKE_SRC		:= $(wildcard ikemgr/*.c ikemgr/config/*.c)
CMAP_SRC	:= $(wildcard tools/*.c)
UNIT_SRC	:= $(wildcard selftests/unit/test_*.c)
FUZZ_SRC	:= $(wildcard selftests/fuzz/fuzz_*.c)
IKE_LIB		:= $(filter-out ikemgr/main.c,$(IKE_SRC))
CMAP_LIB	:= $(filter-out tools/cmap.c,$(CMAP_SRC))

obj = $(patsubst %.c,$(B)/$(1)/%.o,$(2))

all: ikemgr cmap
ikemgr: $(B)/ikemgr
cmap: $(B)/cmap
.PHONY: all ikemgr cmap unit units fuzz fuzzers san modules check check-6.12 check-debug matrix bench bench-quick bench-ike demo clean help
.SECONDARY:
help:
	@echo "all        build/ikemgr and build/cmap"
	@echo "modules    build/kmod/{6.1,6.12}/kmod/cryptomap.ko; module-6.1, module-6.12: one of them"
	@echo "demo       a pasted router configuration brings up a tunnel to strongSwan, in a virtual network"
	@echo "check      everything that is proved: unit tests, static checks, tests in virtual networks"
	@echo "check-6.12  the tests in virtual networks on that kernel instead of 6.1"
	@echo "check-debug  the tests of the module on a kernel with KASAN, lockdep, kmemleak and more, built by this target"
	@echo "matrix     all rows of the data path's matrix, of which check runs a part"
	@echo "interop    all rows of the interop matrix, with strongSwan and Libreswan; writes selftests/interop.md"
	@echo "soak       30 minutes of rekeying on a bad path, under traffic of which each packet is accounted for; SOAK_SECONDS"
	@echo "bench      guest instructions per packet, against XFRM (10 minutes); bench-quick: few rows"
	@echo "bench-ike  IKE handshakes and memory of 1, 100 and 2,000 tunnels, against strongSwan (20 minutes)"
	@echo "unit       the unit tests, under ASan and UBSan;  san: the programs under them"
	@echo "fuzz       the libFuzzer targets, FUZZ_SECONDS (300) each;  fuzzers: only builds them (build/fuzz/)"
	@echo "clean      remove build/"


$(B)/ikemgr: $(call obj,o,$(IKE_SRC))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/cmap: $(call obj,o,$(CMAP_SRC))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The same programs under ASan and UBSan: what the unit and guest tests run.
san: $(B)/san/ikemgr $(B)/san/cmap $(B)/san/nl_bad $(B)/san/nl_fuzz $(B)/wire_fuzz
$(B)/san/ikemgr: $(call obj,so,$(IKE_SRC))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/san/cmap: $(call obj,so,$(CMAP_SRC))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Requests of the genetlink family that must be refused: selftests/netlink.sh runs it in a guest.
NL_SRC		:= $(wildcard selftests/nl/*.c)
$(B)/san/nl_bad: $(call obj,so,$(filter-out selftests/nl/fuzz.c,$(NL_SRC)))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^

# Random ones: netlink-fuzz.sh.
$(B)/san/nl_fuzz: $(call obj,so,$(addprefix selftests/nl/,fuzz.c attr.c good.c talk.c))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^

# Packets of every kind, good and bad: wire-fuzz.sh.
$(B)/wire_fuzz: $(call obj,o,$(wildcard selftests/wire/*.c))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/o/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/so/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(SAN) -MMD -MP -c -o $@ $<

# selftests/unit/test_X.c: one TAP program each, linked with what it tests.
$(B)/san/libike.a: $(call obj,so,$(IKE_LIB))
	@mkdir -p $(@D)
	rm -f $@ && ar rcs $@ $^
$(B)/san/libcmap.a: $(call obj,so,$(CMAP_LIB))
	@mkdir -p $(@D)
	rm -f $@ && ar rcs $@ $^
UNIT_BIN := $(patsubst selftests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
$(B)/unit/test_%: $(B)/so/selftests/unit/test_%.o $(B)/san/libike.a $(B)/san/libcmap.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) -o $@ $^ $(LDLIBS)
units: $(UNIT_BIN)
# Several at a time: most of their time they wait. What one prints comes in one piece.
unit: units
	@printf '%s\n' $(UNIT_BIN) | xargs -P 8 -I{} sh -c '{} > {}.tap 2>&1; rc=$$?; \
		{ flock 9; echo "# {}"; cat {}.tap; exit $$rc; } 9> $(B)/unit/lock'

# selftests/fuzz/fuzz_X.c: libFuzzer targets (clang). In fuzz_exchange time, workers and randomness are the script's.
FUZZ_CC := clang $(CPPFLAGS) -std=c11 -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -Wno-unused-function
FUZZ_BIN := $(patsubst selftests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
FUZZ_LINK = clang -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $^ $(LDLIBS)
$(B)/fo/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/fv/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(PKG_CFLAGS) -include selftests/fuzz/virtual.h -MMD -MP -c -o $@ $<
$(B)/fuzz/fuzz_exchange: $(call obj,fv,selftests/fuzz/fuzz_exchange.c selftests/fuzz/virtual.c $(filter-out ikemgr/workers.c,$(IKE_LIB)))
	@mkdir -p $(@D)
	$(FUZZ_LINK)
$(B)/fuzz/fuzz_%: $(B)/fo/selftests/fuzz/fuzz_%.o $(call obj,fo,$(IKE_LIB))
	@mkdir -p $(@D)
	$(FUZZ_LINK)
fuzzers: $(FUZZ_BIN)
fuzz:
	@selftests/deps
	@$(MAKE) -s fuzzers
	@selftests/fuzz/run

# The module, built in a copy so that the tree stays clean: build/kmod/KERNEL/kmod/cryptomap.ko
module-%: FORCE
	+@selftests/vm/module $*
modules: module-6.1 module-6.12
FORCE:

check:
	@selftests/deps
	@selftests/check
check-6.12:
	@selftests/deps
	@selftests/check --kernel 6.12
check-debug:
	@selftests/deps debug
	@selftests/check --kernel debug
matrix:
	@selftests/deps
	@selftests/check matrix-tunnel.sh matrix-transport.sh

# Both take longer than a test of make check may. in_guest SECONDS PROGRAMS SCRIPT
.PHONY: interop soak
SOAK_SECONDS	?= 1800
in_guest = CMAP_BIN=$(CURDIR)/$(2) VM_TIMEOUT=$(1) selftests/vm/run $(3) 2>&1 | tr -d "\r" | selftests/tally
interop:
	@selftests/deps
	@selftests/libreswan > /dev/null
	@$(MAKE) -s san cmap module-6.1
	@mkdir -p $(B)/guest && ln -sf ../san/ikemgr ../cmap $(B)/guest/
	@bash -o pipefail -c '$(call in_guest,7200,$(B)/guest,selftests/interop.sh all) | tee $(B)/interop.tap'; rc=$$?; \
		selftests/interop-page < $(B)/interop.tap > $(B)/interop.md && mv $(B)/interop.md selftests/interop.md; exit $$rc
# Not under ASan: memory is looked at.
soak:
	@selftests/deps
	@$(MAKE) -s all module-6.1
	@bash -o pipefail -c '$(call in_guest,$(shell expr $(SOAK_SECONDS) + 900),$(B),selftests/soak.sh $(SOAK_SECONDS))'

# What the benchmark sends packets with.
$(B)/espbench: $(call obj,o,$(wildcard selftests/bench/*.c))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
bench:
	@selftests/deps
	@selftests/bench/run
bench-ike:
	@selftests/deps
	@selftests/bench/ike-run
bench-quick:
	@selftests/deps
	@selftests/bench/run --quick
demo:
	@selftests/deps
	@$(MAKE) -s all module-6.1
	@selftests/vm/run selftests/demo.sh

clean:
	rm -rf $(B)

-include $(shell find $(B)/o $(B)/so $(B)/fo $(B)/fv -name '*.d' 2>/dev/null)
