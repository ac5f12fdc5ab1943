/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of SAs: hex digits from the command line, standard input or a file.
 * key.h tells the rest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"

static bool hex(const char *word)
{
	size_t length = strspn(word, "0123456789abcdefABCDEF");

	return length && !word[length];
}

/* Hex digits into @key; what is wrong is said without showing them. */
static bool key_parse(const struct args *a, const char *what, const char *word, struct key *key)
{
	size_t length;

	if (!strncmp(word, "0x", 2))
		word += 2;
	length = strlen(word);
	if (!hex(word) || length % 2 || length / 2 > CMAP_KEY_MAX) {
		args_fail(a, "%s key: 1 to %d bytes in hex digits are needed", what, CMAP_KEY_MAX);
		return false;
	}
	for (size_t i = 0; i < length / 2; i++) {
		char pair[3] = { word[2 * i], word[2 * i + 1], '\0' };

		key->bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
		explicit_bzero(pair, sizeof(pair));
	}
	key->length = length / 2;
	return true;
}

/* One line without its newline; false at the end. */
static bool line(FILE *f, char *buf, size_t size)
{
	if (!fgets(buf, (int)size, f))
		return false;
	buf[strcspn(buf, "\r\n")] = '\0';
	return true;
}

bool key_algorithm(struct args *a, const char *what, const char *const *names, int *alg, struct key *key)
{
	char buf[2 * CMAP_KEY_MAX + 8];
	const char *word;
	bool good;

	*alg = args_keyword(a, names);
	if (*alg < 0)
		return false;
	word = args_peek(a);
	if (word && (hex(word) || !strncmp(word, "0x", 2))) {
		a->at++;
		good = key_parse(a, what, word, key);
		/* out of ps(1)'s sight as soon as it is read */
		explicit_bzero(a->argv[a->at - 1], strlen(word));
		return good;
	}
	if (!word || strcmp(word, "-"))
		return true;
	a->at++;
	if (!line(stdin, buf, sizeof(buf))) {
		args_fail(a, "%s key: standard input ended", what);
		return false;
	}
	good = key_parse(a, what, buf, key);
	explicit_bzero(buf, sizeof(buf));
	return good;
}

bool key_file(struct args *a, struct key *enc, struct key *auth)
{
	const char *path = args_word(a, "key-file");
	char buf[2 * CMAP_KEY_MAX + 16];
	bool good = true;
	FILE *f;

	if (!path)
		return false;
	f = fopen(path, "re");
	if (!f) {
		args_fail(a, "key-file %s: %s", path, strerror(errno));
		return false;
	}
	setvbuf(f, NULL, _IONBF, 0);
	while (good && line(f, buf, sizeof(buf))) {
		char *value = buf + strcspn(buf, " \t");

		value += strspn(value, " \t");
		if (!strncmp(buf, "enc ", 4)) {
			good = key_parse(a, "enc", value, enc);
		} else if (!strncmp(buf, "auth ", 5)) {
			good = key_parse(a, "auth", value, auth);
		} else if (buf[0] && buf[0] != '#') {
			args_fail(a, "key-file %s: lines are \"enc HEX\" and \"auth HEX\"", path);
			good = false;
		}
	}
	explicit_bzero(buf, sizeof(buf));
	fclose(f);
	return good;
}
