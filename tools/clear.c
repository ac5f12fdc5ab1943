/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap clear: the router's clear commands. Nothing is printed on success.
 */
#include "cmap.h"
#include "ctl.h"
#include "ios.h"
#include "print.h"

const char clear_usage[] =
	"clear crypto sa [peer ADDRESS | map NAME | counters]\n"
	"       cmap clear crypto isakmp [CONN-ID]\n"
	"       cmap clear crypto session [local ADDRESS] [remote ADDRESS]";

enum { SA = 1, ISAKMP, SESSION };

static const struct ios_word sa[] = {
	{ "peer", IOS_ADDRESS, NULL, SA, "peer" },
	{ "map", IOS_NAME, NULL, SA, "map" },
	{ "counters", IOS_KEYWORD, NULL, SA, "counters" },
	{ 0 }
};
static const struct ios_word isakmp[] = {
	{ "", IOS_NUMBER, NULL, ISAKMP, "conn_id" },
	{ 0 }
};
static const struct ios_word remote[] = {
	{ "remote", IOS_ADDRESS, NULL, SESSION, "remote" },
	{ 0 }
};
static const struct ios_word local[] = {
	{ "local", IOS_ADDRESS, NULL, SESSION, "local" },
	{ 0 }
};
static const struct ios_word session[] = {
	{ "local", IOS_ADDRESS, remote, SESSION, "local" },
	{ "remote", IOS_ADDRESS, local, SESSION, "remote" },
	{ 0 }
};
static const struct ios_word crypto[] = {
	{ "sa", IOS_KEYWORD, sa, SA, NULL },
	{ "isakmp", IOS_KEYWORD, isakmp, ISAKMP, NULL },
	{ "session", IOS_KEYWORD, session, SESSION, NULL },
	{ 0 }
};
static const struct ios_word tree[] = {
	{ "crypto", IOS_KEYWORD, crypto, 0, NULL },
	{ 0 }
};

int clear_run(const struct cmap *c, int argc, char **argv)
{
	static const char *const requests[] = {
		[SA] = "clear sa", [ISAKMP] = "clear isakmp", [SESSION] = "clear session"
	};
	json_t *args = json_object(), *data = NULL;
	int command = ios_parse("clear", tree, clear_usage, argc, argv, args), rc = CMAP_USAGE;

	if (command) {
		json_object_set_new(args, "cmd", json_string(requests[command]));
		rc = ctl_ask(json_incref(args), &data);
	}
	if (!rc && c->json)
		print_json(c, data);
	json_decref(args);
	json_decref(data);
	return rc;
}
