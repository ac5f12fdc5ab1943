/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes to lines, lines to words. What a terminal or a web page adds to a
 * pasted configuration is taken off here; what it took away (indentation) is
 * not guessed at.
 */
#ifndef IKEMGR_CONFIG_LEXER_H
#define IKEMGR_CONFIG_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/model.h"

#define LEXER_WORDS (CONFIG_LINE_MAX / 2 + 1)

/** struct lexer_word - a piece of the buffer; @column from 1 */
struct lexer_word {
	const char *text;
	size_t length;
	unsigned int column;
};

/** enum lexer_fault - why a line cannot be read at all */
enum lexer_fault {
	LEXER_OK,
	LEXER_NUL,		/* holds a NUL byte */
	LEXER_LONG,		/* longer than CONFIG_LINE_MAX */
	LEXER_BANNER,		/* a banner that is never closed */
};

/**
 * struct lexer_line - one line
 * @number: from 1
 * @indent: columns before the first word
 * @end: column behind the last word
 * @exec: it stood behind a prompt that is not a configuration prompt ("router#show ...")
 * @printed: no command but what a router has printed: "% NOTE: ...", a log line
 * @word, @words: none: a blank or comment line
 * @fault_column: where the fault is
 */
struct lexer_line {
	unsigned int number, indent, end;
	bool exec, printed;
	enum lexer_fault fault;
	unsigned int fault_column;
	size_t words;
	struct lexer_word word[LEXER_WORDS];
};

struct lexer {
	const char *data;
	size_t length, at;
	unsigned int number;
	unsigned int note;	/* how far in a note goes on that has no full stop yet; 0: there is none */
};

/** lexer_init() - read @data; it must stay until the last line was used. */
void lexer_init(struct lexer *l, const char *data, size_t length);

/** lexer_next() - the next line into @line; false: there is no more. */
bool lexer_next(struct lexer *l, struct lexer_line *line);

/** lexer_is() - is it the word @text, in any case? */
bool lexer_is(const struct lexer_word *w, const char *text);

/** lexer_starts() - is it the beginning, or all, of @keyword, in any case? */
bool lexer_starts(const struct lexer_word *w, const char *keyword);

#endif
