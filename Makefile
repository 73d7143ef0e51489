# make demo    installs what the demo needs, and builds the demo flavours
# make install installs the program into $(DESTDIR)$(PREFIX)/bin, as root or with a PREFIX of your own
# make dist    builds what others install, in target/dist: the program, linked statically and against the
#              C library (2.34 or newer: every family of the book), .deb and .rpm; make test-dist tries them
# make test    lints and tests, everything that CI runs
# make test-effective CASES=10000  compares what the audit reads with what programs say, in random configurations
# make test-boot  boots machines, from rendered sites and from disks of images: BOOT=smoke (one of each, an
#              update that is not well and the way back), life (hardened tiers, hangs, power cuts, encryption, a cloud),
#              more (boot loaders, derived flavours, Debian 12 to 13, installing by bootc), install, or all
# make test-memo  2,000 random edits and 50 killed builds: the memo of the store changes nothing but the time
# make test-crowd  5,000 machines that install themselves, and an install server that is killed fifty times
# make bench   measures terroir and other tools, both sides in one run, and prints ratios
# make bench-unchanged COMMIT=b8c9200  compares what unchanged flavours cost with that commit, and how it grows
# make bench-build BASE=COMMIT  compares the cost of compiling with that commit, medians of ROUNDS=3
# make doc     writes the API's pages, and the book if mdbook is installed
# make schema  writes the schemas again; make fmt formats the code
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c

CARGO ?= cargo
# Where `make install` puts the program, its manual pages, completions and licence.
PREFIX ?= /usr/local
DESTDIR ?=
SHARE = $(DESTDIR)$(PREFIX)/share
RELEASE := target/release/terroir
TERROIR := target/debug/terroir

# The Debian packages that terroir calls, and those that the tests need.
DEBIAN_DEMO := mmdebstrap uidmap
DEBIAN_TEST := $(DEBIAN_DEMO) curl skopeo podman buildah umoci runc docker-registry openssl apache2-utils \
	attr zstd xz-utils systemd debian-archive-keyring iproute2 rpm createrepo-c dnf busybox-static openscap-scanner \
	python3-venv shellcheck ostree debconf grub-common dnsmasq-base kea-dhcp4-server ruby sudo nftables genisoimage util-linux \
	openssh-server openssh-client dosfstools mtools fdisk qemu-utils e2fsprogs cpio kmod binutils rsync pamtester libpam-pwquality passwd procps ifupdown apparmor netplan.io libcap2-bin cryptsetup-bin efibootmgr lvm2 prometheus clevis-luks tang locales tzdata xorriso file
# The packages that build and try finished packages.
DEBIAN_DIST := binutils dpkg rpm
DEBIAN_TEST_DIST := $(DEBIAN_DIST) mmdebstrap docker-registry util-linux lintian
# The packages that boot machines, and what the machines boot.
DEBIAN_BOOT := qemu-system-x86 seabios ovmf ipxe-qemu ipxe shim-signed grub-efi-amd64-signed pxelinux \
	syslinux-common debian-installer-12-netboot-amd64 dnsmasq-base iproute2 util-linux mtools dosfstools fdisk \
	qemu-utils e2fsprogs ostree swtpm mmdebstrap uidmap docker-registry skopeo umoci perl-base openssh-client binutils genisoimage grub-common kea-dhcp4-server jq xorriso
DEBIAN_BENCH := $(DEBIAN_TEST) jq time nginx-light

# Which machines `make test-boot` boots.
BOOT ?= smoke

.PHONY: build install dist demo test test-dist test-effective test-boot test-memo test-crowd bench bench-unchanged bench-build lint fmt doc schema \
	setup-demo setup-dist setup-test setup-test-dist setup-boot setup-bench

build:
	$(CARGO) build --locked

install:
	$(CARGO) build --locked --release
	install -D -m 0755 $(RELEASE) "$(DESTDIR)$(PREFIX)/bin/terroir"
	install -D -m 0644 LICENSE "$(SHARE)/doc/terroir/LICENSE"
	install -d "$(SHARE)/man/man1" "$(SHARE)/bash-completion/completions" "$(SHARE)/zsh/site-functions" \
	  "$(SHARE)/fish/vendor_completions.d"
	$(RELEASE) man "$(SHARE)/man/man1"
	$(RELEASE) completions bash > "$(SHARE)/bash-completion/completions/terroir"
	$(RELEASE) completions zsh > "$(SHARE)/zsh/site-functions/_terroir"
	$(RELEASE) completions fish > "$(SHARE)/fish/vendor_completions.d/terroir.fish"

dist: setup-dist
	@CARGO=$(CARGO) tools/dist

setup-demo:
	@tools/setup $(DEBIAN_DEMO)

setup-dist:
	@tools/setup $(DEBIAN_DIST)

setup-test:
	@tools/setup $(DEBIAN_TEST)

setup-test-dist:
	@tools/setup $(DEBIAN_TEST_DIST)

setup-boot:
	@tools/setup $(DEBIAN_BOOT)

setup-bench:
	@tools/setup $(DEBIAN_BENCH)

demo: export TERROIR_STORE ?= $(CURDIR)/store
demo: setup-demo build
	@TERROIR=$(TERROIR) tools/demo

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --quiet

test: setup-test lint
	$(CARGO) test --locked

# Mount namespaces need root.
CASES ?= 10000
test-effective: setup-test
	TERROIR_TEST_STRICT=1 TERROIR_TEST_EFFECTIVE=$(CASES) \
	  $(CARGO) test --locked --lib setting::tests::effective -- --nocapture
	TERROIR_TEST_STRICT=1 TERROIR_TEST_CASES=$(CASES) $(CARGO) test --locked --test real_programs -- --nocapture

# Roots with users of their own need root.
test-dist: setup-test-dist
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo
	$$sudo tools/test-dist

# 2,000 random edits of a repository, and 50 killed builds: the memo changes nothing but the time.
test-memo:
	TERROIR_TEST_MEMO=2000,50 $(CARGO) test --locked --test memo -- --nocapture

# 5,000 machines that install themselves from an install server that is killed fifty times.
test-crowd:
	TERROIR_CROWD=5000,50 $(CARGO) test --locked --test serve crowd -- --nocapture

# Network namespaces and taps need root.
test-boot: setup-boot
	$(CARGO) test --locked --test boot --no-run
	sudo=; [ "$$(id -u)" = 0 ] || sudo="sudo --preserve-env=PATH,HOME,CARGO_HOME,RUSTUP_HOME"
	$$sudo env TERROIR_TEST_STRICT=1 TERROIR_TEST_BOOT=$(BOOT) \
	  $(CARGO) test --locked --test boot -- machines proxy life --nocapture --test-threads 2

bench: setup-bench
	$(CARGO) build --locked --release
	@TERROIR=$(RELEASE) PACK=$$($(CARGO) build --quiet --locked --release --bench pack --message-format json |
	  jq -r 'select(.target.name? == "pack") | .executable') benches/run

bench-unchanged: setup-demo
	@benches/unchanged $(or $(COMMIT),b8c9200) $(or $(RUNS),5)

BASE ?= HEAD~1
ROUNDS ?= 3
bench-build:
	@benches/build $(BASE) $(ROUNDS)

fmt:
	$(CARGO) fmt

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps
	if command -v mdbook >/dev/null; then mdbook build docs -d ../target/book; fi

schema: build
	mkdir -p schema
	for kind in recipe bluebuild layer inventory host-document; do $(TERROIR) schema $$kind > schema/$$kind-v1.json; done
