/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap map: crypto maps and their entries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "nl.h"
#include "print.h"

struct rule {
	uint8_t action;
	struct args_proxy local, remote;
};

struct entry {
	const char *map;
	uint32_t seq;
	struct addr peers[CMAP_PEERS_MAX];
	unsigned int peer_count;
	struct addr local;
	uint32_t hold;
	bool has_hold, per_host;
	struct rule *rules;
	unsigned int rule_count;
	bool too_long;		/* of fill(): more rules than one attribute holds */
};

static void fill(struct nl_msg *msg, void *arg)
{
	struct entry *e = arg;
	struct nlattr *rules, *rule;

	nla_put_string(msg, CMAP_A_MAP_NAME, e->map);
	if (e->seq)
		nla_put_u32(msg, CMAP_A_SEQ, e->seq);
	for (unsigned int i = 0; i < e->peer_count; i++)
		nlc_put_addr(msg, CMAP_A_PEER, &e->peers[i]);
	if (e->local.length)
		nlc_put_addr(msg, CMAP_A_LOCAL_ADDR, &e->local);
	if (e->has_hold)
		nla_put_u32(msg, CMAP_A_HOLD, e->hold);
	if (e->per_host)
		nla_put_u32(msg, CMAP_A_ENTRY_FLAGS, CMAP_ENTRY_F_PER_HOST);
	rules = nla_nest_start(msg, CMAP_A_RULES);
	for (unsigned int i = 0; i < e->rule_count; i++) {
		rule = nla_nest_start(msg, CMAP_A_RULE);
		nla_put_u8(msg, CMAP_RULE_A_ACTION, e->rules[i].action);
		nlc_put_proxy(msg, CMAP_RULE_A_LOCAL, &e->rules[i].local);
		nlc_put_proxy(msg, CMAP_RULE_A_REMOTE, &e->rules[i].remote);
		nla_nest_end(msg, rule);
	}
	e->too_long = nla_nest_end(msg, rules) < 0;
}

/* [proto P] SRC [port P] DST [port P], after permit or deny */
static bool rule_words(struct args *a, struct rule *r)
{
	const char *word = args_peek(a);

	if (word && !strcmp(word, "proto")) {
		a->at++;
		if (!args_protocol(a, "proto", &r->local.protocol))
			return false;
		r->remote.protocol = r->local.protocol;
	}
	if (!args_prefix(a, "source", &r->local))
		return false;
	word = args_peek(a);
	if (word && !strcmp(word, "port")) {
		a->at++;
		if (!args_ports(a, "source port", &r->local))
			return false;
	}
	if (!args_prefix(a, "destination", &r->remote))
		return false;
	word = args_peek(a);
	if (word && !strcmp(word, "port")) {
		a->at++;
		if (!args_ports(a, "destination port", &r->remote))
			return false;
	}
	args_same_family(&r->local, &r->remote);
	return true;
}

static bool add_rule(struct args *a, struct entry *e)
{
	static const char *const actions[] = { "permit", "deny", NULL };
	int action = args_keyword(a, actions);
	struct rule *more;

	if (action < 0)
		return false;
	if (e->rule_count == CMAP_RULES_MAX) {
		args_fail(a, "an entry has at most %d rules", CMAP_RULES_MAX);
		return false;
	}
	more = realloc(e->rules, (e->rule_count + 1) * sizeof(*more));
	if (!more) {
		fputs("cmap: out of memory\n", stderr);
		return false;
	}
	e->rules = more;
	memset(&more[e->rule_count], 0, sizeof(*more));
	more[e->rule_count].action = action ? CMAP_RULE_DENY : CMAP_RULE_PERMIT;
	return rule_words(a, &more[e->rule_count++]);
}

static bool add_peer(struct args *a, struct entry *e)
{
	if (e->peer_count < CMAP_PEERS_MAX)
		return args_address(a, "peer", &e->peers[e->peer_count++]);
	args_fail(a, "an entry has at most %d peers", CMAP_PEERS_MAX);
	return false;
}

static bool entry_words(struct args *a, struct entry *e)
{
	enum { SEQ, PEER, LOCAL, HOLD, PER_HOST, ACL };
	static const char *const words[] = { "seq", "peer", "local", "hold", "per-host", "acl", NULL };
	bool seq = false, local = false;

	e->map = args_map(a);
	if (!e->map)
		return false;
	while (args_more(a)) {
		bool good = false;

		switch (args_keyword(a, words)) {
		case SEQ:
			good = args_once(a, "seq", &seq) &&
			       args_u32(a, "seq", CMAP_SEQ_MIN, CMAP_SEQ_MAX, &e->seq);
			break;
		case PEER:
			good = add_peer(a, e);
			break;
		case LOCAL:
			good = args_once(a, "local", &local) && args_address(a, "local", &e->local);
			break;
		case HOLD:
			good = args_once(a, "hold", &e->has_hold) &&
			       args_u32(a, "hold", 0, CMAP_HOLD_MAX, &e->hold);
			break;
		case PER_HOST:
			good = args_once(a, "per-host", &e->per_host);
			break;
		case ACL:
			good = add_rule(a, e);
			break;
		}
		if (!good)
			return false;
	}
	if (!seq)
		args_fail(a, "seq is missing");
	return seq;
}

