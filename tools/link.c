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
};

static void fill(struct nl_msg *msg, const void *arg)
{
	const struct binding *b = arg;

	nla_put_u32(msg, CMAP_A_IFINDEX, b->ifindex);
	if (b->map)
		nla_put_string(msg, CMAP_A_MAP_NAME, b->map);
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
	if (word < 0 || (word == 0 && !(b.map = args_map(&a))) || !args_end(&a))
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

static void text(const struct cmap *c, const json_t *link)
{
	printf("%s: map %s", print_text(link, "ifname"), print_text(link, "map"));
	if (json_object_get(link, "carrier"))
		printf(", tunnel, carrier %s", print_text(link, "carrier"));
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
	{ "set", "link set dev IF { map NAME | nomap }", set },
	{ "delete", "link del dev IF", del },
	{ 0 }
};
