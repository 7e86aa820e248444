# A small front for Meson and Ninja. `make run` and `make test` need nothing but Debian 12 and root's apt-get.

BUILD ?= build
PREFIX ?= /usr/local
SANITIZE_BUILD := $(BUILD)-sanitize
THREAD_BUILD := $(BUILD)-thread

export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.PHONY: all run test test-thread lint bench fuzz soak install clean deps format

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja: | deps
	meson setup $(BUILD) --prefix $(PREFIX)

deps:
	@tools/install-deps build

# Demo domain, two users, self-signed certificate, unprivileged ports; says how to send and read the first mail.
run: all
	@tools/run-demo $(BUILD)

# Everything that decides whether a change may land; ends with "N passed, N failed".
test:
	@tools/install-deps build test
	@tests/run

# All that can run against a ThreadSanitizer build; "make test" runs its larger part.
test-thread:
	@tools/install-deps build test
	@tests/run --races

lint: deps
	@tests/lint/run

# Side by side with Postfix and Dovecot, in turn, in the same run.
bench: all
	@tools/install-deps build test bench
	@tests/bench/run $(BUILD)

# Each fuzz target for FUZZ_SECONDS (default 1200).
fuzz: deps
	@tests/fuzz/run

# The long forms of the crash and model tests, on both engines.
soak: all
	@tools/install-deps build test
	@tests/run --soak

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

install: all
	meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) $(SANITIZE_BUILD) $(THREAD_BUILD) build-clang build-fuzz