static int send_entry(struct entry *e, int flags)
{
	struct nlc *n = nlc_shared();
	struct nl_msg *msg;

	if (!n)
		return CMAP_REFUSED;
	msg = nlc_request(n, CMAP_CMD_ENTRY_SET, NLM_F_ACK | flags);
	fill(msg, e);
	if (!e->too_long)
		return nlc_talk(n, msg, NULL);
	fprintf(stderr, "cmap: %u rules do not fit into one request\n", e->rule_count);
	nlmsg_free(msg);
	return CMAP_REFUSED;
}

static int entry_set(const struct command *cmd, int argc, char **argv, int flags)
{
	struct args a = { cmd, argv, argc, 0 };
	struct entry e = { 0 };
	int rc = entry_words(&a, &e) ? send_entry(&e, flags) : CMAP_USAGE;

	free(e.rules);
	return rc;
}

static int add(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	(void)c;
	return entry_set(cmd, argc, argv, 0);
}

static int replace(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	(void)c;
	return entry_set(cmd, argc, argv, NLM_F_CREATE | NLM_F_REPLACE);
}

static void fill_name(struct nl_msg *msg, const void *arg)
{
	const struct entry *e = arg;

	if (e->map)
		nla_put_string(msg, CMAP_A_MAP_NAME, e->map);
	if (e->seq)
		nla_put_u32(msg, CMAP_A_SEQ, e->seq);
}

static int del(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	static const char *const words[] = { "seq", NULL };
	struct args a = { cmd, argv, argc, 0 };
	struct entry e = { .map = args_map(&a) };

	(void)c;
	if (!e.map)
		return CMAP_USAGE;
	if (args_more(&a) && (args_keyword(&a, words) < 0 ||
			      !args_u32(&a, "seq", CMAP_SEQ_MIN, CMAP_SEQ_MAX, &e.seq)))
		return CMAP_USAGE;
	if (!args_end(&a))
		return CMAP_USAGE;
	return nlc_ask(e.seq ? CMAP_CMD_ENTRY_DEL : CMAP_CMD_MAP_DEL, NLM_F_ACK, fill_name, &e, NULL);
}

static void rule_text(const struct cmap *c, const json_t *rule)
{
	const json_t *stats = json_object_get(rule, "stats");

	printf("    %s", print_text(rule, "action"));
	print_proxy(json_object_get(rule, "local"), true);
	print_proxy(json_object_get(rule, "remote"), false);
	putchar('\n');
	if (!c->stats)
		return;
	printf("        matches %llu", (unsigned long long)print_u64(rule, "matches"));
	if (stats)
		printf(" out packets %llu bytes %llu errors %llu in packets %llu bytes %llu errors %llu held %llu",
		       (unsigned long long)print_u64(stats, "out_packets"),
		       (unsigned long long)print_u64(stats, "out_bytes"),
		       (unsigned long long)print_u64(stats, "out_errors"),
		       (unsigned long long)print_u64(stats, "in_packets"),
		       (unsigned long long)print_u64(stats, "in_bytes"),
		       (unsigned long long)print_u64(stats, "in_errors"),
		       (unsigned long long)print_u64(stats, "held"));
	putchar('\n');
}

static void text(const struct cmap *c, const json_t *entry)
{
	const json_t *value;
	size_t i;

	printf("map %s", print_text(entry, "map"));
	if (json_object_get(entry, "seq"))
		printf(" seq %llu", (unsigned long long)print_u64(entry, "seq"));
	json_array_foreach(json_object_get(entry, "peers"), i, value)
		printf(" peer %s", json_string_value(value));
	if (*print_text(entry, "local"))
		printf(" local %s", print_text(entry, "local"));
	if (json_object_get(entry, "hold"))
		printf(" hold %llu", (unsigned long long)print_u64(entry, "hold"));
	if (print_bool(entry, "per_host"))
		printf(" per-host");
	putchar('\n');
	if (json_object_get(entry, "seq") && !json_array_size(json_object_get(entry, "rules")))
		puts("    no acl: protects nothing");
	json_array_foreach(json_object_get(entry, "rules"), i, value)
		rule_text(c, value);
}

static int show(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct entry e = { 0 };
	json_t *entries;
	int rc;

	if (args_more(&a) && (!(e.map = args_map(&a)) || !args_end(&a)))
		return CMAP_USAGE;
	entries = json_array();
	rc = nlc_ask(CMAP_CMD_ENTRY_GET, NLM_F_DUMP, fill_name, &e, entries);
	if (rc) {
		json_decref(entries);
		return rc;
	}
	print_list(c, entries, text);
	return CMAP_OK;
}

#define ENTRY_USAGE " NAME seq N [peer ADDRESS]... [local ADDRESS] [hold PACKETS] [per-host]\n" \
	"       [acl { permit | deny } [proto P] SOURCE[/LEN] [port N|LO-HI] DESTINATION[/LEN] [port N|LO-HI]]..."

const struct command map_commands[] = {
	{ "show", "map show [NAME]", show },
	{ "add", "map add" ENTRY_USAGE, add },
	{ "replace", "map replace" ENTRY_USAGE, replace },
	{ "delete", "map del NAME [seq N]", del },
	{ 0 }
};
