# make            builds into build/; build/bin/mayfly works in place
# make demo       shows what it does, on this machine
# make test       all checks, then all tests, those in the virtual machine too
# make test-vm    only those in the virtual machine (integration/vm)
# make test-vm-security  there, all tests of attacks on a sandbox: hours
# make check      formatters, analyzers, shellcheck
# make format     formats all sources
# make fuzz       SECONDS=60: looks for inputs that break a parser, or the service
# make bench      measures and draws: an hour on a quiet machine, as root (benchmarks/README.md)
# make bench-check  a short run, and whether the budget is kept: before each release
# make install    PREFIX=/usr/local DESTDIR= ISOLATE=1 (the link isolate too); on Linux with the systemd units, on FreeBSD with
#                 the rc script: systemdsystemunitdir= systemduserunitdir= sysusersdir= rcdir=
# make clean
BUILD := $(abspath build)
LIBRARY := $(BUILD)/lib/mayfly
JARS := $(LIBRARY)/java
SHARE := $(BUILD)/share
PREFIX ?= /usr/local
DESTDIR ?=
MVN ?= mvn

# Empty: these are not installed.
SYSTEM := $(shell uname -s)
systemdsystemunitdir ?= $(if $(filter Linux,$(SYSTEM)),$(PREFIX)/lib/systemd/system)
systemduserunitdir ?= $(if $(filter Linux,$(SYSTEM)),$(PREFIX)/lib/systemd/user)
sysusersdir ?= $(if $(filter Linux,$(SYSTEM)),$(PREFIX)/lib/sysusers.d)
rcdir ?= $(if $(filter FreeBSD,$(SYSTEM)),$(PREFIX)/etc/rc.d)

LAUNCHER_SCRIPTS := launcher/src/main/sh
# Programs that only one system has.
SYSTEMS_OWN := $(if $(filter Linux,$(SYSTEM)),$(LIBRARY)/mayfly-binder) $(if $(filter FreeBSD,$(SYSTEM)),$(LAUNCHER_SCRIPTS)/import-base)
# Before Maven runs what it has, and after it has fetched the rest. FreeBSD has no sha256sum(1) before 14.
LOCKED := $(if $(filter Linux,$(SYSTEM)),build-tools/locked,:)
JAVA_MODULES := sandbox clonepool launcher
# With the directories: a deleted file changes only the time of its directory.
JAVA_SOURCES := pom.xml $(shell find .mvn $(JAVA_MODULES:%=%/pom.xml) $(wildcard $(JAVA_MODULES:%=%/src/main/java) \
	$(JAVA_MODULES:%=%/src/main/resources)))
SHELL_SCRIPTS = $(shell find . \( -path ./.git -o -path ./build -o -name target \) -prune -o -type f -size -64k \
	-exec awk 'FNR == 1 { if (/^\#!.*sh( |$$)/) print FILENAME; nextfile }' {} +)

.PHONY: all prerequisites prerequisites-test native java archive documents demo test test-host test-vm test-vm-security check format fuzz bench bench-check benchmarks install install-isolate clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

all: prerequisites native java archive documents

prerequisites prerequisites-test:
	@build-tools/missing $(if $(filter %-test,$@),test,build) || { \
		echo 'make: the above is missing (Debian packages, and what for); ./bootstrap installs it' >&2; exit 1; }

native: prerequisites
	@$(MAKE) -s -C native BUILD=$(BUILD)

java: $(BUILD)/java.stamp $(LIBRARY)/mayfly-java

