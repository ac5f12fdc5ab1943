/* SPDX-License-Identifier: GPL-2.0-only */
/* A unit test's output as TAP: ok() per check, done_testing() at the end of main. */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdarg.h>
#include <stdio.h>

static int tap_count, tap_failed;

/** ok() - print one result; @pass decides, the rest is a printf text saying what is proved. Returns @pass. */
__attribute__((format(printf, 2, 3), unused))
static int ok(int pass, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", pass ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	tap_failed += !pass;
	return pass;
}

/** done_testing() - print the plan; returns main's exit status. */
__attribute__((unused))
static int done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
