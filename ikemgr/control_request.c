/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table row per request: its arguments, and what answers it. Arguments are
 * checked against the row before the answer is called.
 */
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "control_request.h"
#include "ike.h"
#include "route.h"
#include "sa.h"

enum kind {
	TEXT,
	ADDRESS,
	NUMBER,		/* 1..UINT32_MAX */
	FLAG,		/* true or false */
	SUBSYSTEMS,
};

#define ARGS_MAX 3

struct request {
	const char *cmd;
	struct { const char *name; enum kind kind; } args[ARGS_MAX];
	/* the reply's data, or NULL with @error (CONTROL_ERROR bytes) */
	json_t *(*run)(struct control_state *st, const json_t *req, struct control_reply *reply, char *error);
};

/* --- arguments, already checked --- */

static const char *text(const json_t *req, const char *key)
{
	return json_string_value(json_object_get(req, key));
}

/* @addr and @addr, or NULL where the argument is absent */
static const struct addr *address(const json_t *req, const char *key, struct addr *addr)
{
	const char *value = text(req, key);

	return value && addr_parse(value, addr) ? addr : NULL;
}

static json_t *count(unsigned int n)
{
	return json_pack("{s:I}", "count", (json_int_t)n);
}

/* --- answers --- */

static json_t *show_isakmp_sa(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)req, (void)reply, (void)error;
	return answer_isakmp_sa(st->ike);
}

static json_t *show_ipsec_sa(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	struct answer_filter filter = { .map = text(req, "map"), .interface = text(req, "interface") };

	(void)reply;
	address(req, "peer", &filter.peer);
	return answer_ipsec_sa(st->ike, &filter, &st->zeros, error);
}

static json_t *show_admission(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)req, (void)reply, (void)error;
	return answer_admission(st->ike);
}

static json_t *show_isakmp_policy(struct control_state *st, const json_t *req, struct control_reply *reply,
				  char *error)
{
	(void)req, (void)reply, (void)error;
	return answer_isakmp_policy(st->ike);
}

static json_t *show_isakmp_key(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)req, (void)reply, (void)error;
	return answer_isakmp_key(st->ike);
}

static json_t *show_isakmp_profile(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)req, (void)reply, (void)error;
	return answer_isakmp_profile(st->ike);
}

static json_t *show_isakmp_peers(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)req, (void)reply, (void)error;
	return answer_isakmp_peers(st->ike);
}

static json_t *show_transform_set(struct control_state *st, const json_t *req, struct control_reply *reply,
				  char *error)
{
	(void)reply, (void)error;
	return answer_transform_sets(st->ike, text(req, "name"));
}

static json_t *show_profile(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)reply, (void)error;
	return answer_profiles(st->ike, text(req, "name"));
}

static json_t *show_lifetime(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)req, (void)reply, (void)error;
	return answer_lifetime(st->ike);
}

static json_t *show_map(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)reply, (void)error;
	return answer_map(st->ike, text(req, "map"));
}

static json_t *show_dynamic_map(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)reply, (void)error;
	return answer_dynamic_map(st->ike, text(req, "map"));
}

static json_t *show_route(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	(void)req, (void)reply, (void)error;
	return route_json(st->ike);
}

static json_t *clear_session(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	struct addr local, remote;

	(void)reply, (void)error;
	return count(sa_clear_session(st->ike, address(req, "local", &local), address(req, "remote", &remote)));
}

static json_t *clear_sa(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	struct addr peer;
	int n;

	(void)reply;
	if (!json_is_true(json_object_get(req, "counters")))
		return count(sa_clear_ipsec(st->ike, address(req, "peer", &peer), text(req, "map")));
	n = answer_zero_all(st->ike, &st->zeros, error);
	return n < 0 ? NULL : count((unsigned int)n);
}

static json_t *clear_isakmp(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	uint32_t conn_id = (uint32_t)json_integer_value(json_object_get(req, "conn_id"));
	unsigned int n = sa_clear_ike(st->ike, conn_id);

	(void)reply;
	if (n || !conn_id)
		return count(n);
	snprintf(error, CONTROL_ERROR, "there is no ISAKMP SA with conn-id %u (show crypto isakmp sa lists them)", conn_id);
	return NULL;
}

static json_t *debug(struct control_state *st, const json_t *req, struct control_reply *reply, char *error)
{
	const json_t *list = json_object_get(req, "subsystems"), *name;
	size_t i;

	(void)st;
	json_array_foreach(list, i, name)
		reply->subsystems |= strcmp(json_string_value(name), "ipsec") ? CONTROL_ISAKMP : CONTROL_IPSEC;
	if (reply->subsystems)
		return json_object();
	snprintf(error, CONTROL_ERROR, "\"debug\" needs \"subsystems\", an array of \"isakmp\" and \"ipsec\"");
	return NULL;
}

static const struct request requests[] = {
	{ "show isakmp sa", { { 0 } }, show_isakmp_sa },
	{ "show ipsec sa", { { "map", TEXT }, { "peer", ADDRESS }, { "interface", TEXT } }, show_ipsec_sa },
	{ "show isakmp policy", { { 0 } }, show_isakmp_policy },
	{ "show call admission", { { 0 } }, show_admission },
	{ "show isakmp key", { { 0 } }, show_isakmp_key },
	{ "show isakmp profile", { { 0 } }, show_isakmp_profile },
	{ "show isakmp peers", { { 0 } }, show_isakmp_peers },
	{ "show ipsec transform-set", { { "name", TEXT } }, show_transform_set },
	{ "show ipsec profile", { { "name", TEXT } }, show_profile },
	{ "show ipsec security-association-lifetime", { { 0 } }, show_lifetime },
	{ "show map", { { "map", TEXT } }, show_map },
	{ "show dynamic-map", { { "map", TEXT } }, show_dynamic_map },
	{ "show route", { { 0 } }, show_route },
	{ "clear session", { { "local", ADDRESS }, { "remote", ADDRESS } }, clear_session },
	{ "clear sa", { { "peer", ADDRESS }, { "map", TEXT }, { "counters", FLAG } }, clear_sa },
	{ "clear isakmp", { { "conn_id", NUMBER } }, clear_isakmp },
	{ "debug", { { "subsystems", SUBSYSTEMS } }, debug },
};
#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* --- checks --- */

