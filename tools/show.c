/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap show: the router's show commands. Words to a request for the daemon,
 * its data to JSON or the router's text.
 */
#include <stdio.h>
#include <string.h>

#include "cmap.h"
#include "ctl.h"
#include "ios.h"
#include "print.h"
#include "show.h"

const char show_usage[] =
	"show crypto isakmp { sa [detail] | policy | key | profile | peers }\n"
	"       cmap show crypto ipsec { sa [map NAME | peer ADDRESS | interface IF] [detail] | transform-set [NAME] | profile [NAME] | security-association-lifetime }\n"
	"       cmap show crypto call admission statistics\n"
	"       cmap show crypto { map [tag NAME] | dynamic-map [tag NAME] | route | rekey | session [remote ADDRESS | local ADDRESS | interface IF] [detail] }";

enum { ISAKMP_SA = 1, ISAKMP_POLICY, ISAKMP_KEY, ISAKMP_PROFILE, ISAKMP_PEERS, ADMISSION, IPSEC_SA, IPSEC_TRANSFORM_SET, IPSEC_PROFILE, IPSEC_LIFETIME, MAP, DYNAMIC_MAP, ROUTE, REKEY, SESSION };

static const struct ios_word detail[] = {
	{ "detail", IOS_KEYWORD, NULL, IPSEC_SA, "detail" },
	{ 0 }
};
static const struct ios_word ipsec_sa[] = {
	{ "map", IOS_NAME, detail, IPSEC_SA, "map" },
	{ "peer", IOS_ADDRESS, detail, IPSEC_SA, "peer" },
	{ "interface", IOS_NAME, detail, IPSEC_SA, "interface" },
	{ "detail", IOS_KEYWORD, NULL, IPSEC_SA, "detail" },
	{ 0 }
};
static const struct ios_word set_name[] = {
	{ "", IOS_NAME, NULL, IPSEC_TRANSFORM_SET, "name" },
	{ 0 }
};
static const struct ios_word profile_name[] = {
	{ "", IOS_NAME, NULL, IPSEC_PROFILE, "name" },
	{ 0 }
};
static const struct ios_word ipsec[] = {
	{ "sa", IOS_KEYWORD, ipsec_sa, IPSEC_SA, NULL },
	{ "transform-set", IOS_KEYWORD, set_name, IPSEC_TRANSFORM_SET, NULL },
	{ "profile", IOS_KEYWORD, profile_name, IPSEC_PROFILE, NULL },
	{ "security-association-lifetime", IOS_KEYWORD, NULL, IPSEC_LIFETIME, NULL },
	{ 0 }
};
static const struct ios_word isakmp_sa[] = {
	{ "detail", IOS_KEYWORD, NULL, ISAKMP_SA, "detail" },
	{ 0 }
};
static const struct ios_word isakmp[] = {
	{ "sa", IOS_KEYWORD, isakmp_sa, ISAKMP_SA, NULL },
	{ "policy", IOS_KEYWORD, NULL, ISAKMP_POLICY, NULL },
	{ "key", IOS_KEYWORD, NULL, ISAKMP_KEY, NULL },
	{ "profile", IOS_KEYWORD, NULL, ISAKMP_PROFILE, NULL },
	{ "peers", IOS_KEYWORD, NULL, ISAKMP_PEERS, NULL },
	{ 0 }
};
static const struct ios_word map[] = {
	{ "tag", IOS_NAME, NULL, MAP, "map" },
	{ 0 }
};
static const struct ios_word dynamic_map[] = {
	{ "tag", IOS_NAME, NULL, DYNAMIC_MAP, "map" },
	{ 0 }
};
static const struct ios_word session_detail[] = {
	{ "detail", IOS_KEYWORD, NULL, SESSION, "detail" },
	{ 0 }
};
static const struct ios_word session[] = {
	{ "remote", IOS_ADDRESS, session_detail, SESSION, "peer" },
	{ "local", IOS_ADDRESS, session_detail, SESSION, "local" },
	{ "interface", IOS_NAME, session_detail, SESSION, "interface" },
	{ "detail", IOS_KEYWORD, NULL, SESSION, "detail" },
	{ 0 }
};
static const struct ios_word admission[] = {
	{ "statistics", IOS_KEYWORD, NULL, ADMISSION, NULL },
	{ 0 }
};
static const struct ios_word call[] = {
	{ "admission", IOS_KEYWORD, admission, 0, NULL },
	{ 0 }
};
static const struct ios_word crypto[] = {
	{ "isakmp", IOS_KEYWORD, isakmp, 0, NULL },
	{ "ipsec", IOS_KEYWORD, ipsec, 0, NULL },
	{ "map", IOS_KEYWORD, map, MAP, NULL },
	{ "dynamic-map", IOS_KEYWORD, dynamic_map, DYNAMIC_MAP, NULL },
	{ "route", IOS_KEYWORD, NULL, ROUTE, NULL },
	{ "rekey", IOS_KEYWORD, NULL, REKEY, NULL },
	{ "session", IOS_KEYWORD, session, SESSION, NULL },
	{ "call", IOS_KEYWORD, call, 0, NULL },
	{ 0 }
};
static const struct ios_word tree[] = {
	{ "crypto", IOS_KEYWORD, crypto, 0, NULL },
	{ 0 }
};

