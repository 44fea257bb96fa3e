/* unit/sys/child.c — programs that mean ill: none takes more than its bounds, none stays. */
#include "sys/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/tap.h"
#include "sys/process.h"

#define TIME_MS 500u
#define LATE_MS 5000

static const struct child_bounds bounds = { TIME_MS, 4096, UINT64_C(1) << 30, 0 };

static struct fault run(const char *script, struct child_said *out, struct heap *heap)
{
	const char *argv[] = { "sh", "-c", script, NULL };

	return child_run(argv, &bounds, heap, out);
}

static void case_rows(void)
{
	static const struct {
		const char *script;
		enum fault_kind kind;
		const char *why;
	} rows[] = {
		{ "echo said", FAULT_NONE, "" },
		{ "echo why >&2; exit 3", FAULT_CONFLICT, "why " },
		{ "exit 3", FAULT_CONFLICT, "exit code 3" },
		{ "printf '\\033]0;x\\007y' >&2; exit 1", FAULT_CONFLICT, "]0;x y" },
		{ "kill -9 $$", FAULT_CONFLICT, "ended by signal 9" },
		{ "sleep 60", FAULT_LIMIT, "no answer within 0 s" },
		{ "trap '' TERM INT HUP; sleep 60 & wait", FAULT_LIMIT, "no answer within 0 s" },
		{ "exec >&- 2>&-; sleep 60", FAULT_LIMIT, "no end within 0 s" },
		{ "while :; do echo 0123456789abcdef; done", FAULT_LIMIT,
		  "it said more than 4096 octets" },
		{ "while :; do echo x >&2; done", FAULT_LIMIT, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heap heap = heap_libc();
		struct child_said said CLEAN(child_said_fini) = { .heap = &heap };
		tap_row(rows[i].script);
		struct instant begin = process_now();
		struct fault fault = run(rows[i].script, &said, &heap);
		expect_u64(fault.kind, rows[i].kind);
		if (rows[i].why != NULL)
			expect_text(said.why, rows[i].why);
		expect_true(process_now().ns - begin.ns < LATE_MS * INT64_C(1000000));
	}
}

/* Not there, or dead and not yet waited for by whoever took it over. */
static bool is_over(const char *number)
{
	char path[64];
	char text[256] = "";

	(void)snprintf(path, sizeof path, "/proc/%ld/stat", strtol(number, NULL, 10));
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return true;
	size_t len = fread(text, 1, sizeof text - 1, file);
	(void)fclose(file);
	return len == 0 || strstr(text, ") Z ") != NULL;
}

/* What it began goes with it. */
static void case_offspring(void)
{
	struct heap heap = heap_libc();
	struct child_said said CLEAN(child_said_fini) = { .heap = &heap };

	struct fault fault = run("sleep 60 & echo $!; sleep 60", &said, &heap);
	expect_u64(fault.kind, FAULT_LIMIT);
	expect_true(said.len_octets > 1 && said.len_octets < 16);
	char number[16];
	(void)snprintf(number, sizeof number, "%.*s", (int)said.len_octets,
		       (const char *)said.octets);
	struct instant begin = process_now();
	bool is_gone = false;
	while (!is_gone && process_now().ns - begin.ns < LATE_MS * INT64_C(1000000))
		is_gone = is_over(number);
	expect_true(is_gone);
}

static const struct tap_case cases[] = {
	{ "bounds and reasons", case_rows, 60 },
	{ "what it began", case_offspring, 0 },
};
TAP_MAIN(cases)