static const char *const needed[] = {
	[TEXT] = "a string",
	[ADDRESS] = "a string with an IP address",
	[NUMBER] = "a number from 1 to 4294967295",
	[FLAG] = "true or false",
	[SUBSYSTEMS] = "an array of \"isakmp\" and \"ipsec\"",
};

static bool fits(enum kind kind, const json_t *value)
{
	const json_t *entry;
	struct addr addr;
	size_t i;

	switch (kind) {
	case TEXT:
		return json_is_string(value);
	case ADDRESS:
		return json_is_string(value) && addr_parse(json_string_value(value), &addr);
	case NUMBER:
		return json_is_integer(value) && json_integer_value(value) > 0 &&
		       json_integer_value(value) <= UINT32_MAX;
	case FLAG:
		return json_is_boolean(value);
	case SUBSYSTEMS:
		json_array_foreach(value, i, entry)
			if (!json_is_string(entry) || (strcmp(json_string_value(entry), "isakmp") &&
						       strcmp(json_string_value(entry), "ipsec")))
				return false;
		return json_is_array(value);
	}
	return false;
}

static bool arguments_fit(const struct request *r, json_t *req, char *error)
{
	json_t *value;
	const char *key;

	json_object_foreach(req, key, value) {
		int i = 0;

		if (!strcmp(key, "cmd"))
			continue;
		while (i < ARGS_MAX && r->args[i].name && strcmp(r->args[i].name, key))
			i++;
		if (i == ARGS_MAX || !r->args[i].name) {
			snprintf(error, CONTROL_ERROR, "\"%s\" has no argument \"%.64s\"", r->cmd, key);
			return false;
		}
		if (!fits(r->args[i].kind, value)) {
			snprintf(error, CONTROL_ERROR, "\"%s\": \"%s\" must be %s", r->cmd, key,
				 needed[r->args[i].kind]);
			return false;
		}
	}
	return true;
}

static const struct request *find(const json_t *req, char *error)
{
	const char *cmd = text(req, "cmd");
	size_t at;

	if (!json_is_object(req) || !cmd) {
		snprintf(error, CONTROL_ERROR, "a request is a JSON object with a string \"cmd\"");
		return NULL;
	}
	for (size_t i = 0; i < REQUESTS; i++)
		if (!strcmp(requests[i].cmd, cmd))
			return &requests[i];
	at = (size_t)snprintf(error, CONTROL_ERROR, "unknown request \"%.40s\"; known are", cmd);
	for (size_t i = 0; i < REQUESTS && at < CONTROL_ERROR; i++)
		at += (size_t)snprintf(error + at, CONTROL_ERROR - at, "%s \"%s\"", i ? "," : "", requests[i].cmd);
	return NULL;
}

void control_request(struct control_state *st, const char *line, size_t length, struct control_reply *reply)
{
	char error[CONTROL_ERROR] = "out of memory";
	const struct request *r = NULL;
	json_t *req, *data = NULL;
	json_error_t why;

	memset(reply, 0, sizeof(*reply));
	req = json_loadb(line, length, JSON_REJECT_DUPLICATES, &why);
	if (!req)
		snprintf(error, sizeof(error), "the request is no JSON object on one line: %s", why.text);
	else
		r = find(req, error);
	if (r && arguments_fit(r, req, error))
		data = r->run(st, req, reply, error);
	if (data)
		reply->json = json_pack("{s:b, s:o}", "ok", 1, "data", data);
	else
		reply->json = json_pack("{s:b, s:s}", "ok", 0, "error", error);
	if (!data && !reply->json)
		reply->json = json_pack("{s:b, s:s}", "ok", 0, "error", "the request holds bytes that are no UTF-8");
	json_decref(req);
}

unsigned int control_subsystems(enum event_type type)
{
	switch (type) {
	case EV_SA_REQUEST:
	case EV_REQUEST_TIMER:
	case EV_REKEY:
	case EV_VALIDATE:
	case EV_PROXY_MATCH:
	case EV_KEY_ENGINE:
	case EV_MAP_FOUND:
	case EV_CHILD_CREATED:
	case EV_CHILD_DELETED:
	case EV_OUTBOUND_CURRENT:
	case EV_OUTBOUND_ENABLED:
	case EV_CHILD_DELETE_IN:
	case EV_ROUTE:
		return CONTROL_IPSEC;
	case EV_PROPOSAL_REFUSED:	/* has a line in each */
	case EV_SYSLOG:
	case EV_DAEMON:
		return CONTROL_ISAKMP | CONTROL_IPSEC;
	default:
		return CONTROL_ISAKMP;
	}
}

void control_state_init(struct control_state *st, struct ike *ike)
{
	st->ike = ike;
	STAILQ_INIT(&st->zeros);
}

void control_state_free(struct control_state *st)
{
	answer_zero_free(&st->zeros);
}
