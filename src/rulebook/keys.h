/* rulebook/keys.h — the table of keys and their parameters, from which the reader, the printer, the
 * difference and the help come; for the files of this folder.
 * Owns    nothing
 * Thread  any */
#ifndef RULEBOOK_KEYS_H
#define RULEBOOK_KEYS_H

#include <stddef.h>

#include "rulebook/rulebook.h"

#define PARAMETERS_MAX 16u /* of a key, with the NONE behind them */

enum parameter_type {
	PARAMETER_NONE = 0, /* ends the list */
	PARAMETER_U8,
	PARAMETER_U16,
	PARAMETER_U32,
	PARAMETER_YES,       /* bool: yes or no */
	PARAMETER_WINDOW,    /* two u8: "8-24"; `offset` and `other` */
	PARAMETER_CHOICE,    /* an enum: one of `choice` */
	PARAMETER_ASNS,      /* u32[max]; their count at `other` */
	PARAMETER_PREFIXES,  /* struct prefix[max]; their count at `other` */
	PARAMETER_NEXT_HOPS, /* struct address[FAMILY_COUNT]; bool[FAMILY_COUNT] at `other` */
};

struct parameter {
	const char *name;
	enum parameter_type type;
	size_t offset; /* in struct rulebook */
	size_t other;
	uint32_t min;
	uint32_t max;              /* of a list: items */
	const char *const *choice; /* by value; NULL in between = not to be chosen; NULL ends it */
	uint32_t choice_count;
	const char *expects; /* ends the sentence "... is not" */
};

struct key_row {
	const char *name;
	const char *help;
	struct parameter parameter[PARAMETERS_MAX];
};

extern const struct key_row key_rows[RULEBOOK_KEY_COUNT];

/* One scalar of the parameter; false: it is not what is expected, or the list is full. */
bool parameter_take(struct rulebook *book, const struct parameter *parameter, const char *text);

/* Before the first item of a list. */
void parameter_clear(struct rulebook *book, const struct parameter *parameter);
bool parameter_is_list(const struct parameter *parameter);

/* "8-24", "[174, 701]" */
void parameter_print(const struct rulebook *book, const struct parameter *parameter,
		     struct text_sink out);

#endif
