/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The router's command line. Enters: the words after show, clear or debug.
 * Leaves: which command of a tree was meant, with its values; or the router's
 * own error form on standard error.
 */
#ifndef TOOLS_IOS_H
#define TOOLS_IOS_H

#include <jansson.h>
#include <stdbool.h>

enum ios_value {
	IOS_KEYWORD,	/* the word stands for itself */
	IOS_ADDRESS,	/* an IP address follows it */
	IOS_NAME,	/* any word follows it */
	IOS_NUMBER,	/* a number from 1 on follows it */
};

/**
 * struct ios_word - one word of the tree; lists end with a NULL word
 * @word: the keyword; "" for a value that stands alone
 * @value: what follows the keyword
 * @next: what may come after it; NULL: nothing
 * @command: number of the command if the line may end here, else 0
 * @key: name of the value, or of the flag, in the parsed arguments; NULL: neither
 */
struct ios_word {
	const char *word;
	enum ios_value value;
	const struct ios_word *next;
	int command;
	const char *key;
};

/**
 * ios_parse() - find the command that the words mean
 * @object: the word in front of them, "show"
 * @usage: what follows "usage: cmap ", for errors
 * @args: an object that gets the values by their keys: strings, integers,
 *	true for keywords
 *
 * Words may be shortened as long as they stay unique. Returns the command's
 * number, or 0 after having printed what is wrong.
 */
int ios_parse(const char *object, const struct ios_word *tree, const char *usage, int argc, char **argv, json_t *args);

#endif
