/* text/yaml_tree.c — libyaml's events as a tree. */
#include "text/yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"

/* A text of the tree, in a chain so that texts never move. */
struct yaml_text {
	struct yaml_text *next;
	size_t size; /* of the whole */
	char text[];
};

struct level {
	uint32_t node;
	uint32_t last;    /* its last child so far */
	const char *name; /* awaits its value; NULL: none */
	yaml_mark_t name_mark;
};

struct building {
	struct yaml_tree *tree;
	struct complaints *complaints;
	uint32_t depth;
	uint32_t documents;
	bool has_failed;
	bool is_over; /* what follows cannot be understood */
	struct level level[YAML_TREE_DEPTH_MAX];
};

void yaml_tree_init(struct yaml_tree *tree, struct heap *heap)
{
	*tree = (struct yaml_tree){ .heap = heap, .file = "" };
}

void yaml_tree_fini(struct yaml_tree *tree)
{
	while (tree->texts != NULL) {
		struct yaml_text *text = tree->texts;
		tree->texts = text->next;
		heap_free(tree->heap, text, text->size);
	}
	if (tree->heap != NULL)
		heap_free(tree->heap, tree->node, tree->node_room * sizeof *tree->node);
	yaml_tree_init(tree, tree->heap);
}

/* Reading goes on, so that all that is wrong is said at once. */
static void wrong_at(struct building *building, yaml_mark_t mark, const char *what,
		     const char *text)
{
	building->has_failed = true;
	complain(building->complaints, false, "%s:%zu:%zu: %s%.64s", building->tree->file,
		 mark.line + 1, mark.column + 1, what, text);
}

static void fail_at(struct building *building, yaml_mark_t mark, const char *what, const char *text)
{
	wrong_at(building, mark, what, text);
	building->is_over = true;
}

static const char *text_keep(struct building *building, const yaml_event_t *event)
{
	struct yaml_tree *tree = building->tree;
	size_t len = event->data.scalar.length;
	size_t size = sizeof(struct yaml_text) + len + 1;

	if (memchr(event->data.scalar.value, '\0', len) != NULL) {
		fail_at(building, event->start_mark, "a NUL inside a value", "");
		return NULL;
	}
	struct yaml_text *text = heap_take(tree->heap, size);
	if (text == NULL) {
		fail_at(building, event->start_mark, "out of memory", "");
		return NULL;
	}
	text->size = size;
	text->next = tree->texts;
	tree->texts = text;
	mem_copy(text->text, event->data.scalar.value, len + 1);
	return text->text;
}

/* Hangs a node under what is open; its index, or NONE. */
static uint32_t node_add(struct building *building, enum yaml_kind kind, yaml_mark_t mark)
{
	struct yaml_tree *tree = building->tree;
	struct level *level = building->depth != 0 ? &building->level[building->depth - 1] : NULL;

	if (tree->node_count == YAML_TREE_NODES_MAX ||
	    !heap_grow(tree->heap, (void **)&tree->node, &tree->node_room, tree->node_count + 1,
		       sizeof *tree->node)) {
		fail_at(building, mark, "too much of it, or out of memory", "");
		return YAML_NONE;
	}
	uint32_t index = tree->node_count++;
	struct yaml_node *node = &tree->node[index];
	*node = (struct yaml_node){ .kind = kind,
				    .text = "",
				    .line = (uint32_t)mark.line + 1,
				    .column = (uint32_t)mark.column + 1,
				    .child = YAML_NONE,
				    .next = YAML_NONE };
	node->value_line = node->line;
	node->value_column = node->column;
	if (level == NULL)
		return index;
	if (level->name != NULL) {
		node->name = level->name;
		node->line = (uint32_t)level->name_mark.line + 1;
		node->column = (uint32_t)level->name_mark.column + 1;
		level->name = NULL;
	}
	if (level->last == YAML_NONE)
		tree->node[level->node].child = index;
	else
		tree->node[level->last].next = index;
	tree->node[level->node].count++;
	level->last = index;
	return index;
}

static void name_take(struct building *building, const yaml_event_t *event)
{
	struct level *level = &building->level[building->depth - 1];
	const struct yaml_node *node = &building->tree->node[level->node];
	const char *name = text_keep(building, event);

	if (name == NULL)
		return;
	if (node->count == YAML_TREE_NAMES_MAX)
		fail_at(building, event->start_mark, "too many names before ", name);
	else if (yaml_named(building->tree, node, name) != NULL)
		wrong_at(building, event->start_mark, "a second ", name);
	level->name = name;
	level->name_mark = event->start_mark;
}

