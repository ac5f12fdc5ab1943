/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands as data, and the matching of a line with them.
 *
 * A row is one command: a mode and a pattern, one token per word of the line:
 *
 *	word		a keyword; unique beginnings do, in any case; digits must be whole
 *	<LO-HI>		a number
 *	WORD		a name, at most CONFIG_NAME_MAX bytes
 *	A.B.C.D		an IPv4 address
 *	LINE		the rest of the line, at least one word
 *	TAIL		the rest of the line, maybe nothing: the handler reads it
 *
 * "WORD:transform_set_name" has a help text behind the colon.
 *
 * All rows of a mode are followed at once, word by word, as a router does: a
 * keyword's exact spelling beats its beginnings, beginnings of several keywords
 * are ambiguous, keywords beat values. What could have stood where no row goes
 * on is what an error lists.
 */
#ifndef IKEMGR_CONFIG_MATCH_H
#define IKEMGR_CONFIG_MATCH_H

#include "config/reader.h"

#define MATCH_ARGS 4
#define MATCH_ROWS_MAX 500	/* rows of the grammar */

/** struct match_args - the values that a line gave; @tail: first word of LINE or TAIL */
struct match_args {
	struct {
		const struct lexer_word *word;
		size_t index;
		uint32_t number;
		struct addr addr;
	} arg[MATCH_ARGS];
	unsigned int count;
	size_t tail;
	bool negate;		/* the pattern begins with "no" or "default" */
};

/** enum match_support - what becomes of a command */
enum match_support {
	MATCH_OK,		/* read */
	MATCH_WARN,		/* valid on a router, without effect here */
	MATCH_REFUSE,		/* valid on a router; not doing it would change what is protected or accepted */
	MATCH_IGNORE,		/* begins like a crypto command but is none: listed as ignored */
};

/**
 * struct match_row - one command
 * @mode: where it is understood
 * @anchor: so many words must match before a mistake in the line is ours to complain about
 * @enter: the mode it leads to; MODE_GLOBAL: stays
 * @handler: called when the line matches, may be NULL
 * @data: for the handler
 * @note: WARN, REFUSE: what the message says
 */
struct match_row {
	enum reader_mode mode;
	const char *pattern;
	void (*handler)(struct reader *r, const struct match_args *a, int data);
	int data;
	enum reader_mode enter;
	enum match_support support;
	const char *note;
	unsigned int anchor;
};

/** enum match_result */
enum match_result {
	MATCH_FOUND,
	MATCH_UNKNOWN,		/* a word that nothing expects */
	MATCH_RANGE,		/* a number out of its range */
	MATCH_LENGTH,		/* a name too long */
	MATCH_AMBIGUOUS,
	MATCH_INCOMPLETE,	/* words are missing at the end */
	MATCH_EXTRA,		/* the command is complete before this word */
};

/**
 * struct match - how a line fits a mode
 * @at: index of the word at fault
 * @ours: enough matched for the mistake to be ours
 * @row: FOUND: the row
 * @enter: not FOUND: the section that the command would have led to
 */
struct match {
	enum match_result result;
	size_t at;
	bool ours;
	const struct match_row *row;
	enum reader_mode enter;
	struct match_args args;
};

/** match_line() - fit the line being read to the rows of @mode. */
void match_line(struct reader *r, enum reader_mode mode, struct match *m);

/** match_error() - report why @m did not fit, with what was expected. */
void match_error(struct reader *r, enum reader_mode mode, const struct match *m);

/** match_global_word() - does word @w begin a global command of a router that we don't read? */
bool match_global_word(const struct lexer_word *w);

/** match_global_begins() - is @w the beginning of such a command's first word, but not all of it? */
bool match_global_begins(const struct lexer_word *w);

/* ---- choices within a TAIL ---- */

/** struct match_choice - a keyword and what it stands for; ends with .word NULL */
struct match_choice {
	const char *word;
	int value;
	const char *help;	/* NULL: looked up by word */
};

/**
 * match_choose() - word @index of the line as one of @choices
 * @more: further forms to list, such as "<0-65535>", or NULL
 * @quiet: no message if it is none of them
 *
 * Returns the choice, or NULL (reported unless quiet; ambiguity always is).
 */
const struct match_choice *match_choose(struct reader *r, size_t index, const struct match_choice *choices,
					const char *more, bool quiet);

/** match_expected() - report that word @index is not one of @choices or @more. */
void match_expected(struct reader *r, size_t index, const struct match_choice *choices, const char *more);

