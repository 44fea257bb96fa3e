/* server/uplist.c — which sessions are up, kept in a file for the next start.
 *
 * A line an address, in the directory, replaced as a whole.  Its age is the time since the process
 * was last alive: it is written at least every UPLIST_ALIVE_S.  That it is missing or old costs
 * nothing but that nobody is waited for. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "server/running.h"
#include "sys/files.h"
#include "sys/process.h"

#define UPLIST_NAME "sessions-up"
#define UPLIST_OCTETS_MAX (SESSIONS_MAX * (ADDRESS_TEXT_MAX + 1u) + 64u)
#define UPLIST_ALIVE_S 10

static bool path_fill(const char *directory, char out[PATH_MAX])
{
	int len = snprintf(out, PATH_MAX, "%s/" UPLIST_NAME, directory);

	return len > 0 && len < PATH_MAX;
}

static void line_take(const char *line, size_t len, const struct plan *plan,
		      struct session_set *out)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address;

	if (len == 0 || len >= sizeof text)
		return;
	(void)snprintf(text, sizeof text, "%.*s", (int)len, line);
	const struct plan_session *session = address_parse(text, &address) ?
						     plan_session_at(plan, &address) :
						     NULL;
	if (session != NULL)
		session_set_add(out, session->id);
}

void uplist_read(const char *directory, const struct plan *plan, struct wall now,
		 struct session_set *out)
{
	struct heap heap = heap_libc();
	char path[PATH_MAX];
	struct octets text;
	struct wall written = { 0 };

	session_set_clear(out);
	if (!path_fill(directory, path) || failed(file_written(path, &written)) ||
	    now.s - written.s > WORKER_RESTART_S || now.s < written.s ||
	    failed(file_read(&heap, path, UPLIST_OCTETS_MAX, &text)))
		return;
	for (const char *at = (const char *)text.at; *at != '\0';) {
		size_t len = strcspn(at, "\n");
		line_take(at, len, plan, out);
		at += len + (at[len] == '\n' ? 1 : 0);
	}
	file_free(&heap, text);
}

static void uplist_write(struct serving *serving, const struct session_set *up)
{
	struct heap heap = heap_libc();
	struct plan *plan = serving_plan(serving);
	char path[PATH_MAX];
	char *text = heap_take(&heap, UPLIST_OCTETS_MAX);
	struct session_id at;
	size_t len = 0;

	for (uint32_t next = 0; text != NULL && session_set_next(up, next, &at);
	     next = at.index + 1u) {
		const struct plan_session *session = plan_session_of(plan, at);
		if (session == NULL)
			continue;
		address_print(&session->address, text + len);
		len += strlen(text + len);
		text[len++] = '\n';
	}
	/* It cannot be written: nobody will be waited for, no more. */
	if (text != NULL && path_fill(serving->options->directory, path))
		(void)!failed(file_write(path, octets_of(text, (uint32_t)len)));
	heap_free(&heap, text, UPLIST_OCTETS_MAX);
	plan_unref(plan);
}

void uplist_keep(struct serving *serving, struct instant now)
{
	struct session_set up;
	bool is_old = atomic_exchange(&serving->uplist_is_old, false);

	if (!is_old && instant_since(now, serving->uplist_at).ns < span_s(UPLIST_ALIVE_S).ns)
		return;
	serving->uplist_at = now;
	serving_established(serving, &up);
	/* Who is still awaited was up before: another end now must not forget it. */
	if (!restart_is_over(&serving->restart)) {
		lock_take(&serving->restart.lock);
		session_set_or(&up, &serving->restart.awaited);
		lock_give(&serving->restart.lock);
	}
	uplist_write(serving, &up);
}

void uplist_forget(const char *directory)
{
	char path[PATH_MAX];

	if (path_fill(directory, path))
		(void)!failed(file_remove(path));
}
