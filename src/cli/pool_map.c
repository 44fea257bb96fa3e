/* cli/pool_map.c — a pool drawn: rows of cells, each a block, with a letter and a colour. */
#include <stdio.h>
#include <string.h>

#include "cli/pooling.h"
#include "numbers/map.h"
#include "text/columns.h"

#define ROWS_MAX 16u
#define CELLS_A_ROW_MAX 64u
#define CELLS_A_ROW_MIN 8u
#define GROUP 8u
#define COLUMNS_NO_TERMINAL 100u

static const struct {
	char letter;
	enum colour colour;
	const char *word;
} looks[MAP_CELLS] = {
	[MAP_FREE] = { '.', COLOUR_DIM, "free" },
	[MAP_KEPT] = { ':', COLOUR_DIM, "free, kept for growth" },
	[MAP_GRANTED] = { '#', COLOUR_GREEN, "granted" },
	[MAP_HELD] = { 'x', COLOUR_CYAN, "the exchange's own" },
	[MAP_RETURNING] = { 'r', COLOUR_YELLOW, "returning" },
	[MAP_QUARANTINE] = { 'q', COLOUR_RED, "quarantine" },
	[MAP_SEVERAL] = { '+', COLOUR_BOLD, "several in one block" },
};

static const char *const json_word[MAP_CELLS] = {
	"free", "kept", "granted", "held", "returning", "quarantine", "several",
};

/* The widest row of a power of two that the terminal holds, with its address before it. */
static uint32_t cells_a_row(uint32_t columns, uint32_t label)
{
	uint32_t cells = CELLS_A_ROW_MAX;

	columns = columns != 0 ? columns : COLUMNS_NO_TERMINAL;
	while (cells > CELLS_A_ROW_MIN && label + 2 + cells + cells / GROUP > columns)
		cells /= 2;
	return cells;
}

static struct prefix cell_prefix(const struct numbers_pool *pool, uint32_t index, uint8_t bits)
{
	struct space_block block = { (space_wide)index << bits, bits };

	return space_prefix_of(&pool->prefix, block);
}

static uint32_t label_width(const struct numbers_pool *pool, uint32_t cells, uint8_t bits)
{
	size_t widest = 0;

	for (uint32_t i = 0; i < cells; i += CELLS_A_ROW_MIN) {
		char text[PREFIX_TEXT_MAX];
		struct prefix prefix = cell_prefix(pool, i, bits);
		block_print(&prefix, text);
		size_t len = strcspn(text, "/");
		widest = len > widest ? len : widest;
	}
	return (uint32_t)widest;
}

static void row_put(struct desk *desk, const enum map_cell *cell, uint32_t count)
{
	enum map_cell last = MAP_CELLS;

	for (uint32_t i = 0; i < count; i++) {
		if (i != 0 && i % GROUP == 0)
			(void)text_put(desk->out, " ");
		if (cell[i] != last)
			(void)text_put(desk->out, "%s%s",
				       last != MAP_CELLS ? colour_off(desk->has_colour) : "",
				       colour_on(looks[cell[i]].colour, desk->has_colour));
		last = cell[i];
		(void)text_put(desk->out, "%c", looks[cell[i]].letter);
	}
	(void)text_put(desk->out, "%s\n", colour_off(desk->has_colour));
}

static void legend_put(struct desk *desk, const enum map_cell *cell, uint32_t count)
{
	bool is_there[MAP_CELLS] = { false };
	bool is_first = true;

	for (uint32_t i = 0; i < count; i++)
		is_there[cell[i]] = true;
	for (uint32_t i = 0; i < MAP_CELLS; i++) {
		if (!is_there[i])
			continue;
		(void)text_put(desk->out, "%s%s%c%s %s", is_first ? "" : "   ",
			       colour_on(looks[i].colour, desk->has_colour), looks[i].letter,
			       colour_off(desk->has_colour), looks[i].word);
		is_first = false;
	}
	(void)text_put(desk->out, "\n");
}

static void map_table(struct desk *desk, const struct pools_session *session,
		      const struct numbers_pool *pool)
{
	enum map_cell cell[MAP_CELLS_MAX];
	uint8_t bits = 0;
	char size[32];
	char prefix[PREFIX_TEXT_MAX];

	uint32_t count = numbers_map(&session->book, pool->id, MAP_CELLS_MAX, cell, &bits);
	uint32_t width = label_width(pool, count, bits);
	uint32_t a_row = cells_a_row(desk->columns, width);
	if (count > a_row * ROWS_MAX)
		count = numbers_map(&session->book, pool->id, a_row * ROWS_MAX, cell, &bits);
	prefix_print(&pool->prefix, prefix);
	if (bits == 0)
		(void)snprintf(size, sizeof size, "an address");
	else
		(void)snprintf(size, sizeof size, "a /%u",
			       prefix_bits_max((enum family)pool->prefix.family) - bits);
	(void)text_put(desk->out, "%s%s%s  %s, each sign %s\n\n",
		       colour_on(COLOUR_BOLD, desk->has_colour), pool->name,
		       colour_off(desk->has_colour), prefix, size);
	for (uint32_t i = 0; i < count; i += a_row) {
		struct prefix first = cell_prefix(pool, i, bits);
		prefix_print(&first, prefix);
		(void)text_put(desk->out, "%-*.*s  ", (int)width, (int)strcspn(prefix, "/"),
			       prefix);
		row_put(desk, cell + i, count - i < a_row ? count - i : a_row);
	}
	(void)text_put(desk->out, "\n");
	legend_put(desk, cell, count);
}

static bool map_json(struct desk *desk, const struct pools_session *session,
		     const struct numbers_pool *pool)
{
	enum map_cell cell[MAP_CELLS_MAX];
	struct json json;
	uint8_t bits = 0;
	uint32_t count = numbers_map(&session->book, pool->id, MAP_CELLS_MAX, cell, &bits);

	json_init(&json, desk->out, 0);
	json_object_open(&json);
	json_field_text(&json, "pool", pool->name);
	json_field_prefix(&json, "prefix", &pool->prefix);
	json_field_u64(&json, "cell_length",
		       prefix_bits_max((enum family)pool->prefix.family) - bits);
	json_field_array(&json, "cells");
	for (uint32_t i = 0; i < count; i++)
		json_text(&json, json_word[cell[i]]);
	json_array_close(&json);
	json_object_close(&json);
	return json_done(&json);
}

enum exit_code command_pool_map(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	bool ok = true;

	if (!pooling_begin(desk, false, &session))
		return EXIT_COULD_NOT;
	const struct numbers_pool *pool = pool_named(&session, arguments->word[0]);
	if (pool != NULL && argument_yes(arguments, "json"))
		ok = map_json(desk, &session, pool);
	else if (pool != NULL)
		map_table(desk, &session, pool);
	struct fault fault = pool == NULL ? fault_of(FAULT_ABSENT, 0) :
			     ok           ? fault_none() :
					    fault_of(FAULT_LIMIT, 0);
	return pooling_end(&session, fault, "the map cannot be drawn");
}
