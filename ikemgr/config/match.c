/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: a line as words, and the rows of a mode. Out: the row it is, with the
 * values; or the word where it stops being any, and what could stand there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/match.h"

#define LIST_MAX 1024		/* bytes of a list of choices */

enum token_type { TOKEN_END, TOKEN_KEYWORD, TOKEN_NUMBER, TOKEN_NAME, TOKEN_ADDRESS, TOKEN_LINE, TOKEN_TAIL };

struct token {
	enum token_type type;
	const char *text;	/* as in the pattern, without the help */
	int length;
	const char *help;
	int help_length;
	uint64_t low, high;
};

struct candidate {
	const struct match_row *row;
	const char *pos;
};

struct walk {
	struct candidate c[MATCH_ROWS_MAX];
	size_t count;
};

static bool token_is(const struct token *t, const char *text)
{
	return (size_t)t->length == strlen(text) && !memcmp(t->text, text, (size_t)t->length);
}

static void next_token(const char **pos, struct token *t)
{
	const char *p = *pos, *colon;
	size_t n;

	*t = (struct token){ .type = TOKEN_END, .text = p };
	while (*p == ' ')
		p++;
	n = strcspn(p, " ");
	*pos = p + n;
	if (!n)
		return;
	t->text = p;
	t->length = (int)n;
	colon = memchr(p, ':', n);
	if (colon) {
		t->length = (int)(colon - p);
		t->help = colon + 1;
		t->help_length = (int)(n - (size_t)t->length - 1);
	}
	if (*p == '<') {
		char *dash;

		t->type = TOKEN_NUMBER;
		t->low = strtoull(p + 1, &dash, 10);
		t->high = strtoull(dash + 1, NULL, 10);
	} else if (token_is(t, "WORD")) {
		t->type = TOKEN_NAME;
	} else if (token_is(t, "A.B.C.D")) {
		t->type = TOKEN_ADDRESS;
	} else if (token_is(t, "LINE")) {
		t->type = TOKEN_LINE;
	} else if (token_is(t, "TAIL")) {
		t->type = TOKEN_TAIL;
	} else {
		t->type = TOKEN_KEYWORD;
	}
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does @w begin the keyword @text? A number is never cut: 1 is not 14. */
static bool begins(const struct lexer_word *w, const char *text, size_t length)
{
	if (!w->length || w->length > length || strncasecmp(w->text, text, w->length))
		return false;
	return w->length == length || !digit(text[w->length - 1]) || !digit(text[w->length]);
}

/* All rows of @mode that may begin with @first; NULL: all. Patterns are lower case where they are keywords. */
static void start(struct walk *k, enum reader_mode mode, const struct lexer_word *first)
{
	char c = first ? first->text[0] : '\0';

	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	k->count = 0;
	for (size_t i = 0; i < grammar_rows && k->count < MATCH_ROWS_MAX; i++) {
		const struct match_row *row = &grammar_row[i];

		if (row->mode == mode && (!first || row->pattern[0] == '<' || row->pattern[0] == c))
			k->c[k->count++] = (struct candidate){ row, row->pattern };
	}
}

/* Which keyword @w stands for, among the candidates' next tokens. */
static enum match_result find_keyword(const struct walk *k, const struct lexer_word *w, struct token *found)
{
	enum match_result result = MATCH_UNKNOWN;

	for (size_t i = 0; i < k->count; i++) {
		const char *pos = k->c[i].pos;
		struct token t;

		next_token(&pos, &t);
		if (t.type != TOKEN_KEYWORD || !begins(w, t.text, (size_t)t.length))
			continue;
		if ((size_t)t.length == w->length) {
			*found = t;
			return MATCH_FOUND;
		}
		if (result == MATCH_UNKNOWN) {
			*found = t;
			result = MATCH_FOUND;
		} else if (t.length != found->length || memcmp(t.text, found->text, (size_t)t.length)) {
			result = MATCH_AMBIGUOUS;
		}
	}
	return result;
}

/* Which value @w is best taken as: a number before an address before a name. */
static enum token_type find_value(const struct walk *k, const struct lexer_word *w, enum match_result *why)
{
	enum token_type best = TOKEN_END;
	struct addr addr;
	uint64_t number;

	*why = MATCH_UNKNOWN;
	for (size_t i = 0; i < k->count; i++) {
		const char *pos = k->c[i].pos;
		struct token t;

		next_token(&pos, &t);
		switch (t.type) {
		case TOKEN_NUMBER:
			if (!reader_number(w, &number))
				continue;
			if (number < t.low || number > t.high) {
				*why = MATCH_RANGE;
				continue;
			}
			break;
		case TOKEN_ADDRESS:
			if (!reader_address(w, &addr))
				continue;
			break;
		case TOKEN_NAME:
			if (w->length > CONFIG_NAME_MAX) {
				*why = MATCH_LENGTH;
				continue;
			}
			break;
		case TOKEN_LINE:
		case TOKEN_TAIL:
			break;
		default:
			continue;
		}
		if (best == TOKEN_END || t.type < best)
			best = t.type;
	}
	return best;
}

/* Keep the candidates whose next token @w is, and move them on. */
static enum match_result step(struct walk *k, const struct lexer_word *w)
{
	enum match_result result, why;
	struct token keyword, t;
	enum token_type value = TOKEN_KEYWORD;
	struct addr addr;
	size_t kept = 0;
	uint64_t number;
	bool ended = false;

	result = find_keyword(k, w, &keyword);
	if (result == MATCH_AMBIGUOUS)
		return result;
	if (result == MATCH_UNKNOWN) {
		value = find_value(k, w, &why);
		if (value == TOKEN_END) {
			for (size_t i = 0; i < k->count; i++) {
				const char *pos = k->c[i].pos;

				next_token(&pos, &t);
				ended = ended || t.type == TOKEN_END;
			}
			return why == MATCH_UNKNOWN && ended && k->count == 1 ? MATCH_EXTRA : why;
		}
	}
	for (size_t i = 0; i < k->count; i++) {
		const char *pos = k->c[i].pos;

		next_token(&pos, &t);
		if (t.type != value)
			continue;
		if (value == TOKEN_KEYWORD && (t.length != keyword.length || memcmp(t.text, keyword.text, (size_t)t.length)))
			continue;
		if (value == TOKEN_NUMBER && reader_number(w, &number) && (number < t.low || number > t.high))
			continue;
		if (value == TOKEN_ADDRESS && !reader_address(w, &addr))
			continue;
		k->c[kept++] = (struct candidate){ k->c[i].row, pos };
	}
	k->count = kept;
	return MATCH_FOUND;
}

/* A row that the line may end with here, or goes on to its end. */
static const struct match_row *complete(const struct walk *k, bool at_end)
{
	for (size_t i = 0; i < k->count; i++) {
		const char *pos = k->c[i].pos;
		struct token t;

		next_token(&pos, &t);
		if (at_end ? t.type == TOKEN_END || t.type == TOKEN_TAIL : t.type == TOKEN_TAIL || t.type == TOKEN_LINE)
			return k->c[i].row;
	}
	return NULL;
}

/* Walk words 0..@upto; returns how far it came, with @k as it is there. */
static size_t walk(const struct lexer_line *line, enum reader_mode mode, size_t upto, struct walk *k,
		   enum match_result *result)
{
	start(k, mode, upto ? &line->word[0] : NULL);
	*result = MATCH_INCOMPLETE;
	for (size_t i = 0; i < upto; i++) {
		enum match_result why;
		struct token t;

		/* Only rows that take all the rest are left, or keywords beside them: a keyword goes first. */
		if (complete(k, false) && find_keyword(k, &line->word[i], &t) != MATCH_FOUND) {
			*result = MATCH_FOUND;
			return i;
		}
		why = step(k, &line->word[i]);
		if (why != MATCH_FOUND) {
			*result = why;
			return i;
		}
	}
	return upto;
}

static void fill_args(const struct lexer_line *line, const struct match_row *row, struct match_args *a)
{
	const char *pos = row->pattern;
	struct token t;
	uint64_t number;

	memset(a, 0, sizeof(*a));
	a->negate = !strncmp(pos, "no ", 3) || !strncmp(pos, "default ", 8);
	a->tail = line->words;
	for (size_t i = 0;; i++) {
		next_token(&pos, &t);
		if (t.type == TOKEN_END)
			return;
		if (t.type == TOKEN_LINE || t.type == TOKEN_TAIL) {
			a->tail = i;
			return;
		}
		if (t.type == TOKEN_KEYWORD || i >= line->words || a->count == MATCH_ARGS)
			continue;
		a->arg[a->count].word = &line->word[i];
		a->arg[a->count].index = i;
		if (t.type == TOKEN_NUMBER && reader_number(&line->word[i], &number))
			a->arg[a->count].number = (uint32_t)number;
		if (t.type == TOKEN_ADDRESS)
			reader_address(&line->word[i], &a->arg[a->count].addr);
		a->count++;
	}
}

static bool is_ours(const struct walk *k, const struct lexer_line *line, size_t at)
{
	size_t lead = line->words && (lexer_is(&line->word[0], "no") || lexer_is(&line->word[0], "default"));

	for (size_t i = 0; at > lead && i < k->count; i++)
		if (k->c[i].row->anchor <= at - lead)
			return true;
	return false;
}

/*
 * The section that the command would have led to: MODE_SKIP where that cannot
 * be told, MODE_GLOBAL where there is none.
 */
static enum reader_mode section(const struct walk *k, enum match_result result)
{
	enum reader_mode mode = MODE_GLOBAL;
	bool any = false, none = false;

	for (size_t i = 0; i < k->count; i++) {
		const char *pos = k->c[i].pos;
		struct token t;

		next_token(&pos, &t);
		if (result == MATCH_RANGE && t.type != TOKEN_NUMBER)
			continue;
		if (k->c[i].row->enter == MODE_GLOBAL)
			none = true;
		else if (!any)
			mode = k->c[i].row->enter;
		any = any || k->c[i].row->enter != MODE_GLOBAL;
	}
	return any && none ? MODE_SKIP : mode;
}

/* Is the first word a beginning of one of our commands, and of one that we don't read as well? */
static bool foreign_too(const struct lexer_line *line, enum reader_mode mode)
{
	struct token t;
	struct walk k;

	start(&k, mode, &line->word[0]);
	return mode == MODE_GLOBAL && line->word[0].length > 1 && find_keyword(&k, &line->word[0], &t) == MATCH_FOUND &&
	       (size_t)t.length != line->word[0].length && match_global_begins(&line->word[0]);
}

void match_line(struct reader *r, enum reader_mode mode, struct match *m)
{
	const struct lexer_line *line = r->line;
	struct walk k;

	memset(m, 0, sizeof(*m));
	if (foreign_too(line, mode)) {
		m->result = MATCH_AMBIGUOUS;
		m->ours = true;
		return;
	}
	m->at = walk(line, mode, line->words, &k, &m->result);
	m->row = complete(&k, m->result != MATCH_FOUND);
	if (m->result == MATCH_INCOMPLETE && m->row)
		m->result = MATCH_FOUND;
	if (m->result == MATCH_FOUND) {
		m->ours = true;
		fill_args(line, m->row, &m->args);
		return;
	}
	m->ours = is_ours(&k, line, m->at);
	m->row = NULL;
	m->enter = section(&k, m->result);
	/* A beginning of two of our commands: two letters at least, or it is nobody's. */
	if (m->result == MATCH_AMBIGUOUS && !m->at && line->word[0].length > 1)
		m->ours = true;
}

/* ---- what was expected ---- */

struct list {
	char text[LIST_MAX];
	size_t used, items;
	const char *seen[64];
	int seen_length[64];
};

static void list_add(struct list *l, const char *text, int length, const char *help, int help_length)
{
	int n;

	for (size_t i = 0; i < l->items && i < 64; i++)
		if (l->seen_length[i] == length && !memcmp(l->seen[i], text, (size_t)length))
			return;
	if (l->items < 64) {
		l->seen[l->items] = text;
		l->seen_length[l->items] = length;
	}
	l->items++;
	n = snprintf(l->text + l->used, sizeof(l->text) - l->used, "%s%.*s%s%.*s%s", l->items > 1 ? ", " : "", length, text,
		     help ? " (" : "", help ? help_length : 0, help ? help : "", help ? ")" : "");
	if (n < 0 || (size_t)n >= sizeof(l->text) - l->used) {
		/* No room: what is there stays, cut where it was whole. */
		l->text[l->used] = '\0';
		return;
	}
	for (char *p = l->text + l->used; *p; p++)	/* blanks of a pattern's help are written "_" */
		if (*p == '_')
			*p = ' ';
	l->used += (size_t)n;
}

static void list_token(struct list *l, const struct token *t)
{
	const char *help = t->help;
	int length = t->help_length;

	if (t->type == TOKEN_END) {
		list_add(l, "the end of the line", 19, NULL, 0);
		return;
	}
	if (t->type == TOKEN_TAIL || t->type == TOKEN_LINE) {
		if (help)
			list_add(l, help, length, NULL, 0);
		return;
	}
	if (t->type == TOKEN_KEYWORD && !help) {
		help = grammar_help(t->text, (size_t)t->length);
		length = help ? (int)strlen(help) : 0;
	}
	list_add(l, t->text, t->length, help, length);
}

static void report(struct reader *r, enum match_result result, size_t at, const struct list *l)
{
	const char *of = l->items > 1 ? "one of: " : "";

	switch (result) {
	case MATCH_INCOMPLETE:
		reader_error(r, at, "incomplete command; expected %s%s", of, l->text);
		break;
	case MATCH_AMBIGUOUS:
		reader_error(r, at, "ambiguous; it begins %s%s", of, l->text);
		break;
	case MATCH_RANGE:
		reader_error(r, at, "out of range; expected %s%s", of, l->text);
		break;
	case MATCH_LENGTH:
		reader_error(r, at, "name too long; expected at most %d characters", CONFIG_NAME_MAX);
		break;
	case MATCH_EXTRA:
		reader_error(r, at, "the command is complete before this word; expected the end of the line");
		break;
	default:
		reader_error(r, at, "not valid here; expected %s%s", of, l->text);
		break;
	}
}

void match_error(struct reader *r, enum reader_mode mode, const struct match *m)
{
	const struct lexer_word *w = m->at < r->line->words ? &r->line->word[m->at] : NULL;
	struct list l = { .used = 0 };
	enum match_result result;
	struct walk k;

	walk(r->line, mode, m->at, &k, &result);
	for (size_t i = 0; i < k.count; i++) {
		const char *pos = k.c[i].pos;
		struct token t;

		next_token(&pos, &t);
		if (m->result == MATCH_AMBIGUOUS && (t.type != TOKEN_KEYWORD || !begins(w, t.text, (size_t)t.length)))
			continue;
		if (!m->at && t.type == TOKEN_KEYWORD && (token_is(&t, "end") || token_is(&t, "quit")))
			continue;
		list_token(&l, &t);
	}
	if (m->result == MATCH_AMBIGUOUS && !m->at && mode == MODE_GLOBAL)
		list_add(&l, "commands that are not read here", 31, NULL, 0);
	report(r, m->result, m->at, &l);
}

/* ---- choices within a TAIL ---- */

static void list_choices(struct list *l, const struct match_choice *choices, const struct lexer_word *w, const char *more)
{
	for (; choices->word; choices++) {
		const char *help = choices->help;

		if (w && !begins(w, choices->word, strlen(choices->word)))
			continue;
		if (!help)
			help = grammar_help(choices->word, strlen(choices->word));
		list_add(l, choices->word, (int)strlen(choices->word), help, help ? (int)strlen(help) : 0);
	}
	if (more)
		list_add(l, more, (int)strlen(more), NULL, 0);
}

void match_expected(struct reader *r, size_t index, const struct match_choice *choices, const char *more)
{
	struct list l = { .used = 0 };

	list_choices(&l, choices, NULL, more);
	report(r, index < r->line->words ? MATCH_UNKNOWN : MATCH_INCOMPLETE, index, &l);
}

const struct match_choice *match_choose(struct reader *r, size_t index, const struct match_choice *choices,
					const char *more, bool quiet)
{
	const struct lexer_word *w = &r->line->word[index];
	const struct match_choice *found = NULL;
	struct list l = { .used = 0 };
	bool ambiguous = false;

	for (size_t i = 0; index < r->line->words && choices[i].word; i++) {
		if (!begins(w, choices[i].word, strlen(choices[i].word)))
			continue;
		if (w->length == strlen(choices[i].word))
			return &choices[i];
		ambiguous = ambiguous || found;
		found = &choices[i];
	}
	if (found && !ambiguous)
		return found;
	if (ambiguous) {
		list_choices(&l, choices, w, NULL);
		report(r, MATCH_AMBIGUOUS, index, &l);
	} else if (!quiet) {
		match_expected(r, index, choices, more);
	}
	return NULL;
}

bool match_end(struct reader *r, size_t index)
{
	if (index >= r->line->words)
		return true;
	reader_error(r, index, "the command is complete before this word; expected the end of the line");
	return false;
}
