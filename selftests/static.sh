#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks that need no guest, as TAP: the module's builds, sparse, checkpatch, and the tree's own rules.
set -u
cd "$(dirname "$0")/.." || exit 1
n=0 failed=0
check() { # TEXT COMMAND...
	local text=$1 out; shift
	n=$((n + 1))
	if out=$("$@" 2>&1); then echo "ok $n - $text"; return; fi
	echo "not ok $n - $text"; echo "$out" | tail -n 40 | sed 's/^/#   /'; failed=1
}
nothing() { local out; out=$("$@"); [ -z "$out" ] || { echo "$out"; return 1; }; }
part=$(selftests/vm/source scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch)
checkpatch() {
	perl "$part/scripts/checkpatch.pl" --no-tree --terse --no-summary --show-types --max-line-length=100 \
		--ignore FILE_PATH_CHANGES,MAINTAINERS_STYLE,LINUX_VERSION_CODE -f "$@"
}
sparse() { # KERNEL: every file through sparse, whether it was built before or not
	find "build/kmod/$1" -name '*.o' -delete 2>/dev/null
	selftests/vm/module "$1" -j"$(nproc)" C=2 CF="-D__CHECK_ENDIAN__"
}
check "the module builds on 6.1 with W=1 and without a warning" selftests/vm/module 6.1 -j"$(nproc)"
check "the module builds on 6.12 with W=1 and without a warning" selftests/vm/module 6.12 -j"$(nproc)"
check "sparse finds nothing on 6.1" sparse 6.1
check "sparse finds nothing on 6.12" sparse 6.12
mapfile -t files < <(git ls-files "kmod/*.[ch]" "include/*.h" ":!kmod/compat" 2>/dev/null || find kmod include -name '*.[ch]')
check "checkpatch finds nothing in the module and its header" checkpatch "${files[@]}"
check "kernel versions are told apart under kmod/compat only" nothing grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION\(' --include='*.[ch]' --exclude-dir=compat kmod include
check "every source file names its licence" nothing grep -rLE 'SPDX-License-Identifier: GPL-2.0-only' kmod ikemgr tools selftests include --include='*.[ch]' --include='*.sh'
check "manual pages render without a warning" nothing bash -c 'for f in ikemgr/ikemgr.8 ikemgr/ikemgr.conf.5 tools/cmap.8; do man --warnings -E UTF-8 -l -Tutf8 -Z "$f" 2>&1 >/dev/null; done'
check "the fuzz targets' inputs: no finding" bash -c 'make -s -j"$(nproc)" fuzzers && selftests/fuzz/run --corpus'
echo "1..$n"
exit $failed
