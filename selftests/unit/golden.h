/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts under selftests/unit/data: read them, and compare an output with one of them line by line. */
#ifndef UNIT_GOLDEN_H
#define UNIT_GOLDEN_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/** golden_open() - a file of selftests/unit/data, wherever the test is started from. Ends the test if it is not there. */
__attribute__((unused))
static FILE *golden_open(const char *name)
{
	const char *slash = strrchr(__FILE__, '/');
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%.*s/data/%s", (int)(slash - __FILE__), __FILE__, name);
	f = fopen(path, "r");
	if (!f) {
		printf("Bail out! %s is missing (start from the top of the tree)\n", path);
		exit(1);
	}
	return f;
}

/** golden_is() - is @text the file @name? Shows the first line that differs. */
__attribute__((unused))
static void golden_is(const char *text, const char *name, const char *what)
{
	FILE *f = golden_open(name);
	char want[4096], *got = strdup(text), *line = got;
	int number = 0, same = 1;

	while (same && fgets(want, sizeof(want), f)) {
		char *end = line ? strchr(line, '\n') : NULL;

		number++;
		want[strcspn(want, "\n")] = '\0';
		if (end)
			*end = '\0';
		same = end && !strcmp(line, want);
		if (!same)
			printf("# %s line %d\n#   want \"%s\"\n#   got  \"%s\"\n", name, number, want,
			       line ? line : "(nothing)");
		else
			line = end + 1;
	}
	if (same && *line)
		printf("# %s ends after line %d, more was printed: \"%.*s\"\n", name, number,
		       (int)strcspn(line, "\n"), line);
	ok(same && !*line, "%s", what);
	free(got);
	fclose(f);
}

#endif
