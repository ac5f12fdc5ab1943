/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text and JSON output helpers; print.h tells them.
 */
#include <netdb.h>
#include <string.h>

#include "print.h"

#define FORM (JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII)

void print_json(const struct cmap *c, const json_t *value)
{
	const json_t *entry;
	size_t i;

	if (c->pretty || !json_is_array(value)) {
		json_dumpf(value, stdout, FORM | JSON_ENCODE_ANY | (c->pretty ? JSON_INDENT(4) : 0));
		putchar('\n');
		return;
	}
	putchar('[');
	json_array_foreach(value, i, entry) {
		fputs(i ? ",\n" : "", stdout);
		json_dumpf(entry, stdout, FORM | JSON_ENCODE_ANY);
	}
	puts("]");
}

void print_list(const struct cmap *c, json_t *list, void (*text)(const struct cmap *c, const json_t *entry))
{
	const json_t *entry;
	size_t i;

	if (c->json)
		print_json(c, list);
	else
		json_array_foreach(list, i, entry)
			text(c, entry);
	json_decref(list);
}

uint64_t print_u64(const json_t *o, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

const char *print_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

bool print_bool(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

const char *print_protocol(unsigned int protocol, char *buf)
{
	const struct protoent *p = protocol ? getprotobynumber((int)protocol) : NULL;

	if (!protocol)
		snprintf(buf, 16, "ip");
	else if (p)
		snprintf(buf, 16, "%s", p->p_name);
	else
		snprintf(buf, 16, "%u", protocol);
	return buf;
}

void print_proxy_to(FILE *f, const json_t *proxy, bool with_protocol)
{
	unsigned int protocol = (unsigned int)print_u64(proxy, "protocol");
	unsigned int lo = (unsigned int)print_u64(proxy, "port_lo"), hi = (unsigned int)print_u64(proxy, "port_hi");
	char buf[16];

	if (with_protocol && protocol)
		fprintf(f, " proto %s", print_protocol(protocol, buf));
	fprintf(f, " %s/%u", print_text(proxy, "addr"), (unsigned int)print_u64(proxy, "prefix"));
	if (hi && lo == hi)
		fprintf(f, " port %u", lo);
	else if (hi)
		fprintf(f, " port %u-%u", lo, hi);
}

void print_proxy(const json_t *proxy, bool with_protocol)
{
	print_proxy_to(stdout, proxy, with_protocol);
}

void print_drops(const json_t *drops)
{
	const json_t *drop;
	size_t i;

	if (!json_array_size(drops))
		return;
	printf("\n    drops:");
	json_array_foreach(drops, i, drop)
		printf(" %s %llu", print_text(drop, "name"), (unsigned long long)print_u64(drop, "packets"));
}

static void put_end(FILE *f, const json_t *flow, const char *address, const char *port)
{
	const char *text = print_text(flow, address);

	if (!json_object_get(flow, port))
		fprintf(f, " %s", text);
	else
		fprintf(f, strchr(text, ':') ? " [%s]:%u" : " %s:%u", text, (unsigned int)print_u64(flow, port));
}

void print_flow(FILE *f, const json_t *flow)
{
	char buf[16];

	if (!flow)
		return;
	fprintf(f, " %s", print_protocol((unsigned int)print_u64(flow, "protocol"), buf));
	put_end(f, flow, "src", "sport");
	fputs(" >", f);
	put_end(f, flow, "dst", "dport");
}
