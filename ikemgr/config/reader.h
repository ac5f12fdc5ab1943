/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One reading of a configuration: what the grammar's handlers work on. The
 * model is built in pieces that may still change (a later line overrides, "no"
 * takes back); check.c makes the immutable one of them.
 */
#ifndef IKEMGR_CONFIG_READER_H
#define IKEMGR_CONFIG_READER_H

#include <stdarg.h>

#include "config/arena.h"
#include "config/lexer.h"
#include "config/model.h"

/** enum reader_mode - whose sub-commands are understood */
enum reader_mode {
	MODE_GLOBAL,
	MODE_POLICY,		/* crypto isakmp policy */
	MODE_TRANSFORM,		/* crypto ipsec transform-set */
	MODE_MAP,		/* crypto map NAME SEQ ipsec-isakmp */
	MODE_PROFILE,		/* crypto ipsec profile */
	MODE_KEYRING,		/* crypto keyring */
	MODE_IDENTITY,		/* crypto isakmp profile */
	MODE_PEER,		/* crypto isakmp peer */
	MODE_ACL,		/* ip access-list extended */
	MODE_INTERFACE,		/* also everything that is not ours is part of it */
	MODE_SKIP,		/* a section that we don't read: all is part of it but known global commands */
	MODE_COUNT,
};

#define READER_MESSAGES	1000	/* ours: messages about one file */
#define READER_IGNORED	500	/* ours: distinct commands listed as ignored */

/** struct reader_mark - a word of the file, for messages that come after its line was read */
struct reader_mark {
	unsigned int line, column;
	const char *word;
};

/** struct reader_name - a reference by name, resolved at the end */
struct reader_name {
	const char *name;
	struct reader_mark mark;
};

/** struct reader_statement - one line of an access list */
struct reader_statement {
	uint32_t seq;
	const char *text;
	struct config_rule **rule;
	size_t rules;
	struct reader_mark mark;
	bool ports_open;	/* permit with a range of ports */
};

/** struct reader_acl - an access list that may still change */
struct reader_acl {
	struct config_acl acl;
	struct reader_statement **statement;
	size_t statements;
	bool broken;		/* a line of it was not understood */
};

/** struct reader_entry - a crypto map entry that may still change */
struct reader_entry {
	struct config_entry entry;
	struct reader_name **set;
	size_t sets;
	struct reader_name isakmp;	/* "set isakmp-profile"; name NULL: none */
	struct reader_mark acl_mark, dynamic_mark;
};

/** struct reader_map - a crypto map that may still change */
struct reader_map {
	struct config_map map;
	struct reader_name isakmp;	/* "crypto map NAME isakmp-profile" */
	struct reader_entry **entry;
	size_t entries;
};

/** struct reader_profile - "crypto ipsec profile": what it says is kept as an entry's */
struct reader_profile {
	const char *name;
	struct reader_entry entry;
	bool responder_only;
};

/** struct reader_keyring - "crypto keyring" */
struct reader_keyring {
	struct config_keyring keyring;
};

/** struct reader_isakmp_profile - "crypto isakmp profile" that may still change */
struct reader_isakmp_profile {
	struct config_isakmp_profile profile;
	struct reader_name **keyring;
	size_t keyrings;
};

/** enum reader_tunnel - "tunnel mode" */
enum reader_tunnel {
	TUNNEL_GRE,		/* the default of a router, and the only one that is not ours to make */
	TUNNEL_IPSEC4,
	TUNNEL_IPSEC6,
	TUNNEL_OTHER,
};

/** struct reader_interface - an interface with its binding */
struct reader_interface {
	struct config_interface interface;
	struct reader_mark map_mark;
	bool six_map;		/* by "ipv6 crypto map" */
	unsigned int mss_line;	/* "ip tcp adjust-mss" */
	enum reader_tunnel tunnel;
	struct addr source, destination;
	const char *source_interface;
	const char *profile;	/* "tunnel protection ipsec profile", NULL: none */
	struct reader_mark profile_mark;
};

/**
 * struct reader_message - a message, and the access list it hangs on
 * @acl: NULL, or: it counts only if a crypto map matches that list
 */
struct reader_message {
	struct config_message message;
	const char *acl;
	size_t order;
};

