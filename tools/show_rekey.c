/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * show crypto rekey, which routers don't have: of each flow with SAs how long
 * they last, when they are made anew, how often they were, and what it cost.
 */
#include <string.h>

#include "print.h"
#include "show.h"

typedef unsigned long long ull;

/* The smallest of @key in the active SAs; false: none has it. */
static bool least(const json_t *sas, const char *key, ull *out)
{
	const json_t *sa;
	bool any = false;
	size_t i;

	json_array_foreach(sas, i, sa) {
		if (strcmp(print_text(sa, "state"), "active") || !json_object_get(sa, key))
			continue;
		if (!any || print_u64(sa, key) < *out)
			*out = print_u64(sa, key);
		any = true;
	}
	return any;
}

static void pair_of(FILE *f, const json_t *sas, const char *words, const char *seconds, const char *kilobytes)
{
	ull s, k;
	bool has_s = least(sas, seconds, &s), has_k = least(sas, kilobytes, &k);

	if (has_s)
		fprintf(f, "    %s %llu s", words, s);
	if (has_s && has_k)
		fprintf(f, ", %llu KB", k);
	if (has_s)
		fputc('\n', f);
}

static void side(FILE *f, const json_t *proxy)
{
	ull protocol = print_u64(proxy, "protocol"), port = print_u64(proxy, "port");

	fprintf(f, "%s/%llu", print_text(proxy, "addr"), (ull)print_u64(proxy, "prefix"));
	if (protocol)
		fprintf(f, " protocol %llu", protocol);
	if (port)
		fprintf(f, " port %llu", port);
}

static void flow(FILE *f, const json_t *interface, const json_t *id)
{
	const json_t *sas = json_object_get(id, "sas");
	ull rekeys = print_u64(id, "rekeys");

	if (!json_array_size(sas))
		return;
	fprintf(f, "%s map %s seq %llu peer %s: ", print_text(interface, "interface"), print_text(interface, "map"),
		(ull)print_u64(id, "seq"), print_text(id, "current_peer"));
	side(f, json_object_get(id, "local_proxy"));
	fputs(" to ", f);
	side(f, json_object_get(id, "remote_proxy"));
	fputc('\n', f);
	pair_of(f, sas, "remaining lifetime:", "left_seconds", "left_kilobytes");
	pair_of(f, sas, "next rekey in:", "rekey_seconds", "rekey_kilobytes");
	fprintf(f, "    rekeyed: %llu times", rekeys);
	if (rekeys)
		fprintf(f, ", packets lost in the last one: %llu", (ull)print_u64(id, "rekey_lost"));
	fputc('\n', f);
}

void show_rekey(FILE *f, const json_t *interfaces)
{
	const json_t *interface, *id;
	size_t i, j;

	json_array_foreach(interfaces, i, interface)
		json_array_foreach(json_object_get(interface, "idents"), j, id)
			flow(f, interface, id);
}
