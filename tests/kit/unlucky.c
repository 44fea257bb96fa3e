/* kit/unlucky.c — laid under a program with LD_PRELOAD: the nth time that it, or a library of its
 * own, asks for memory or steps a statement of a database, there is none.
 *
 *   UNLUCKY       memory or statement
 *   UNLUCKY_AT    N, from 1; 0 = none fails
 *   UNLUCKY_FILE  where the count goes at the end
 *
 * Without UNLUCKY nothing fails.  A statement of SQLite fails as on a full disk; one of PostgreSQL
 * is not sent, as if the connection had gone. */
#include <dlfcn.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unlucky.h"

static _Atomic long asked;
static _Atomic long fail_at = -1;
static int file = -1; /* opened before the program gives up what it may */
static bool is_memory;
static bool is_statement;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t items, size_t size);
void *__libc_realloc(void *old, size_t size);

/* Who asked is in the library of this name. */
static bool is_from(const void *from, const char *library)
{
	Dl_info info;

	return dladdr(from, &info) == 0 || info.dli_fname == NULL ||
	       strstr(info.dli_fname, library) != NULL;
}

static bool fails(bool counts)
{
	return counts && atomic_fetch_add(&asked, 1) + 1 == atomic_load(&fail_at);
}

void *malloc(size_t size)
{
	return fails(is_memory) ? NULL : __libc_malloc(size);
}

void *calloc(size_t items, size_t size)
{
	return fails(is_memory) ? NULL : __libc_calloc(items, size);
}

void *realloc(void *old, size_t size)
{
	return size != 0 && fails(is_memory) ? NULL : __libc_realloc(old, size);
}

static void *next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == NULL)
		abort();
	return found;
}

int sqlite3_step(sqlite3_stmt *statement)
{
	static int (*real)(sqlite3_stmt *);

	if (fails(is_statement && !is_from(__builtin_return_address(0), "libsqlite3")))
		return SQLITE_FULL;
	if (real == NULL)
		*(void **)&real = next("sqlite3_step");
	return real(statement);
}

int sqlite3_exec(sqlite3 *database, const char *sql, int (*row)(void *, int, char **, char **),
		 void *context, char **words)
{
	static int (*real)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *,
			   char **);

	if (fails(is_statement && !is_from(__builtin_return_address(0), "libsqlite3")))
		return SQLITE_FULL;
	if (real == NULL)
		*(void **)&real = next("sqlite3_exec");
	return real(database, sql, row, context, words);
}

int PQsendQuery(PGconn *connection, const char *sql)
{
	static int (*real)(PGconn *, const char *);

	if (fails(is_statement))
		return 0;
	if (real == NULL)
		*(void **)&real = next("PQsendQuery");
	return real(connection, sql);
}

int PQsendPrepare(PGconn *connection, const char *name, const char *sql, int count,
		  const Oid *types)
{
	static int (*real)(PGconn *, const char *, const char *, int, const Oid *);

	if (fails(is_statement))
		return 0;
	if (real == NULL)
		*(void **)&real = next("PQsendPrepare");
	return real(connection, name, sql, count, types);
}

int PQsendQueryPrepared(PGconn *connection, const char *name, int count, const char *const *values,
			const int *lengths, const int *formats, int format)
{
	static int (*real)(PGconn *, const char *, int, const char *const *, const int *,
			   const int *, int);

	if (fails(is_statement))
		return 0;
	if (real == NULL)
		*(void **)&real = next("PQsendQueryPrepared");
	return real(connection, name, count, values, lengths, formats, format);
}

int PQsendQueryParams(PGconn *connection, const char *sql, int count, const Oid *types,
		      const char *const *values, const int *lengths, const int *formats, int format)
{
	static int (*real)(PGconn *, const char *, int, const Oid *, const char *const *,
			   const int *, const int *, int);

	if (fails(is_statement))
		return 0;
	if (real == NULL)
		*(void **)&real = next("PQsendQueryParams");
	return real(connection, sql, count, types, values, lengths, formats, format);
}

__attribute__((constructor)) static void begin(void)
{
	const char *what = getenv("UNLUCKY");
	const char *at = getenv("UNLUCKY_AT");

	(void)syscall(UNLUCKY_CALL, UNLUCKY_BEGINS, 0);
	if (what == NULL)
		return;
	const char *path = getenv("UNLUCKY_FILE");
	if (path != NULL)
		file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	atomic_store(&fail_at, at != NULL ? strtol(at, NULL, 10) : 0);
	is_statement = strcmp(what, "statement") == 0;
	is_memory = strcmp(what, "memory") == 0;
}

__attribute__((destructor)) static void end(void)
{
	char text[32];

	is_memory = false;
	if (file < 0)
		return;
	int len = snprintf(text, sizeof text, "%ld\n", atomic_load(&asked));
	if (write(file, text, (size_t)len) == len)
		(void)close(file);
}