static bool awaits_name(const struct building *building)
{
	if (building->depth == 0)
		return false;
	const struct level *level = &building->level[building->depth - 1];
	return level->name == NULL && building->tree->node[level->node].kind == YAML_MAPPING;
}

static void scalar_take(struct building *building, const yaml_event_t *event)
{
	if (awaits_name(building)) {
		name_take(building, event);
		return;
	}
	const char *text = text_keep(building, event);
	if (text == NULL)
		return;
	uint32_t index = node_add(building, YAML_TEXT, event->start_mark);
	if (index == YAML_NONE)
		return;
	building->tree->node[index].text = text;
	building->tree->node[index].is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void collection_begin(struct building *building, enum yaml_kind kind, yaml_mark_t mark)
{
	if (building->depth == YAML_TREE_DEPTH_MAX) {
		fail_at(building, mark, "too many levels", "");
		return;
	}
	if (awaits_name(building)) {
		fail_at(building, mark, "a name was expected here", "");
		return;
	}
	uint32_t index = node_add(building, kind, mark);
	if (index != YAML_NONE)
		building->level[building->depth++] = (struct level){ .node = index,
								     .last = YAML_NONE };
}

/* False at the end. */
static bool event_take(struct building *building, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		scalar_take(building, event);
		break;
	case YAML_MAPPING_START_EVENT:
		collection_begin(building, YAML_MAPPING, event->start_mark);
		break;
	case YAML_SEQUENCE_START_EVENT:
		collection_begin(building, YAML_LIST, event->start_mark);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		building->depth--;
		break;
	case YAML_ALIAS_EVENT:
		fail_at(building, event->start_mark, "aliases are not taken", "");
		break;
	case YAML_DOCUMENT_START_EVENT:
		if (building->documents++ != 0)
			fail_at(building, event->start_mark, "a second document begins here", "");
		break;
	case YAML_STREAM_END_EVENT:
		return false;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return true;
}

bool yaml_tree_read(const char *file, struct octets text, struct yaml_tree *out,
		    struct complaints *complaints)
{
	struct building building = { .tree = out, .complaints = complaints };
	yaml_parser_t parser;
	bool is_more = true;

	out->file = file;
	if (text.len_octets > YAML_TREE_OCTETS_MAX) {
		complain(complaints, false, "%s: larger than %u MiB", file,
			 YAML_TREE_OCTETS_MAX / (1024 * 1024));
		return false;
	}
	if (yaml_parser_initialize(&parser) == 0) {
		complain(complaints, false, "%s: out of memory", file);
		return false;
	}
	yaml_parser_set_input_string(&parser, text.at, text.len_octets);
	while (is_more && !building.is_over) {
		yaml_event_t event;
		if (yaml_parser_parse(&parser, &event) == 0) {
			fail_at(&building, parser.problem_mark,
				parser.problem != NULL ? parser.problem : "unreadable", "");
			break;
		}
		is_more = event_take(&building, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	out->is_whole = !building.is_over;
	return !building.has_failed;
}

/* --- asking ----------------------------------------------------------------------------------- */

static const struct yaml_node *node_at(const struct yaml_tree *tree, uint32_t index)
{
	return index == YAML_NONE ? NULL : &tree->node[index];
}

const struct yaml_node *yaml_root(const struct yaml_tree *tree)
{
	return tree->node_count == 0 ? NULL : tree->node;
}

const struct yaml_node *yaml_child(const struct yaml_tree *tree, const struct yaml_node *node)
{
	return node == NULL ? NULL : node_at(tree, node->child);
}

const struct yaml_node *yaml_next(const struct yaml_tree *tree, const struct yaml_node *node)
{
	return node == NULL ? NULL : node_at(tree, node->next);
}

const struct yaml_node *yaml_named(const struct yaml_tree *tree, const struct yaml_node *mapping,
				   const char *name)
{
	const struct yaml_node *at = yaml_child(tree, mapping);

	while (at != NULL && (at->name == NULL || strcmp(at->name, name) != 0))
		at = yaml_next(tree, at);
	return at;
}

void yaml_complain(const struct yaml_tree *tree, const struct yaml_node *node, bool is_warning,
		   struct complaints *complaints, const char *format, ...)
{
	char text[COMPLAINT_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	complain(complaints, is_warning, "%s:%u:%u: %s", tree->file, node->line, node->column,
		 text);
}

void yaml_complain_value(const struct yaml_tree *tree, const struct yaml_node *node,
			 struct complaints *complaints, const char *format, ...)
{
	char text[COMPLAINT_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	complain(complaints, false, "%s:%u:%u: %s", tree->file, node->value_line,
		 node->value_column, text);
}