static const char *const requests[] = {
	[ISAKMP_SA] = "show isakmp sa",
	[ISAKMP_POLICY] = "show isakmp policy",
	[ISAKMP_KEY] = "show isakmp key",
	[ISAKMP_PROFILE] = "show isakmp profile",
	[ISAKMP_PEERS] = "show isakmp peers",
	[ADMISSION] = "show call admission",
	[IPSEC_SA] = "show ipsec sa",
	[IPSEC_TRANSFORM_SET] = "show ipsec transform-set",
	[IPSEC_PROFILE] = "show ipsec profile",
	[IPSEC_LIFETIME] = "show ipsec security-association-lifetime",
	[MAP] = "show map",
	[DYNAMIC_MAP] = "show dynamic-map",
	[ROUTE] = "show route",
	[REKEY] = "show ipsec sa",
};

/* Both tables over one connection, joined. */
static int ask_session(json_t **data)
{
	json_t *ike = NULL, *flows = NULL;
	struct ctl ctl;
	int rc = ctl_open(&ctl);

	if (rc)
		return rc;
	rc = ctl_send(&ctl, json_pack("{s:s}", "cmd", requests[ISAKMP_SA]));
	if (!rc)
		rc = ctl_reply(&ctl, &ike);
	if (!rc)
		rc = ctl_send(&ctl, json_pack("{s:s}", "cmd", requests[IPSEC_SA]));
	if (!rc)
		rc = ctl_reply(&ctl, &flows);
	if (!rc)
		*data = show_session_join(ike, flows);
	json_decref(ike);
	json_decref(flows);
	ctl_close(&ctl);
	return rc;
}

static void render(int command, const json_t *data, bool more)
{
	switch (command) {
	case ISAKMP_SA:
		show_isakmp_sa(stdout, data, more);
		break;
	case ISAKMP_POLICY:
		show_isakmp_policy(stdout, data);
		break;
	case ISAKMP_KEY:
		show_isakmp_key(stdout, data);
		break;
	case ISAKMP_PROFILE:
		show_isakmp_profile(stdout, data);
		break;
	case ISAKMP_PEERS:
		show_isakmp_peers(stdout, data);
		break;
	case ADMISSION:
		show_admission(stdout, data);
		break;
	case IPSEC_SA:
		show_ipsec_sa(stdout, data, more);
		break;
	case IPSEC_TRANSFORM_SET:
		show_ipsec_transform_set(stdout, data);
		break;
	case IPSEC_PROFILE:
		show_ipsec_profile(stdout, data);
		break;
	case IPSEC_LIFETIME:
		show_lifetime(stdout, data);
		break;
	case MAP:
		show_map(stdout, data);
		break;
	case DYNAMIC_MAP:
		show_dynamic_map(stdout, data);
		break;
	case ROUTE:
		show_route(stdout, data);
		break;
	case REKEY:
		show_rekey(stdout, data);
		break;
	case SESSION:
		show_session(stdout, data, more);
		break;
	}
}

int show_run(const struct cmap *c, int argc, char **argv)
{
	json_t *args = json_object(), *data = NULL;
	int command = ios_parse("show", tree, show_usage, argc, argv, args), rc = CMAP_USAGE;
	bool more = c->details;

	if (command) {
		more |= print_bool(args, "detail");
		json_object_del(args, "detail");
		if (command == SESSION) {
			rc = ask_session(&data);
			if (!rc)
				show_session_filter(data, args);
		} else {
			json_object_set_new(args, "cmd", json_string(requests[command]));
			rc = ctl_ask(json_incref(args), &data);
		}
	}
	if (!rc && c->json)
		print_json(c, data);
	else if (!rc)
		render(command, data, more);
	json_decref(args);
	json_decref(data);
	return rc;
}
