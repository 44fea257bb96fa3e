/* unit/sys/helper.c — a helper that ends is begun anew by whoever needs it; without a guard, or
 * after the end, there is none, and it is said. */
#include "sys/helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/tap.h"
#include "sys/process.h"

#define AWAIT_MS 20000
#define ODD_FD 77

/* Says who it is, however often it is asked; ends when it is asked for 'e', is silent for 's'. */
static void live(int fd, const void *context)
{
	uint8_t asked = 0;

	while (recv(fd, &asked, sizeof asked, 0) == 1 && asked != 'e') {
		pid_t self = getpid();
		if (asked != 's' && send(fd, &self, sizeof self, MSG_NOSIGNAL) < 0)
			return;
	}
	(void)context;
}

static const struct helper_task task = { SOCK_SEQPACKET, 1, live, NULL };

/* 0: no answer. */
static pid_t ask(struct helper *helper, char word)
{
	pid_t other = 0;

	if (send(helper->fd, &word, 1, MSG_NOSIGNAL) != 1 ||
	    recv(helper->fd, &other, sizeof other, 0) != (ssize_t)sizeof other)
		return 0;
	return other;
}

/* Till it is, or AWAIT_MS are over. */
static bool await_ready(struct helper *helper, bool wanted)
{
	int64_t end = process_now().ns + AWAIT_MS * INT64_C(1000000);
	bool is_ready = helper_is_ready(helper);

	while (is_ready != wanted && process_now().ns < end) {
		(void)poll(NULL, 0, 5);
		is_ready = helper_is_ready(helper);
	}
	return is_ready == wanted;
}

static void await_hung_up(const struct helper *helper)
{
	struct pollfd wanted = { .fd = helper->fd };

	expect_u64(poll(&wanted, 1, AWAIT_MS), 1);
}

static void case_begun_anew(void)
{
	struct helper helper;

	expect_true(!failed(helper_begin(&helper, &task)));
	int fd = helper.fd;
	pid_t first = ask(&helper, '?');
	expect_true(first > 0 && first != helper.process && first != getpid());
	expect_true(ask(&helper, '?') == first);
	for (uint32_t i = 1; i <= 3; i++) {
		expect_true(kill(first, SIGKILL) == 0);
		await_hung_up(&helper);
		expect_true(ask(&helper, '?') == 0);
		expect_true(await_ready(&helper, true));
		pid_t second = ask(&helper, '?');
		expect_true(second > 0 && second != first);
		expect_u64(atomic_load(&helper.again_count), i);
		expect_true(helper.fd == fd && helper_is_there(&helper));
		first = second;
	}
	helper_end(&helper);
}

/* One that crashes at once is not begun at the pace of those who ask. */
static void case_not_too_often(void)
{
	struct helper helper;

	expect_true(!failed(helper_begin(&helper, &task)));
	expect_true(ask(&helper, 'e') == 0);
	await_hung_up(&helper);
	struct instant begin = process_now();
	expect_true(await_ready(&helper, true));
	expect_true(ask(&helper, 'e') == 0);
	await_hung_up(&helper);
	expect_true(await_ready(&helper, true));
	expect_true(process_now().ns - begin.ns >= HELPER_AGAIN_MS * INT64_C(1000000));
	helper_end(&helper);
}

static void case_dropped(void)
{
	struct helper helper;

	expect_true(!failed(helper_begin(&helper, &task)));
	pid_t first = ask(&helper, '?');
	helper_drop(&helper);
	expect_true(await_ready(&helper, true));
	pid_t second = ask(&helper, '?');
	expect_true(second > 0 && second != first);
	helper_end(&helper);
}

static void case_without_guard(void)
{
	struct helper helper;

	expect_true(!failed(helper_begin(&helper, &task)));
	pid_t first = ask(&helper, '?');
	expect_true(kill(helper.process, SIGKILL) == 0);
	await_hung_up(&helper);
	expect_true(await_ready(&helper, false) && !helper_is_there(&helper));
	/* It went with its guard. */
	expect_true(ask(&helper, '?') == 0 && first > 0);
	helper_end(&helper);
}

static void case_over(void)
{
	struct helper helper;

	expect_true(!failed(helper_begin(&helper, &task)));
	helper_break(&helper);
	expect_true(!helper_is_ready(&helper) && ask(&helper, '?') == 0);
	helper_end(&helper);
	expect_true(!helper_is_ready(&helper) && !helper_is_there(&helper));
	helper_end(&helper);
}

/* Silence costs the time that was agreed, no more, and the helper stays. */
static void case_silent(void)
{
	struct helper helper;

	expect_true(!failed(helper_begin(&helper, &task)));
	expect_true(ask(&helper, 's') == 0);
	expect_true(errno == EAGAIN && helper_is_ready(&helper));
	expect_true(ask(&helper, '?') > 0);
	helper_end(&helper);
}

/* Nothing of ours that is open comes along. */
static void live_looking(int fd, const void *context)
{
	bool is_open = write(ODD_FD, "x", 1) == 1;

	(void)context;
	(void)send(fd, &is_open, sizeof is_open, MSG_NOSIGNAL);
}

static void case_nothing_open(void)
{
	static const struct helper_task looking = { SOCK_SEQPACKET, 0, live_looking, NULL };
	struct helper helper;
	bool is_open = true;

	expect_true(dup2(STDERR_FILENO, ODD_FD) == ODD_FD);
	expect_true(!failed(helper_begin(&helper, &looking)));
	expect_true(recv(helper.fd, &is_open, sizeof is_open, 0) == 1 && !is_open);
	helper_end(&helper);
}

static const struct tap_case cases[] = {
	{ "one that was killed is begun anew", case_begun_anew, 0 },
	{ "but not at the pace of who asks", case_not_too_often, 0 },
	{ "one whose answer is not wanted, too", case_dropped, 0 },
	{ "none without a guard", case_without_guard, 0 },
	{ "none after the end", case_over, 0 },
	{ "silence has an end", case_silent, 0 },
	{ "it has none of our descriptors", case_nothing_open, 0 },
};

TAP_MAIN(cases)
