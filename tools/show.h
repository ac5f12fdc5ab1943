/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Renderers of the router's show commands: the daemon's JSON in (its form is
 * in ikemgr/control.h), the router's text out, to the blank.
 */
#ifndef TOOLS_SHOW_H
#define TOOLS_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* show crypto isakmp sa [detail] */
void show_isakmp_sa(FILE *f, const json_t *sas, bool detail);
/* show crypto isakmp policy */
void show_isakmp_policy(FILE *f, const json_t *policies);

/** show_capabilities() - of an IKE SA: "DN": D dead peer detection, N NAT traversal in use; "": neither */
const char *show_capabilities(const json_t *sa);
/* show crypto isakmp key */
void show_isakmp_key(FILE *f, const json_t *keys);
/* show crypto isakmp profile */
void show_isakmp_profile(FILE *f, const json_t *profiles);
/* show crypto isakmp peers */
void show_isakmp_peers(FILE *f, const json_t *peers);
void show_admission(FILE *f, const json_t *admission);
/* show crypto ipsec sa [detail] */
void show_ipsec_sa(FILE *f, const json_t *interfaces, bool detail);
/** show_rekey() - show crypto rekey, of "show ipsec sa" */
void show_rekey(FILE *f, const json_t *interfaces);
/* show crypto ipsec transform-set */
void show_ipsec_transform_set(FILE *f, const json_t *sets);
/* show crypto ipsec profile */
void show_ipsec_profile(FILE *f, const json_t *profiles);
/* show crypto ipsec security-association-lifetime */
void show_lifetime(FILE *f, const json_t *o);
/* show crypto map */
void show_map(FILE *f, const json_t *entries);

/** show_route() - show crypto route */
void show_route(FILE *f, const json_t *routes);

/** show_dynamic_map() - show crypto dynamic-map */
void show_dynamic_map(FILE *f, const json_t *templates);
/* show crypto session [detail], of the objects that show_session_join() makes */
void show_session(FILE *f, const json_t *sessions, bool detail);

/**
 * show_session_join() - sessions from "show isakmp sa" and "show ipsec sa"
 *
 * A session is an interface and a peer. Returns a new array of
 * {"interface":..,"peer":..,"port":500,"status":"UP-ACTIVE","ike":[..],"flows":[..]}.
 */
json_t *show_session_join(const json_t *isakmp, const json_t *ipsec);

/** show_session_filter() - take sessions away that are not with @filter's "peer", "local" or "interface"; what is absent is any. */
void show_session_filter(json_t *sessions, const json_t *filter);

#endif
