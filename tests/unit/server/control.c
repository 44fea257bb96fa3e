/* unit/server/control.c — the control socket ends although its callers do not read. */
#include "server/control.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/wr.h"
#include "kit/tap.h"
#include "sys/local.h"

#define END_S_MAX 10 /* half of what one piece for a caller that does not read may take */
static_assert(END_S_MAX < LOCAL_PATIENCE_S, "shorter than the socket's own patience");

static _Atomic uint32_t pieces;

/* Answers without end, as long as the caller is there; then says three things more. */
static uint8_t answer_on(void *context, const struct control_request *request,
			 struct control_reply reply)
{
	static uint8_t piece[4096];

	(void)context;
	(void)request;
	while (reply.put(reply.context, CONTROL_OUTPUT, octets_of(piece, sizeof piece)))
		atomic_fetch_add(&pieces, 1);
	for (uint32_t i = 0; i < 3; i++)
		(void)reply.put(reply.context, CONTROL_ERROR, octets_of(piece, 1));
	return 0;
}

static void request_say(int fd)
{
	uint8_t octets[32];
	struct wr wr = wr_of(octets, sizeof octets);

	wr_u32(&wr, 16);
	wr_u8(&wr, CONTROL_VERSION);
	wr_u8(&wr, 0);
	wr_u16(&wr, 0);
	wr_u16(&wr, 1);
	wr_u32(&wr, 0);
	wr_u32(&wr, 2);
	wr_u8(&wr, 'x');
	wr_u8(&wr, 0);
	expect_true(wr_ok(&wr) && wr.pos == 20);
	expect_true(!failed(local_write(fd, wr_octets_of(&wr))));
}

static void case_end(void)
{
	char directory[] = "/tmp/plenum-control-XXXXXX";
	struct control *control;
	struct timespec pause = { .tv_nsec = 1000000 };
	int pipe_fds[2];
	int fd;

	expect_true(mkdtemp(directory) != NULL && pipe(pipe_fds) == 0);
	expect_true(!failed(control_new(directory, answer_on, NULL, &control)));
	expect_true(!failed(local_connect(directory, CONTROL_SOCKET, &fd)));
	expect_true(!failed(control_step(control, pipe_fds[0], 1000)));
	request_say(fd);
	/* Until the answer stands: the socket takes no more. */
	for (uint32_t before = UINT32_MAX, i = 0; i < 5000; i++) {
		uint32_t now = atomic_load(&pieces);
		if (i % 50 == 0 && now != 0 && now == before)
			break;
		if (i % 50 == 0)
			before = now;
		(void)nanosleep(&pause, NULL);
	}
	time_t begin = time(NULL);
	control_free(control);
	expect_true(time(NULL) - begin < END_S_MAX);
	local_close(fd);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
	char path[sizeof directory + 16];
	(void)snprintf(path, sizeof path, "%s/" CONTROL_SOCKET, directory);
	(void)unlink(path);
	(void)rmdir(directory);
}

static const struct tap_case cases[] = {
	{ "an end while a caller does not read", case_end, 0 },
};
TAP_MAIN(cases)
