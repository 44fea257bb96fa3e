/* kit/tap.c — the harness. */
#include "kit/tap.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_FAILED 1
#define EXIT_SKIPPED 77
#define EXIT_EMPTY 78
#define FAILURES_SHOWN 20u
#define TAP_ROW_MAX 256u

static _Atomic uint32_t checks; /* a case may have threads */
static _Atomic uint32_t failures;
static char row[TAP_ROW_MAX]; /* "" = none: whoever named it may be gone when it is said */

static void fail_at(const char *what, const char *file, int line)
{
	failures++;
	if (failures > FAILURES_SHOWN)
		return;
	printf("# %s:%d: %s%s%s%s\n", file, line, what, row[0] != '\0' ? " [row: " : "", row,
	       row[0] != '\0' ? "]" : "");
}

void tap_row(const char *name)
{
	(void)snprintf(row, sizeof row, "%s", name != NULL ? name : "");
}

void tap_true(bool passed, const char *what, const char *file, int line)
{
	checks++;
	if (!passed)
		fail_at(what, file, line);
}

void tap_u64(uint64_t actual, uint64_t expected, const char *what, const char *file, int line)
{
	checks++;
	if (actual == expected)
		return;
	fail_at(what, file, line);
	printf("#   is %" PRIu64 " (0x%" PRIx64 "), expected %" PRIu64 " (0x%" PRIx64 ")\n", actual,
	       actual, expected, expected);
}

void tap_text(const char *actual, const char *expected, const char *what, const char *file,
	      int line)
{
	checks++;
	if (actual != NULL && strcmp(actual, expected) == 0)
		return;
	fail_at(what, file, line);
	printf("#   is \"%s\"\n#   expected \"%s\"\n", actual != NULL ? actual : "(null)",
	       expected);
}

static void octets_print(const char *label, const uint8_t *at, size_t len)
{
	printf("#   %s (%zu):", label, len);
	for (size_t i = 0; i < len && i < 96; i++)
		printf(" %02x", at[i]);
	printf("\n");
}

void tap_octets(const void *actual, size_t actual_len, const void *expected, size_t expected_len,
		const char *what, const char *file, int line)
{
	checks++;
	if (actual_len == expected_len &&
	    (expected_len == 0 || memcmp(actual, expected, expected_len) == 0))
		return;
	fail_at(what, file, line);
	octets_print("is", actual, actual_len);
	octets_print("expected", expected, expected_len);
}

void tap_skip(const char *why)
{
	printf("# skipped: %s\n", why);
	(void)fflush(stdout);
	_exit(EXIT_SKIPPED);
}

uint64_t tap_seed(void)
{
	const char *text = getenv("TAP_SEED");

	return text != NULL ? strtoull(text, NULL, 0) : 1;
}

static int run_in_child(const struct tap_case *test)
{
	(void)fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		(void)alarm(test->limit_s != 0 ? test->limit_s : TAP_LIMIT_S);
		test->run();
		(void)fflush(stdout);
		_exit(failures != 0 ? EXIT_FAILED : checks == 0 ? EXIT_EMPTY : 0);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) != child) {
		printf("# cannot run a child: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	if (WIFSIGNALED(status)) {
		printf("# ended by signal %d (%s)\n", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
		return EXIT_FAILED;
	}
	if (WEXITSTATUS(status) == EXIT_EMPTY)
		printf("# nothing was checked\n");
	return WEXITSTATUS(status);
}

int tap_main(const char *program, const struct tap_case *cases, size_t count)
{
	const char *only = getenv("TAP_ONLY");
	bool failed = false;

	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		if (only != NULL && strcmp(only, cases[i].name) != 0) {
			printf("ok %zu - %s # SKIP not asked for\n", i + 1, cases[i].name);
			continue;
		}
		int status = run_in_child(&cases[i]);
		if (status == EXIT_SKIPPED) {
			printf("ok %zu - %s # SKIP\n", i + 1, cases[i].name);
		} else if (status == 0) {
			printf("ok %zu - %s\n", i + 1, cases[i].name);
		} else {
			failed = true;
			printf("not ok %zu - %s\n", i + 1, cases[i].name);
			printf("# again: TAP_SEED=%" PRIu64 " TAP_ONLY=%s %s\n", tap_seed(),
			       cases[i].name, program);
		}
		(void)fflush(stdout);
	}
	return failed ? 1 : 0;
}
