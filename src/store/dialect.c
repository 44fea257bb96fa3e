/* store/dialect.c — one pass over the words of SQL. */
#include "store/dialect.h"

#include <string.h>

struct writing {
	char *out;
	size_t room;
	size_t len;
};

static void put(struct writing *writing, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i++, writing->len++) {
		if (writing->len < writing->room)
			writing->out[writing->len] = from[i];
	}
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static size_t word_len(const char *at)
{
	size_t len = 0;

	while (is_word(at[len]))
		len++;
	return len;
}

static bool same(const char *word, size_t len, const char *as)
{
	return strlen(as) == len && strncmp(word, as, len) == 0;
}

/* As long as what must not be looked into: a text in quotes, a comment; 0 = neither. */
static size_t closed_len(const char *at)
{
	const char *end = NULL;

	if (at[0] == '\'' || at[0] == '"') {
		end = strchr(at + 1, at[0]);
		return end != NULL ? (size_t)(end - at) + 1 : strlen(at);
	}
	if (at[0] == '-' && at[1] == '-')
		return strcspn(at, "\n");
	if (at[0] != '/' || at[1] != '*')
		return 0;
	end = strstr(at + 2, "*/");
	return end != NULL ? (size_t)(end - at) + 2 : strlen(at);
}

/* A word of SQL, or what it is called there.  "AS TEXT" is a cast's. */
static void word_put(struct writing *writing, const char *word, size_t len, bool is_schema,
		     bool behind_as)
{
	static const char text[] = "TEXT COLLATE \"C\"";

	if (same(word, len, "INTEGER"))
		put(writing, "BIGINT", 6);
	else if (same(word, len, "BLOB"))
		put(writing, "BYTEA", 5);
	else if (is_schema && same(word, len, "TEXT") && !behind_as)
		put(writing, text, sizeof text - 1);
	else if (!is_schema || !same(word, len, "STRICT"))
		put(writing, word, len);
}

bool dialect_postgresql(const char *sql, bool is_schema, char *out, size_t room)
{
	struct writing writing = { out, room, 0 };
	bool behind_as = false;

	while (*sql != '\0') {
		size_t closed = closed_len(sql);
		size_t word = word_len(sql);
		if (closed != 0) {
			put(&writing, sql, closed);
			sql += closed;
		} else if (word != 0) {
			word_put(&writing, sql, word, is_schema, behind_as);
			behind_as = same(sql, word, "AS");
			sql += word;
		} else {
			put(&writing, *sql == '?' ? "$" : sql, 1);
			sql++;
		}
	}
	put(&writing, "", 1);
	return writing.len <= room;
}
