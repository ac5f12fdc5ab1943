/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap link: which map is bound to which interface.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "nl.h"
#include "print.h"

struct binding {
	uint32_t ifindex;
	const char *map;	/* NULL: none */
	uint32_t mss, mss6;	/* 0: not said */
};

static void fill(struct nl_msg *msg, const void *arg)
{
	const struct binding *b = arg;

	nla_put_u32(msg, CMAP_A_IFINDEX, b->ifindex);
	if (b->map)
		nla_put_string(msg, CMAP_A_MAP_NAME, b->map);
	if (b->mss)
		nla_put_u16(msg, CMAP_A_TCP_MSS, (uint16_t)b->mss);
	if (b->mss6)
		nla_put_u16(msg, CMAP_A_TCP_MSS6, (uint16_t)b->mss6);
}

/* "dev IF", with or without the word dev; 0 and an exit status on failure. */
static int device(struct args *a, uint32_t *ifindex)
{
	const char *name = args_word(a, "dev");

	if (name && !strcmp(name, "dev"))
		name = args_word(a, "dev");
	if (!name)
		return CMAP_USAGE;
	*ifindex = if_nametoindex(name);
	if (*ifindex)
		return CMAP_OK;
	fprintf(stderr, "cmap: interface %s: %s\n", name, strerror(errno));
	return CMAP_REFUSED;
}

/* "mss N" or "mss auto", "mss6" likewise */
static bool segments(struct args *a, struct binding *b)
{
	static const char *const words[] = { "mss", "mss6", NULL };
	bool seen[2] = { false };
	uint32_t *value;
	int word;

	while (args_more(a)) {
		word = args_keyword(a, words);
		if (word < 0 || !args_once(a, words[word], &seen[word]))
			return false;
		value = word ? &b->mss6 : &b->mss;
		if (args_more(a) && !strcmp(args_peek(a), "auto")) {
			args_word(a, words[word]);
			*value = CMAP_TCP_MSS_PATH;
		} else if (!args_u32(a, words[word], CMAP_TCP_MSS_MIN, CMAP_TCP_MSS_PATH - 1, value)) {
			return false;
		}
	}
	return true;
}

static int set(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	static const char *const words[] = { "map", "nomap", NULL };
	struct args a = { cmd, argv, argc, 0 };
	struct binding b = { 0 };
	int word, rc = device(&a, &b.ifindex);

	(void)c;
	if (rc)
		return rc;
	word = args_keyword(&a, words);
	if (word < 0 || (word == 0 && (!(b.map = args_map(&a)) || !segments(&a, &b))) || !args_end(&a))
		return CMAP_USAGE;
	return nlc_ask(b.map ? CMAP_CMD_LINK_SET : CMAP_CMD_LINK_DEL, NLM_F_ACK, fill, &b, NULL);
}

static int del(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct binding b = { 0 };
	int rc = device(&a, &b.ifindex);

	(void)c;
	if (rc)
		return rc;
	if (!args_end(&a))
		return CMAP_USAGE;
	return nlc_ask(CMAP_CMD_LINK_DEL, NLM_F_ACK, fill, &b, NULL);
}

static void print_segments(const json_t *link, const char *word, const char *key)
{
	uint64_t mss = print_u64(link, key);

	if (mss == CMAP_TCP_MSS_PATH)
		printf(", %s auto", word);
	else if (mss)
		printf(", %s %u", word, (unsigned int)mss);
}

static void text(const struct cmap *c, const json_t *link)
{
	printf("%s: map %s", print_text(link, "ifname"), print_text(link, "map"));
	if (json_object_get(link, "carrier"))
		printf(", tunnel, carrier %s", print_text(link, "carrier"));
	print_segments(link, "mss", "tcp_mss");
	print_segments(link, "mss6", "tcp_mss6");
	if (c->stats)
		print_drops(json_object_get(link, "drops"));
	putchar('\n');
}

static int show(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	json_t *links = json_array();
	struct binding b = { 0 };
	int rc = argc ? device(&a, &b.ifindex) : CMAP_OK;

	if (!rc && !args_end(&a))
		rc = CMAP_USAGE;
	if (!rc)
		rc = nlc_ask(CMAP_CMD_LINK_GET, NLM_F_DUMP, NULL, NULL, links);
	if (rc) {
		json_decref(links);
		return rc;
	}
	for (size_t i = json_array_size(links); b.ifindex && i--;)
		if (print_u64(json_array_get(links, i), "ifindex") != b.ifindex)
			json_array_remove(links, i);
	print_list(c, links, text);
	return CMAP_OK;
}

const struct command link_commands[] = {
	{ "show", "link show [dev IF]", show },
	{ "set", "link set dev IF { map NAME [ mss N|auto ] [ mss6 N|auto ] | nomap }", set },
	{ "delete", "link del dev IF", del },
	{ 0 }
};
