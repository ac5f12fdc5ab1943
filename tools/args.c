/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of the command line into keywords and values; args.h tells the rules.
 */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"

int words_match(const char *word, const char *const *words)
{
	size_t len = strlen(word);
	int found = WORDS_NONE;

	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], word))
			return i;
		if (!len || strncmp(words[i], word, len))
			continue;
		found = found == WORDS_NONE ? i : WORDS_AMBIGUOUS;
	}
	return found;
}

bool args_more(const struct args *a)
{
	return a->at < a->argc;
}

const char *args_peek(const struct args *a)
{
	return args_more(a) ? a->argv[a->at] : NULL;
}

int args_fail(const struct args *a, const char *fmt, ...)
{
	va_list ap;

	fputs("cmap: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: cmap %s\n", a->cmd->usage);
	return CMAP_USAGE;
}

/* The words that could stand here, "a, b or c", into @buf. */
static const char *choices(const char *word, const char *const *words, char *buf, size_t size)
{
	size_t len = word ? strlen(word) : 0, at = 0;

	buf[0] = '\0';
	for (int i = 0; words[i] && at + strlen(words[i]) + 4 < size; i++) {
		if (word && strncmp(words[i], word, len))
			continue;
		at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? ", " : "", words[i]);
	}
	return buf;
}

int args_keyword(struct args *a, const char *const *words)
{
	char buf[512];
	const char *word = args_peek(a);
	int i;

	if (!word) {
		args_fail(a, "a word is missing: one of %s", choices(NULL, words, buf, sizeof(buf)));
		return -1;
	}
	i = words_match(word, words);
	if (i == WORDS_AMBIGUOUS)
		args_fail(a, "\"%s\" is ambiguous: %s", word, choices(word, words, buf, sizeof(buf)));
	else if (i == WORDS_NONE)
		args_fail(a, "\"%s\" is not one of %s", word, choices(NULL, words, buf, sizeof(buf)));
	else
		a->at++;
	return i < 0 ? -1 : i;
}

const char *args_word(struct args *a, const char *what)
{
	if (args_more(a))
		return a->argv[a->at++];
	args_fail(a, "%s needs a value", what);
	return NULL;
}

bool args_number(struct args *a, const char *what, uint64_t min, uint64_t max, uint64_t *value)
{
	const char *word = args_word(a, what);
	unsigned long long v;
	char *end;

	if (!word)
		return false;
	errno = 0;
	v = strtoull(word, &end, strncmp(word, "0x", 2) ? 10 : 16);
	if (!isdigit((unsigned char)word[0]) || *end || errno || v < min || v > max) {
		args_fail(a, "%s \"%s\": a number from %llu to %llu is needed", what, word,
			  (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*value = v;
	return true;
}

bool args_u32(struct args *a, const char *what, uint32_t min, uint32_t max, uint32_t *value)
{
	uint64_t v;

	if (!args_number(a, what, min, max, &v))
		return false;
	*value = (uint32_t)v;
	return true;
}

bool args_address(struct args *a, const char *what, struct addr *addr)
{
	const char *word = args_word(a, what);

	if (!word)
		return false;
	if (addr_parse(word, addr))
		return true;
	args_fail(a, "%s \"%s\": an IP address is needed, such as 192.0.2.1 or 2001:db8::1", what, word);
	return false;
}

static bool host_bits(const struct args_proxy *p)
{
	for (unsigned int bit = p->prefix; bit < p->addr.length * 8u; bit++)
		if (p->addr.bytes[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

bool args_prefix(struct args *a, const char *what, struct args_proxy *proxy)
{
	const char *word = args_word(a, what), *slash;
	char address[ADDR_TEXT], *end;
	unsigned long prefix;

	if (!word)
		return false;
	proxy->any = !strcmp(word, "any");
	if (proxy->any)
		word = "0.0.0.0/0";
	else if (!strcmp(word, "any6"))
		word = "::/0";
	slash = strchr(word, '/');
	snprintf(address, sizeof(address), "%.*s", slash ? (int)(slash - word) : (int)strlen(word), word);
	if (!addr_parse(address, &proxy->addr))
		goto wrong;
	prefix = proxy->addr.length * 8u;
	if (slash) {
		unsigned long longest = prefix;

		errno = 0;
		prefix = strtoul(slash + 1, &end, 10);
		if (!isdigit((unsigned char)slash[1]) || *end || errno || prefix > longest)
			goto wrong;
	}
	proxy->prefix = (uint8_t)prefix;
	if (!host_bits(proxy))
		return true;
	args_fail(a, "%s \"%s\": bits to the right of the prefix length are set", what, word);
	return false;
wrong:
	args_fail(a, "%s \"%s\": ADDRESS, ADDRESS/LENGTH, any or any6 is needed, such as 10.1.0.0/24", what, word);
	return false;
}

void args_same_family(struct args_proxy *local, struct args_proxy *remote)
{
	if (local->any && remote->addr.length == 16)
		local->addr.length = 16;
	else if (remote->any && local->addr.length == 16)
		remote->addr.length = 16;
}

bool args_protocol(struct args *a, const char *what, uint8_t *protocol)
{
	const char *word = args_word(a, what);
	const struct protoent *p;
	unsigned long v;
	char *end;

	if (!word)
		return false;
	if (!strcmp(word, "ip") || !strcmp(word, "any")) {
		*protocol = 0;
		return true;
	}
	p = getprotobyname(word);
	if (p) {
		*protocol = (uint8_t)p->p_proto;
		return true;
	}
	v = strtoul(word, &end, 10);
	if (isdigit((unsigned char)word[0]) && !*end && v <= 255) {
		*protocol = (uint8_t)v;
		return true;
	}
	args_fail(a, "%s \"%s\": a protocol is needed: ip, tcp, udp, icmp, another name or 0 to 255", what, word);
	return false;
}

bool args_ports(struct args *a, const char *what, struct args_proxy *proxy)
{
	const char *word = args_word(a, what);
	unsigned long lo, hi;
	char *end;

	if (!word)
		return false;
	lo = hi = strtoul(word, &end, 10);
	if (!isdigit((unsigned char)word[0]))
		goto wrong;
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			goto wrong;
		hi = strtoul(end + 1, &end, 10);
	}
	if (*end || lo > hi || !hi || hi > 65535)
		goto wrong;
	proxy->port_lo = (uint16_t)lo;
	proxy->port_hi = (uint16_t)hi;
	return true;
wrong:
	args_fail(a, "%s \"%s\": a port or LOW-HIGH is needed, 1 to 65535", what, word);
	return false;
}

const char *args_map(struct args *a)
{
	const char *word = args_word(a, "map");

	if (word && (!*word || strlen(word) > CMAP_NAME_MAX)) {
		args_fail(a, "map \"%s\": a name of 1 to %d bytes is needed", word, CMAP_NAME_MAX);
		return NULL;
	}
	return word;
}

bool args_end(struct args *a)
{
	if (!args_more(a))
		return true;
	args_fail(a, "\"%s\" is one word too many", args_peek(a));
	return false;
}

bool args_once(struct args *a, const char *what, bool *seen)
{
	if (!*seen)
		return *seen = true;
	args_fail(a, "%s is given twice", what);
	return false;
}
