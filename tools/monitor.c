/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap monitor: the module's events, one line each.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "decode.h"
#include "nl.h"
#include "print.h"

static void stamp(char *buf, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t at;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	at = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + at, size - at, ".%06ld", now.tv_nsec / 1000);
}

/* The parts of an event that are there, always in the same order. */
static void text(const json_t *e)
{
	static const char *const addresses[] = { "src", "dst", NULL };
	const json_t *value, *drop = json_object_get(e, "drop");
	char ifname[IF_NAMESIZE];
	size_t i;

	printf("%s", print_text(e, "event"));
	if (*print_text(e, "dir"))
		printf(" %s", print_text(e, "dir"));
	if (json_object_get(e, "spi"))
		printf(" %s spi 0x%08llx", print_text(e, "proto"), (unsigned long long)print_u64(e, "spi"));
	for (i = 0; addresses[i]; i++)
		if (*print_text(e, addresses[i]))
			printf(" %s %s", addresses[i], print_text(e, addresses[i]));
	if (*print_text(e, "ifname"))
		printf(" dev %s", print_text(e, "ifname"));
	else if (print_u64(e, "ifindex"))
		printf(" dev %s", if_indextoname((unsigned int)print_u64(e, "ifindex"), ifname) ? ifname : "?");
	if (*print_text(e, "map"))
		printf(" map %s", print_text(e, "map"));
	if (json_object_get(e, "seq"))
		printf(" seq %llu", (unsigned long long)print_u64(e, "seq"));
	if (json_object_get(e, "rule_index"))
		printf(" rule %llu", (unsigned long long)print_u64(e, "rule_index"));
	json_array_foreach(json_object_get(e, "peers"), i, value)
		printf(" peer %s", json_string_value(value));
	if (json_object_get(e, "local_proxy")) {
		printf(" local-proxy");
		print_proxy(json_object_get(e, "local_proxy"), true);
		printf(" remote-proxy");
		print_proxy(json_object_get(e, "remote_proxy"), false);
	}
	if (json_object_get(e, "encap_sport"))
		printf(" encap %llu %llu", (unsigned long long)print_u64(e, "encap_sport"),
		       (unsigned long long)print_u64(e, "encap_dport"));
	if (print_u64(e, "conn_id"))
		printf(" conn-id %llu", (unsigned long long)print_u64(e, "conn_id"));
	if (*print_text(e, "reason"))
		printf(" reason %s", print_text(e, "reason"));
	if (drop)
		printf(" drop %s", print_text(drop, "name"));
	if (json_object_get(e, "seq_number"))
		printf(" sequence %llu", (unsigned long long)print_u64(e, "seq_number"));
	if (json_object_get(e, "flow"))
		printf(" flow");
	print_flow(stdout, json_object_get(e, "flow"));
	putchar('\n');
}

static bool on_event(void *arg, json_t *event)
{
	const struct cmap *c = arg;
	char time[40] = "";

	if (c->timestamps)
		stamp(time, sizeof(time));
	if (c->json) {
		if (c->timestamps)
			json_object_set_new(event, "time", json_string(time));
		json_dumpf(event, stdout, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
		putchar('\n');
	} else {
		printf("%s%s", time, c->timestamps ? " " : "");
		text(event);
	}
	fflush(stdout);
	return !ferror(stdout);
}

static int monitor(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct cmap copy = *c;
	struct nlc n;
	int rc;

	if (args_peek(&a) && !strcmp(args_peek(&a), "-t")) {
		copy.timestamps = true;
		a.at++;
	}
	if (!args_end(&a))
		return CMAP_USAGE;
	rc = nlc_open(&n);
	if (rc)
		return rc;
	rc = nlc_join(&n, CMAP_MCGRP_EVENTS);
	if (!rc)
		rc = nlc_listen(&n, on_event, &copy);
	nlc_close(&n);
	return rc;
}

const struct command monitor_commands[] = {
	{ "", "monitor [-t]", monitor },
	{ 0 }
};