/** match_end() - report an error unless the line ends before word @index. */
bool match_end(struct reader *r, size_t index);

/* ---- grammar.c ---- */

extern const struct match_row grammar_row[];
extern const size_t grammar_rows;

/** grammar_help() - a keyword's help text, or NULL. */
const char *grammar_help(const char *word, size_t length);

/* ---- handlers ---- */

enum { KEEPALIVE_DEMAND, KEEPALIVE_PERIODIC };
enum { ADMISSION_ACTIVE, ADMISSION_NEGOTIATING, ADMISSION_BOTH };
enum { MODE_WORD_TUNNEL, MODE_WORD_TRANSPORT, MODE_WORD_TRANSPORT_REQUIRE };
enum { ENTRY_ISAKMP, ENTRY_MANUAL, ENTRY_DYNAMIC, ENTRY_EXISTING };
enum { ROUTE_SAS, ROUTE_STATIC, ROUTE_PEER };
enum { ROUTE_DISTANCE, ROUTE_TAG, ROUTE_GATEWAY };
enum { LIFE_SECONDS, LIFE_KILOBYTES, LIFE_DAYS, LIFE_DISABLE, LIFE_ALL };

void isakmp_policy(struct reader *r, const struct match_args *a, int data);
void isakmp_policy_default(struct reader *r, const struct match_args *a, int data);
void isakmp_encryption(struct reader *r, const struct match_args *a, int key_bits);
void isakmp_hash(struct reader *r, const struct match_args *a, int hash);
void isakmp_auth(struct reader *r, const struct match_args *a, int auth);
void isakmp_group(struct reader *r, const struct match_args *a, int group);
void isakmp_lifetime(struct reader *r, const struct match_args *a, int data);
void isakmp_identity(struct reader *r, const struct match_args *a, int identity);
void isakmp_keepalive(struct reader *r, const struct match_args *a, int periodic);
void isakmp_fragmentation(struct reader *r, const struct match_args *a, int data);
void isakmp_nat_transparency(struct reader *r, const struct match_args *a, int data);
void isakmp_nat_keepalive(struct reader *r, const struct match_args *a, int data);
void isakmp_spi_recovery(struct reader *r, const struct match_args *a, int data);
void isakmp_log_session(struct reader *r, const struct match_args *a, int data);
void isakmp_admission(struct reader *r, const struct match_args *a, int which);
void isakmp_hostname(struct reader *r, const struct match_args *a, int data);

void psk_key(struct reader *r, const struct match_args *a, int data);
void psk_keyring(struct reader *r, const struct match_args *a, int data);
void psk_keyring_key(struct reader *r, const struct match_args *a, int data);
void psk_description(struct reader *r, const struct match_args *a, int data);

void identity_host(struct reader *r, const struct match_args *a, int data);
void identity_domain(struct reader *r, const struct match_args *a, int data);
void identity_profile(struct reader *r, const struct match_args *a, int data);
void identity_description(struct reader *r, const struct match_args *a, int data);
void identity_keyring(struct reader *r, const struct match_args *a, int data);
void identity_self(struct reader *r, const struct match_args *a, int data);
void identity_match(struct reader *r, const struct match_args *a, int data);
void identity_keepalive(struct reader *r, const struct match_args *a, int data);
void identity_initiate(struct reader *r, const struct match_args *a, int data);
void identity_local(struct reader *r, const struct match_args *a, int keyring);
void identity_peer(struct reader *r, const struct match_args *a, int data);
void identity_peer_description(struct reader *r, const struct match_args *a, int data);
void identity_password(struct reader *r, const struct match_args *a, int data);
void identity_endpoint(struct reader *r, const struct match_args *a, int data);
void identity_aggressive(struct reader *r, const struct match_args *a, int data);

void ipsec_transform_set(struct reader *r, const struct match_args *a, int data);
void ipsec_mode(struct reader *r, const struct match_args *a, int mode);
void ipsec_esn(struct reader *r, const struct match_args *a, int on);
void ipsec_lifetime(struct reader *r, const struct match_args *a, int life);
void ipsec_idle(struct reader *r, const struct match_args *a, int data);
void ipsec_window(struct reader *r, const struct match_args *a, int window);
void ipsec_df(struct reader *r, const struct match_args *a, int df);
void ipsec_fragmentation(struct reader *r, const struct match_args *a, int fragmentation);

