/* text/yaml_tree.h — a nested YAML document as a tree, each node with its line and column.
 *
 * Every scalar is text: whoever asks converts it strictly.  Names stand once in a mapping; aliases
 * and a second document are refused.
 * Owns    a tree its nodes and texts: yaml_tree_init/_fini
 * Bound   YAML_TREE_OCTETS_MAX octets, YAML_TREE_NODES_MAX nodes, YAML_TREE_DEPTH_MAX levels
 * Faults  false with a complaint, which has the file, line and column
 * Thread  one at a time */
#ifndef TEXT_YAML_TREE_H
#define TEXT_YAML_TREE_H

#include <stdbool.h>

#include "base/complaint.h"
#include "base/heap.h"
#include "base/octets.h"

#define YAML_TREE_OCTETS_MAX (8u * 1024u * 1024u)
#define YAML_TREE_NODES_MAX (1024u * 1024u)
#define YAML_TREE_DEPTH_MAX 16u
#define YAML_TREE_NAMES_MAX 1024u /* in one mapping */
#define YAML_NONE UINT32_MAX

enum yaml_kind {
	YAML_TEXT = 0,
	YAML_LIST,
	YAML_MAPPING,
};

struct yaml_node {
	enum yaml_kind kind;
	const char *name; /* in a mapping; NULL elsewhere */
	const char *text; /* of a TEXT; "" elsewhere */
	bool is_plain;    /* a TEXT without quotes: may be a number, yes, or nothing */
	uint32_t line;    /* from 1; of a named node where its name stands */
	uint32_t column;
	uint32_t value_line; /* where the value itself begins */
	uint32_t value_column;
	uint32_t child; /* the first, of a LIST or MAPPING; or NONE, here and below */
	uint32_t next;  /* in the same LIST or MAPPING */
	uint32_t count; /* of children */
};

struct yaml_tree {
	struct heap *heap;
	const char *file; /* only named in complaints */
	struct yaml_node *node;
	uint32_t node_count;
	uint32_t node_room;
	struct yaml_text *texts;
	bool is_whole; /* read to its end, whatever is wrong in it */
};

void yaml_tree_init(struct yaml_tree *tree, struct heap *heap);
void yaml_tree_fini(struct yaml_tree *tree); /* for CLEAN */

/* `file` must outlive the tree. */
bool yaml_tree_read(const char *file, struct octets text, struct yaml_tree *out,
		    struct complaints *complaints);

/* NULL when the document is empty, here and below when there is none. */
const struct yaml_node *yaml_root(const struct yaml_tree *tree);
const struct yaml_node *yaml_child(const struct yaml_tree *tree, const struct yaml_node *node);
const struct yaml_node *yaml_next(const struct yaml_tree *tree, const struct yaml_node *node);
const struct yaml_node *yaml_named(const struct yaml_tree *tree, const struct yaml_node *mapping,
				   const char *name);

/* "FILE:LINE:COLUMN: " and the sentence: at the node's name, or at its value. */
void yaml_complain(const struct yaml_tree *tree, const struct yaml_node *node, bool is_warning,
		   struct complaints *complaints, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void yaml_complain_value(const struct yaml_tree *tree, const struct yaml_node *node,
			 struct complaints *complaints, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