/**
 * struct reader - the state of one reading
 * @file, @at_file: what it is called, once for the messages, once for the model
 * @c: being built
 * @report: gets the messages at the end
 * @line: being read
 * @mode, @head_indent: the section we are in, and the indentation of its first line
 * @seen: a line of this section was understood
 * @flush: lines of this section stand no deeper than its head: indentation was lost
 * @policy .. @iface: what the section is about; a scratch object below a wrong head
 * @lost_map: the head of a crypto map entry was wrong: its name may be missed
 * @defer: the access list that messages hang on, while one of its lines is read
 * @secret: no word of this line may appear in a message
 * @open_mode: the file's mode, if others than its owner may read it; 0: keys may be in it. @strict: else it is refused
 * @message: at most READER_MESSAGES; @dropped: how many more there were; @errors: those of no access list
 * @ignored: at most READER_IGNORED
 */
struct reader {
	const char *file, *at_file;
	struct config *c;
	struct config_report *report;
	struct lexer_line *line;
	enum reader_mode mode;
	unsigned int head_indent;
	bool seen, flush;

	struct config_policy *policy;
	struct config_transform_set *set;
	struct reader_entry *entry;
	struct reader_acl *acl;
	struct reader_interface *iface;
	struct reader_profile *profile;
	struct reader_keyring *keyring;
	struct reader_isakmp_profile *isakmp_profile;
	struct config_peer_policy *peer_policy;

	struct reader_acl **acls;
	size_t acl_count;
	struct reader_map **maps;
	size_t map_count;
	struct reader_map **dynamics;
	size_t dynamic_count;
	struct reader_interface **ifaces;
	size_t iface_count;
	struct reader_profile **profiles;
	size_t profile_count;
	struct reader_keyring **keyrings;
	size_t keyring_count;
	struct reader_isakmp_profile **isakmp_profiles;
	size_t isakmp_profile_count;
	bool no_default_policy, lost_map;

	const char *defer;
	bool secret;
	unsigned int open_mode;
	bool strict;
	struct reader_message **message;
	size_t messages, dropped, errors;
	struct config_message **ignored;
	size_t ignored_count;
};

/* ---- messages ---- */

/**
 * reader_error() - an error at word @index of the line being read
 * @index: line->words: behind the last word; larger: the line as a whole
 */
__attribute__((format(printf, 3, 4)))
void reader_error(struct reader *r, size_t index, const char *fmt, ...);

/** reader_warn() - a warning, else as reader_error(). */
__attribute__((format(printf, 3, 4)))
void reader_warn(struct reader *r, size_t index, const char *fmt, ...);

/** reader_error_at() - an error at a word read earlier. */
__attribute__((format(printf, 3, 4)))
void reader_error_at(struct reader *r, const struct reader_mark *m, const char *fmt, ...);

/** reader_warn_at() - a warning at a word read earlier; none where there are errors: what is missing may be what they are about. */
__attribute__((format(printf, 3, 4)))
void reader_warn_at(struct reader *r, const struct reader_mark *m, const char *fmt, ...);

/** reader_ignore() - the line being read is not about crypto: list its command. */
void reader_ignore(struct reader *r);

/** reader_ignore_as() - the same for a command that is listed as @text, first on @line. */
void reader_ignore_as(struct reader *r, const char *text, unsigned int line);

/* ---- words ---- */

/** reader_here() - where the line being read stands. */
struct config_at reader_here(const struct reader *r);

/** reader_mark() - word @index of the line being read, or the line (no such word). */
struct reader_mark reader_mark(struct reader *r, size_t index);

/** reader_string() - a word as a string of the configuration. */
const char *reader_string(struct reader *r, const struct lexer_word *w);

/** reader_rest() - words @from.. with the blanks between them as written, as a string of the configuration. */
const char *reader_rest(struct reader *r, size_t from);

/** reader_number() - decimal, at most 10 digits. false: it is none. */
bool reader_number(const struct lexer_word *w, uint64_t *out);

/** reader_address() - dotted decimal. false: it is none. */
bool reader_address(const struct lexer_word *w, struct addr *out);

/** reader_address6() - colon notation. false: it is none. */
bool reader_address6(const struct lexer_word *w, struct addr *out);

/** reader_prefix6() - "2001:db8::/32"; host bits are left as written. false: it is none. */
bool reader_prefix6(const struct lexer_word *w, struct addr *out, uint8_t *prefix);

/** reader_netmask() - a contiguous netmask as a prefix length. false: it is none. */
bool reader_netmask(const struct lexer_word *w, uint8_t *prefix);

/** reader_mask_addr() - clear the bits behind @prefix. */
void reader_mask_addr(struct addr *a, unsigned int prefix);

#endif
