/* text/yaml.h — a flat YAML document read through a table: each name with its type, whether it
 * must be there, and what it is for.  Every scalar is converted strictly; every error is gathered,
 * with line and column.
 * Bound   YAML_OCTETS_MAX octets of input, YAML_ITEMS_MAX items a list
 * Owns    nothing: converted values go to the taker
 * Thread  one at a time */
#ifndef TEXT_YAML_H
#define TEXT_YAML_H

#include <stdbool.h>

#include "base/complaint.h"
#include "base/octets.h"

#define YAML_OCTETS_MAX (64u * 1024u)
#define YAML_ITEMS_MAX 64u

struct yaml_key {
	const char *name;
	bool is_list;
	bool is_required;
	bool is_secret;      /* a value that is wrong is not said again */
	const char *expects; /* "an AS number": ends the sentence "... is not" */
	/* False: the text is not what is expected. */
	bool (*take)(void *context, const char *text);
	void (*begin)(void *context); /* of a list, before its first item; may be NULL */
	const char *help;             /* what it is for; NULL = nobody is told */
};

/* `file` is only named in complaints.  False when there was any error. */
bool yaml_read(const char *file, struct octets text, const struct yaml_key *keys,
	       uint32_t key_count, void *context, struct complaints *complaints);

#endif
