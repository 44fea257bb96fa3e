/* server/irr_helper.c — bgpq4 at arm's length. */
#include "server/irr_helper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PROGRAM "bgpq4"
#define LIST_NAME "plenum"
#define ARGUMENTS_MOST (IRR_NAMES_MAX + 12u)

/* What goes back before the octets of the answer. */
struct reply {
	struct fault fault;
	uint32_t len_octets;
	char why[CHILD_WHY_MAX];
};

/* --- the question as a command ---------------------------------------------------------------- */

/* In place; false: a name is none, or there are too many. */
static bool names_part(char *names, const char **argv, uint32_t *count)
{
	uint32_t parted = 0;

	for (char *at = names; *at != '\0';) {
		size_t len = strcspn(at, " ");
		bool is_last = at[len] == '\0';
		at[len] = '\0';
		if (len != 0) {
			if (!irr_name_is_good(at) || parted++ == IRR_NAMES_MAX)
				return false;
			argv[(*count)++] = at;
		}
		at += len + (is_last ? 0 : 1);
	}
	return parted != 0;
}

static struct fault ask_here(void *context, const struct irr_question *question, struct heap *heap,
			     struct child_said *out)
{
	static const char *const wanted[IRR_WANTED_COUNT] = { "-4", "-6", "-t" };
	const int *until_fd = context;
	const struct child_bounds bounds = { IRR_ASK_MS, IRR_ASK_OCTETS, IRR_ASK_MEMORY,
					     until_fd != NULL ? *until_fd : 0 };
	struct irr_question copy = *question;
	const char *argv[ARGUMENTS_MOST] = { PROGRAM, "-j", "-l", LIST_NAME, "-h", copy.server };
	uint32_t count = 6;

	*out = (struct child_said){ .heap = heap };
	argv[count++] = wanted[copy.wanted < IRR_WANTED_COUNT ? copy.wanted : 0];
	if (copy.sources[0] != '\0') {
		argv[count++] = "-S";
		argv[count++] = copy.sources;
	}
	if (!names_part(copy.names, argv, &count)) {
		(void)snprintf(out->why, sizeof out->why, "the as-set has no name to ask for");
		return fault_of(FAULT_MALFORMED, 0);
	}
	argv[count] = NULL;
	return child_run(argv, &bounds, heap, out);
}

struct irr_asker irr_asker_here(void)
{
	return (struct irr_asker){ ask_here, NULL };
}

/* --- whole pieces over the socket ------------------------------------------------------------- */

static bool read_whole(int fd, void *out, size_t len)
{
	uint8_t *at = out;

	while (len != 0) {
		ssize_t got = recv(fd, at, len, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		len -= (size_t)got;
	}
	return true;
}

static bool write_whole(int fd, const void *from, size_t len)
{
	const uint8_t *at = from;

	while (len != 0) {
		ssize_t put = send(fd, at, len, MSG_NOSIGNAL);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		len -= (size_t)put;
	}
	return true;
}

/* --- the helper ------------------------------------------------------------------------------- */

static bool answer_one(int fd)
{
	struct heap heap = heap_libc();
	struct irr_question question;
	struct child_said said CLEAN(child_said_fini) = { .heap = &heap };
	struct reply reply = { 0 };

	if (!read_whole(fd, &question, sizeof question))
		return false;
	question.server[sizeof question.server - 1] = '\0';
	question.sources[sizeof question.sources - 1] = '\0';
	question.names[sizeof question.names - 1] = '\0';
	reply.fault = ask_here(&fd, &question, &heap, &said);
	(void)snprintf(reply.why, sizeof reply.why, "%s", said.why);
	reply.len_octets = failed(reply.fault) ? 0 : said.len_octets;
	return write_whole(fd, &reply, sizeof reply) &&
	       write_whole(fd, said.octets, reply.len_octets);
}

static void live(int fd, const void *context)
{
	(void)context;
	while (answer_one(fd))
		continue;
}

struct fault irr_helper_begin(struct irr_helper *helper)
{
	static const struct helper_task task = { SOCK_STREAM, 0, live, NULL };

	return helper_begin(&helper->helper, &task);
}

void irr_helper_break(struct irr_helper *helper)
{
	helper_break(&helper->helper);
}

void irr_helper_end(struct irr_helper *helper)
{
	helper_end(&helper->helper);
}

static struct fault helper_ask(void *context, const struct irr_question *question,
			       struct heap *heap, struct child_said *out)
{
	struct helper *helper = &((struct irr_helper *)context)->helper;
	struct reply reply;

	*out = (struct child_said){ .heap = heap };
	if (!helper_is_ready(helper) || !write_whole(helper->fd, question, sizeof *question) ||
	    !read_whole(helper->fd, &reply, sizeof reply) || reply.len_octets > IRR_ASK_OCTETS) {
		(void)snprintf(out->why, sizeof out->why, "the helper process is gone");
		return fault_of(FAULT_SYSTEM, ECHILD);
	}
	reply.why[sizeof reply.why - 1] = '\0';
	(void)snprintf(out->why, sizeof out->why, "%s", reply.why);
	if (!heap_grow(heap, (void **)&out->octets, &out->room, reply.len_octets + 1, 1)) {
		/* What is not read would be taken for the next answer. */
		helper_drop(helper);
		return fault_of(FAULT_LIMIT, 0);
	}
	if (!read_whole(helper->fd, out->octets, reply.len_octets))
		return fault_of(FAULT_SYSTEM, ECHILD);
	out->len_octets = reply.len_octets;
	return reply.fault;
}

struct irr_asker irr_asker_of(struct irr_helper *helper)
{
	return (struct irr_asker){ helper_ask, helper };
}
