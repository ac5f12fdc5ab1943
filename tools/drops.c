/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap drops: the last packets that the module dropped, one line each, and
 * with -f those that follow. cmap stats: how many, by reason.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "drops.h"
#include "nl.h"
#include "print.h"
#include "reasons.h"

/* -f prints what comes after the dump's last one */
struct follow {
	const struct cmap *c;
	uint64_t last;
};

static void put_time(FILE *f, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char buf[16];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(buf, sizeof(buf), "%H:%M:%S", &tm);
	fprintf(f, "%s.%03u", buf, (unsigned int)(ns / 1000000 % 1000));
}

/* The packet by its SPI: "esp 0x1f2e3d4c 198.51.100.1 > 192.0.2.1" */
static void put_ipsec(FILE *f, const json_t *drop)
{
	fprintf(f, " %s 0x%08llx %s > %s", print_text(drop, "proto"),
		(unsigned long long)print_u64(drop, "spi"), print_text(drop, "src"), print_text(drop, "dst"));
}

static void put_interface(FILE *f, const json_t *drop)
{
	unsigned int ifindex = (unsigned int)print_u64(drop, "ifindex");
	char name[IF_NAMESIZE];

	if (!ifindex)
		fputs(" -", f);
	else if (if_indextoname(ifindex, name))
		fprintf(f, " %s", name);
	else
		fprintf(f, " if%u", ifindex);
}

void drops_line(FILE *f, const json_t *drop, bool meaning)
{
	const char *reason = print_text(json_object_get(drop, "drop"), "name");
	const struct reason *r = reasons_find(reason);

	put_time(f, print_u64(drop, "time_ns"));
	fprintf(f, " %s", print_text(drop, "dir"));
	put_interface(f, drop);
	fprintf(f, " %s", reason);
	print_flow(f, json_object_get(drop, "flow"));
	if (json_object_get(drop, "spi"))
		put_ipsec(f, drop);
	if (json_object_get(drop, "seq_number"))
		fprintf(f, " number %llu", (unsigned long long)print_u64(drop, "seq_number"));
	if (json_object_get(drop, "len"))
		fprintf(f, " len %llu", (unsigned long long)print_u64(drop, "len"));
	if (*print_text(drop, "map"))
		fprintf(f, " map %s", print_text(drop, "map"));
	if (json_object_get(drop, "seq"))
		fprintf(f, " %llu", (unsigned long long)print_u64(drop, "seq"));
	fputc('\n', f);
	if (meaning && r)
		fprintf(f, "    %s\n    look at: %s\n", r->meaning, r->look);
}

/* Drops that the module does not tell any more, or did not tell one by one. */
static void left_out(FILE *f, const json_t *drop, const char *why)
{
	if (json_object_get(drop, "dropped"))
		fprintf(f, "... %llu %s\n", (unsigned long long)print_u64(drop, "dropped"), why);
}

static void text(const struct cmap *c, const json_t *drop)
{
	left_out(stdout, drop, "before");
	drops_line(stdout, drop, c->details);
}

static bool on_event(void *arg, json_t *event)
{
	const struct follow *f = arg;

	if (print_u64(event, "time_ns") <= f->last)
		return true;
	json_object_del(event, "event");
	if (f->c->json) {
		json_dumpf(event, stdout, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
		putchar('\n');
	} else {
		left_out(stdout, event, "between");
		drops_line(stdout, event, f->c->details);
	}
	fflush(stdout);
	return !ferror(stdout);
}

/* What was dropped so far. With @follow JSON is one object per line, as the events are. */
static int print_ring(const struct cmap *c, struct follow *follow)
{
	json_t *drops = json_array();
	const json_t *drop;
	size_t i;
	int rc = nlc_ask(CMAP_CMD_DROPS_GET, NLM_F_DUMP, NULL, NULL, drops);

	if (!rc && !follow) {
		print_list(c, drops, text);
		return CMAP_OK;
	}
	json_array_foreach(drops, i, drop) {
		follow->last = print_u64(drop, "time_ns");
		if (c->json)
			json_dumpf(drop, stdout, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
		if (c->json)
			putchar('\n');
		else
			text(c, drop);
	}
	fflush(stdout);
	json_decref(drops);
	return rc;
}

static int drops(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct cmap copy = *c;
	struct follow f = { &copy, 0 };
	bool follow = false;
	struct nlc n;
	int rc;

	for (; args_peek(&a); a.at++) {
		if (!strcmp(args_peek(&a), "-f"))
			follow = true;
		else if (!strcmp(args_peek(&a), "-v"))
			copy.details = true;
		else
			break;
	}
	if (!args_end(&a))
		return CMAP_USAGE;
	if (!follow)
		return print_ring(&copy, NULL);
	/* The group first: what is dropped between the dump and the events is told by both. */
	rc = nlc_open(&n);
	if (!rc)
		rc = nlc_join(&n, CMAP_MCGRP_DROPS);
	if (!rc)
		rc = print_ring(&copy, &f);
	if (!rc)
		rc = nlc_listen(&n, on_event, &f);
	nlc_close(&n);
	return rc;
}

static void stats_text(const struct cmap *c, const json_t *stats)
{
	const json_t *drops_of = json_object_get(stats, "drops"), *drop;
	const struct reason *r;
	size_t i;

	printf("sas %llu", (unsigned long long)print_u64(stats, "sa_count"));
	if (print_u64(stats, "keepalives"))
		printf(" keepalives %llu", (unsigned long long)print_u64(stats, "keepalives"));
	if (print_u64(stats, "path_mtus"))
		printf(" path-mtus %llu", (unsigned long long)print_u64(stats, "path_mtus"));
	if (!c->details)
		print_drops(drops_of);
	putchar('\n');
	if (!c->details)
		return;
	json_array_foreach(drops_of, i, drop) {
		printf("%10llu %s", (unsigned long long)print_u64(drop, "packets"), print_text(drop, "name"));
		r = reasons_find(print_text(drop, "name"));
		if (r)
			printf("\n           %s\n           look at: %s", r->meaning, r->look);
		putchar('\n');
	}
}

static int stats(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct cmap copy = *c;
	json_t *replies;
	int rc;

	if (args_peek(&a) && !strcmp(args_peek(&a), "-v")) {
		copy.details = true;
		a.at++;
	}
	if (!args_end(&a))
		return CMAP_USAGE;
	replies = json_array();
	rc = nlc_ask(CMAP_CMD_STATS_GET, NLM_F_ACK, NULL, NULL, replies);
	if (rc) {
		json_decref(replies);
		return rc;
	}
	print_list(&copy, replies, stats_text);
	return CMAP_OK;
}

const struct command drops_commands[] = {
	{ "", "drops [-f] [-v]", drops },
	{ 0 }
};

const struct command stats_commands[] = {
	{ "", "stats [-v]", stats },
	{ 0 }
};