void map_entry(struct reader *r, const struct match_args *a, int kind);
void map_entry6(struct reader *r, const struct match_args *a, int kind);
void map_template(struct reader *r, const struct match_args *a, int data);
void map_local_address(struct reader *r, const struct match_args *a, int data);
void map_description(struct reader *r, const struct match_args *a, int data);
void map_peer(struct reader *r, const struct match_args *a, int data);
void map_sets(struct reader *r, const struct match_args *a, int data);
void map_pfs(struct reader *r, const struct match_args *a, int group);
void map_lifetime(struct reader *r, const struct match_args *a, int life);
void map_idle(struct reader *r, const struct match_args *a, int back_to_default);
void map_df(struct reader *r, const struct match_args *a, int df);
void map_session_key(struct reader *r, const struct match_args *a, int direction);
void map_window(struct reader *r, const struct match_args *a, int window);
void map_per_host(struct reader *r, const struct match_args *a, int data);
void map_parallel(struct reader *r, const struct match_args *a, int data);
void map_acl(struct reader *r, const struct match_args *a, int data);
void map_isakmp(struct reader *r, const struct match_args *a, int data);
void map_isakmp_all(struct reader *r, const struct match_args *a, int data);

void route_line(struct reader *r, const struct match_args *a, int kind);
void route_set(struct reader *r, const struct match_args *a, int what);

/** interface_name() - words @from.. as an interface's name without blanks; NULL: none (reported if missing or too long). */
const char *interface_name(struct reader *r, size_t from);

void interface_head(struct reader *r, const struct match_args *a, int data);
void interface_df(struct reader *r, const struct match_args *a, int df);
void interface_fragmentation(struct reader *r, const struct match_args *a, int fragmentation);
void interface_map(struct reader *r, const struct match_args *a, int data);
void interface_address(struct reader *r, const struct match_args *a, int data);
void interface_address6(struct reader *r, const struct match_args *a, int data);

void interface_mtu(struct reader *r, const struct match_args *a, int data);
void interface_mss(struct reader *r, const struct match_args *a, int data);
void interface_mss6(struct reader *r, const struct match_args *a, int data);

void profile_head(struct reader *r, const struct match_args *a, int data);
void profile_responder(struct reader *r, const struct match_args *a, int data);
void tunnel_protection(struct reader *r, const struct match_args *a, int data);
void tunnel_source(struct reader *r, const struct match_args *a, int data);
void tunnel_destination(struct reader *r, const struct match_args *a, int data);
void tunnel_mode(struct reader *r, const struct match_args *a, int data);

void acl_numbered(struct reader *r, const struct match_args *a, int data);
void acl_named(struct reader *r, const struct match_args *a, int data);
void acl_six(struct reader *r, const struct match_args *a, int data);
void acl_line(struct reader *r, const struct match_args *a, int word);
void acl_remark(struct reader *r, const struct match_args *a, int data);

/* ---- tunnel.c ---- */

/** tunnel_finish() - the crypto maps that protect tunnels, out of their profiles; before names are resolved. */
void tunnel_finish(struct reader *r);

/** tunnel_profiles() - the profiles as they are, for showing; after names were resolved. */
void tunnel_profiles(struct reader *r);

/* ---- session_key.c ---- */

/** session_key_check() - do the keys of manual entry @b fit its transform set? Returns what is missing, or NULL. */
const char *session_key_check(struct reader *r, struct reader_entry *b);

/* ---- identity.c ---- */

/** identity_resolve() - "ip host" of that name, NULL: none. */
const struct config_host *identity_resolve(const struct config *c, const char *name);

/** identity_finish() - keyrings and profiles into the model, names in them resolved, risks told; before the maps. */
void identity_finish(struct reader *r);

/** identity_of() - the profile of that name, or NULL (reported). */
const struct config_isakmp_profile *identity_of(struct reader *r, const struct reader_name *n);

/* ---- map.c ---- */

/** map_new_entry() - an entry that inherits all that can be inherited; it is in no map yet. */
struct reader_entry *map_new_entry(struct reader *r, const char *map, uint32_t seq);

/* ---- interface.c ---- */

/** interface_find() - the interface of that name; NULL: the file has none. */
struct reader_interface *interface_find(const struct reader *r, const char *name);

/** interface_get() - the same, made if need be. */
struct reader_interface *interface_get(struct reader *r, const char *name);

/* ---- check.c ---- */

/** check_sets() - the transform sets that @b names, into its entry. */
void check_sets(struct reader *r, struct reader_entry *b);

/** check_inherit() - what @e does not say itself is said globally. */
void check_inherit(const struct config *c, struct config_entry *e);


/** check_config() - resolve names, look for contradictions, and finish the model. */
void check_config(struct reader *r);

#endif