$(BUILD)/java.stamp: $(JAVA_SOURCES) | prerequisites
	rm -rf launcher/target/lib
	@$(LOCKED)
	$(MVN) -q -pl launcher -am package -Dmaven.test.skip=true
	@$(LOCKED) launcher/target/lib
	rm -rf $(JARS)
	mkdir -p $(JARS)
	cp -p launcher/target/launcher-*.jar launcher/target/lib/*.jar $(JARS)
	cp -p launcher/target/mayfly.cdx.json $(LIBRARY)
	@build-tools/c-library $(LIBRARY)/mayfly.cdx.json
	@touch $@

$(LIBRARY)/mayfly-java: $(LAUNCHER_SCRIPTS)/mayfly-java
	mkdir -p $(@D)
	install -m 755 $< $@

archive: $(BUILD)/archive.stamp

$(BUILD)/archive.stamp: $(BUILD)/java.stamp $(LIBRARY)/mayfly-java $(LAUNCHER_SCRIPTS)/make-archive
	$(LAUNCHER_SCRIPTS)/make-archive $(LIBRARY)
	@touch $@

# The manual page and the shells' completions, from the options themselves.
documents: $(BUILD)/documents.stamp

DOCUMENTS := launcher/src/main/documents
$(BUILD)/documents.stamp: $(BUILD)/java.stamp $(DOCUMENTS) $(wildcard $(DOCUMENTS)/*)
	rm -rf $(SHARE)
	$${JAVA_HOME:+"$$JAVA_HOME/bin/"}java -cp "$$(echo $(JARS)/launcher-*.jar)" mayfly.launcher.documents.Documents \
		$(DOCUMENTS) $(SHARE)
	ln -s mayfly.1 $(SHARE)/man/man1/isolate.1
	ln -s mayfly $(SHARE)/bash-completion/completions/isolate
	ln -s mayfly.fish $(SHARE)/fish/vendor_completions.d/isolate.fish
	@touch $@

demo: all
	@examples/demo.sh

# The virtual machine takes minutes to prepare the first time: beside the other tests. If that fails, test-vm says why.
test: prerequisites-test
	@mkdir -p $(BUILD)
	@integration/vm/prepare >$(BUILD)/vm-prepare.log 2>&1 & preparing=$$!; \
	trap "kill $$preparing 2>/dev/null || :" EXIT; \
	$(MAKE) test-host && { wait $$preparing; trap - EXIT; $(MAKE) test-vm; }

test-host: prerequisites-test check all
	$(MAKE) -C native BUILD=$(BUILD) test
	$(MVN) verify
	@$(LOCKED)

# Numbers that take minutes; integration/vm/README.md has those that take hours.
test-vm: prerequisites-test all
	@why=$$(integration/vm/possible) || { echo "make: the tests in the virtual machine are LEFT OUT: $$why" >&2; exit 0; }; \
	$(MVN) -q -pl integration -am process-test-classes -DskipTests && \
	integration/vm/test -Dmayfly.crashes=8 -Dmayfly.soak=40 && integration/vm/test-systemd

test-vm-security: prerequisites-test all
	@integration/vm/possible
	$(MVN) -q -pl integration -am process-test-classes -DskipTests
	integration/vm/test --security

check: prerequisites-test
	@$(LOCKED)
	$(MVN) -q spotless:check
	$(MVN) -q -pl launcher -am compile spotbugs:check
	$(MAKE) -C native BUILD=$(BUILD) check
	shellcheck -x $(SHELL_SCRIPTS)

format: prerequisites-test
	$(MVN) -q spotless:apply
	$(MAKE) -C native BUILD=$(BUILD) format

# Looks for inputs that break a parser, for SECONDS with each.
SECONDS ?= 60
fuzz: prerequisites-test all
	$(MAKE) -C native BUILD=$(BUILD) SECONDS=$(SECONDS) fuzz
	build-tools/fuzz $(SECONDS)

bench: all benchmarks
	benchmarks/run

bench-check: all benchmarks
	benchmarks/check

# What makes tables and pictures of samples, and what runs in a JVM.
benchmarks: all
	$(MVN) -q -pl benchmarks -am package -Dmaven.test.skip=true

# $(call place,FILE,DIRECTORY,NAME,MODE): a file that says where things are, in a directory if that is not empty.
define place
$(if $(2),install -d $(DESTDIR)$(2)
	sed 's|@PREFIX@|$(PREFIX)|g' $(1) >$(DESTDIR)$(2)/$(3)
	chmod $(4) $(DESTDIR)$(2)/$(3))

endef

# The class archive knows the jars by their paths and times: it is made again where they are now.
# With DESTDIR that is not yet their place, and lib/mayfly/make-archive is to be run there (a package's postinst).
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/mayfly/java
	install -m 755 $(BUILD)/bin/mayfly $(DESTDIR)$(PREFIX)/bin
	ln -sf mayfly $(DESTDIR)$(PREFIX)/bin/mayfly-login
	install -m 755 $(addprefix $(LIBRARY)/,mayfly-enter mayfly-init mayfly-listen mayfly-zfs mayfly-java) $(LAUNCHER_SCRIPTS)/make-archive $(SYSTEMS_OWN) \
		$(DESTDIR)$(PREFIX)/lib/mayfly
	rm -f $(DESTDIR)$(PREFIX)/lib/mayfly/java/*.jar
	install -m 644 $(JARS)/*.jar $(DESTDIR)$(PREFIX)/lib/mayfly/java
	install -m 644 $(LIBRARY)/mayfly.cdx.json $(DESTDIR)$(PREFIX)/lib/mayfly
	cd $(SHARE) && find . -type d -exec install -d $(DESTDIR)$(PREFIX)/share/{} \; && \
		find . -type f -exec install -m 644 {} $(DESTDIR)$(PREFIX)/share/{} \;
	$(foreach unit,mayfly.socket mayfly.service,$(call place,systemd/system/$(unit),$(systemdsystemunitdir),$(unit),644))
	$(foreach unit,mayfly.socket mayfly.service,$(call place,systemd/user/$(unit),$(systemduserunitdir),$(unit),644))
	$(call place,systemd/sysusers.conf,$(sysusersdir),mayfly.conf,644)
	$(call place,rc.d/mayfly,$(rcdir),mayfly,755)
	$(if $(filter 1,$(ISOLATE)),$(MAKE) install-isolate)
	$(if $(DESTDIR),,$(PREFIX)/lib/mayfly/make-archive $(PREFIX)/lib/mayfly)

# Only on demand: the name may be taken, by the shell tool or by another program of that name.
install-isolate:
	@link=$(DESTDIR)$(PREFIX)/bin/isolate; [ "$$(readlink "$$link")" = mayfly ] || \
		{ [ ! -e "$$link" ] && [ ! -L "$$link" ]; } || { \
		echo "make: cannot make the link $$link: something else is there; move it away first" >&2; exit 1; }
	ln -sf mayfly $(DESTDIR)$(PREFIX)/bin/isolate
	cd $(SHARE) && find . -type l -exec cp -Pf {} $(DESTDIR)$(PREFIX)/share/{} \;

clean:
	rm -rf $(BUILD) target */target
