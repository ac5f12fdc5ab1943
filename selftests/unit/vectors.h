/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Published figures as JSON, read from selftests/vectors (or $VECTORS). A
 * missing or broken file ends the test: it would prove nothing.
 */
#ifndef UNIT_VECTORS_H
#define UNIT_VECTORS_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** vectors_load() - the document in @name; json_decref() it */
__attribute__((unused))
static json_t *vectors_load(const char *name)
{
	const char *dir = getenv("VECTORS");
	char path[256];
	json_error_t err;
	json_t *doc;

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "selftests/vectors", name);
	doc = json_load_file(path, 0, &err);
	if (!doc) {
		printf("Bail out! %s:%d: %s (run in the top directory, or set VECTORS)\n", path, err.line, err.text);
		exit(1);
	}
	return doc;
}

/** vectors_hex() - decode the member @key of @o into @buf; returns its length */
__attribute__((unused))
static size_t vectors_hex(const json_t *o, const char *key, uint8_t *buf, size_t size)
{
	const char *s = json_string_value(json_object_get(o, key));
	size_t n = s ? strlen(s) / 2 : 0;
	unsigned int v;

	if (!s || n > size) {
		printf("Bail out! member %s is %s\n", key, s ? "too long" : "missing");
		exit(1);
	}
	for (size_t i = 0; i < n; i++) {
		if (sscanf(s + 2 * i, "%2x", &v) != 1)
			v = 0;
		buf[i] = (uint8_t)v;
	}
	return n;
}

#endif
