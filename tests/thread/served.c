/* thread/served.c — the directory, the thread that serves it, and calls to it. */
#include "thread/served.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/wr.h"
#include "cli/serve_here.h"
#include "kit/tap.h"
#include "server/serve.h"
#include "sys/files.h"
#include "sys/port.h"

#define WORDS_MAX 16u
#define LINE_MAX_OCTETS 256u
#define LOG_TOLD_LINES 60u
#define CALLS_MAX 100000u
#define LOG_TOLD_OCTETS 6000

/* Of the sanitizers; not there without one. */
extern void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

/* --- the directory ---------------------------------------------------------------------------- */

static bool port_find(uint16_t *port)
{
	struct port_endpoint at = { .address = address_ipv4(0x7f000001) };
	struct port_stream listener;
	struct sys_port sys;

	if (failed(sys_port_init(&sys)))
		return false;
	bool found = !failed(sys.port.listen(&sys.port, &at, &listener));
	if (found) {
		found = !failed(sys_port_number(listener, port));
		sys.port.close(&sys.port, listener);
	}
	sys_port_fini(&sys);
	return found;
}

/* The end of the log goes with the case that ends by a signal: nothing else says why. */
static char log_path[128];

static void on_signal(int number)
{
	char octets[LOG_TOLD_OCTETS];
	int log = open(log_path, O_RDONLY | O_CLOEXEC);

	(void)lseek(log, -LOG_TOLD_OCTETS, SEEK_END);
	ssize_t len = read(log, octets, sizeof octets);
	if (len > 0)
		(void)!write(STDOUT_FILENO, octets, (size_t)len);
	(void)raise(number);
}

static void log_begin(const struct served *served)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	(void)snprintf(log_path, sizeof log_path, "%s/serve.log", served->directory);
	(void)sigaction(SIGABRT, &action, NULL);
	(void)sigaction(SIGALRM, &action, NULL);
	int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	CHECK(log >= 0);
	if (__sanitizer_set_report_fd != NULL) {
		intptr_t before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
		__sanitizer_set_report_fd((void *)before);
	}
	CHECK(dup2(log, STDERR_FILENO) == STDERR_FILENO);
	(void)close(log);
}

bool served_make(struct served *served, uint32_t worker_count)
{
	const char *temporary = getenv("TMPDIR");
	pthread_condattr_t clock;

	*served = (struct served){ .worker_count = worker_count };
	CHECK(pthread_mutex_init(&served->lock, NULL) == 0);
	CHECK(pthread_condattr_init(&clock) == 0);
	CHECK(pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&served->changed, &clock) == 0);
	CHECK(pthread_condattr_destroy(&clock) == 0);
	(void)snprintf(served->directory, sizeof served->directory, "%.32s/plenum-thread-XXXXXX",
		       temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp");
	CHECK(mkdtemp(served->directory) != NULL);
	log_begin(served);
	struct exchange_config *config = &served->config;
	bool ok = exchange_take_name(config, "Example-IX") && exchange_take_asn(config, "64500") &&
		  exchange_take_router_id(config, "192.0.2.1") &&
		  exchange_take_lan(config, "127.1.0.0/16") &&
		  exchange_take_lan(config, "fd00:1::/64") &&
		  exchange_take_blackhole_next_hop(config, "127.1.255.254") &&
		  exchange_take_blackhole_next_hop(config, "fd00:1::dead");
	config->exchange.listen_count = 1;
	config->exchange.listen[0].address = address_ipv4(0x7f000001);
	expect_true(ok && port_find(&config->exchange.listen[0].port));
	return house_make(served->directory, config, &served->complaints);
}

void served_fini(struct served *served)
{
	CHECK(!served->has_thread);
	expect_true(!failed(directory_remove(served->directory)));
	CHECK(pthread_mutex_destroy(&served->lock) == 0);
	CHECK(pthread_cond_destroy(&served->changed) == 0);
}

bool served_member_add(struct served *served, const struct registry_member *member)
{
	struct house house;

	if (!house_open(served->directory, NULL, &house, &served->complaints))
		return false;
	bool added = !failed(registry_member_add(house.store, &house.config.exchange, member,
						 &served->complaints));
	house_close(&house);
	return added;
}

/* --- serving ---------------------------------------------------------------------------------- */

static void note(struct served *served, bool *what)
{
	CHECK(pthread_mutex_lock(&served->lock) == 0);
	*what = true;
	CHECK(pthread_cond_broadcast(&served->changed) == 0);
	CHECK(pthread_mutex_unlock(&served->lock) == 0);
}

/* Waits for one of both.  False: neither came. */
static bool await(struct served *served, const bool *one, const bool *other, uint32_t wait_s)
{
	struct timespec end;
	int late = 0;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &end) == 0);
	end.tv_sec += (time_t)wait_s;
	CHECK(pthread_mutex_lock(&served->lock) == 0);
	while (!*one && !*other && late == 0)
		late = pthread_cond_timedwait(&served->changed, &served->lock, &end);
	bool came = *one || *other;
	CHECK(pthread_mutex_unlock(&served->lock) == 0);
	return came;
}

static uint8_t command(void *context, struct serving *serving,
		       const struct control_request *request, struct control_reply reply)
{
	struct served *served = context;

	atomic_store(&served->serving, serving);
	return serve_command_here(&served->desk, serving, request, reply);
}

static void ready(void *context)
{
	struct served *served = context;

	note(served, &served->is_ready);
}

/* SIGINT and SIGTERM are for the thread that serves, as they are where there is no other. */
static void signals_mask(int how)
{
	sigset_t ends;

	CHECK(sigemptyset(&ends) == 0 && sigaddset(&ends, SIGINT) == 0 &&
	      sigaddset(&ends, SIGTERM) == 0);
	CHECK(pthread_sigmask(how, &ends, NULL) == 0);
}

static void *serve_run(void *context)
{
	struct served *served = context;

	signals_mask(SIG_UNBLOCK);

	if (house_open(served->directory, NULL, &served->house, &served->complaints)) {
		served->desk = (struct desk){ .complaints = &served->complaints,
					      .directory = served->directory,
					      .store = served->house.store,
					      .config = &served->house.config };
		struct serve_options options = { .store = served->house.store,
						 .config = &served->house.config,
						 .directory = served->directory,
						 .worker_count = served->worker_count,
						 .command = command,
						 .context = served,
						 .ready = ready };
		served->was_served = serve(&options, &served->complaints);
		house_close(&served->house);
	}
	note(served, &served->is_over);
	return NULL;
}

bool served_call_out(const struct served *served, const char *line)
{
	struct heap heap = heap_libc();
	struct text_buffer request CLEAN(text_buffer_fini);
	uint8_t octets[4096];
	ssize_t got = 1;
	int fd = served_connect(served);

	text_buffer_init(&request, &heap, 0);
	if (fd < 0 || !served_request(served, line, &request) ||
	    send(fd, request.text, request.len_octets, MSG_NOSIGNAL) != request.len_octets)
		return false;
	while (got > 0)
		got = recv(fd, octets, sizeof octets, 0);
	(void)close(fd);
	return got == 0;
}

bool served_begin(struct served *served)
{
	signals_mask(SIG_BLOCK);
	served->is_ready = served->is_over = served->was_served = false;
	atomic_store(&served->serving, NULL);
	served->complaints = (struct complaints){ 0 };
	CHECK(pthread_create(&served->thread, NULL, serve_run, served) == 0);
	served->has_thread = true;
	expect_true(await(served, &served->is_ready, &served->is_over, SERVED_WAIT_S));
	if (!served->is_ready) {
		(void)served_end(served, SERVED_WAIT_S);
		return false;
	}
	/* A call brings the running exchange along, if it finds a place; after one more the first
	 * thread has done what follows the beginning. */
	for (uint32_t i = 0; i < CALLS_MAX && served_direct(served) == NULL; i++)
		(void)served_call_out(served, "show status");
	(void)served_call_out(served, "show status");
	return served_direct(served) != NULL;
}

bool served_end(struct served *served, uint32_t wait_s)
{
	if (!served->has_thread)
		return true;
	bool ended = await(served, &served->is_over, &served->is_over, wait_s);
	expect_true(ended);
	if (!ended)
		return false;
	CHECK(pthread_join(served->thread, NULL) == 0);
	served->has_thread = false;
	return true;
}

struct serving *served_direct(const struct served *served)
{
	return atomic_load(&served->serving);
}

/* --- calls ------------------------------------------------------------------------------------ */

struct words {
	char text[LINE_MAX_OCTETS];
	const char *word[WORDS_MAX];
	struct control_request request;
};

static void words_split(struct words *words, const struct served *served, const char *line)
{
	int len = snprintf(words->text, sizeof words->text, "%s -C %s", line, served->directory);

	CHECK(len > 0 && (size_t)len < sizeof words->text);
	words->request = (struct control_request){ .words = words->word };
	for (char *at = words->text; *at != '\0';) {
		CHECK(words->request.word_count < WORDS_MAX);
		words->word[words->request.word_count++] = at;
		at += strcspn(at, " ");
		if (*at != '\0')
			*at++ = '\0';
	}
}

static bool frame_keep(void *context, enum control_frame kind, struct octets octets)
{
	(void)kind;
	return text_put_octets(text_buffer_sink(context), (const char *)octets.at,
			       octets.len_octets);
}

int served_ask(const struct served *served, const char *line, struct text_buffer *out)
{
	struct words words;
	uint8_t code = 0;

	text_buffer_clear(out);
	words_split(&words, served, line);
	struct fault fault = control_call(served->directory, &words.request,
					  (struct control_reply){ frame_keep, out }, &code);
	return failed(fault) ? -1 : (int)code;
}

int served_connect(const struct served *served)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	(void)snprintf(name.sun_path, sizeof name.sun_path, "%s/" CONTROL_SOCKET,
		       served->directory);
	if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

bool served_request(const struct served *served, const char *line, struct text_buffer *out)
{
	struct words words;
	uint8_t octets[LINE_MAX_OCTETS + 8 * WORDS_MAX];
	struct wr wr = wr_of(octets + 4, sizeof octets - 4);
	struct wr length = wr_of(octets, 4);

	words_split(&words, served, line);
	wr_u8(&wr, CONTROL_VERSION);
	wr_u8(&wr, 0);
	wr_u16(&wr, 0);
	wr_u16(&wr, words.request.word_count);
	wr_u32(&wr, 0);
	for (uint32_t i = 0; i < words.request.word_count; i++) {
		struct octets word = octets_of_text(words.word[i]);
		word.len_octets++;
		wr_u32(&wr, word.len_octets);
		wr_octets(&wr, word);
	}
	wr_u32(&length, wr.pos);
	CHECK(wr_ok(&wr) && wr_ok(&length));
	text_buffer_clear(out);
	return text_put_octets(text_buffer_sink(out), (const char *)octets, 4 + wr.pos);
}

/* --- the log ---------------------------------------------------------------------------------- */

uint32_t served_log_count(const char *text)
{
	char line[8192];
	uint32_t count = 0;
	FILE *file = fopen(log_path, "re");

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		count += strstr(line, text) != NULL;
	if (file != NULL)
		(void)fclose(file);
	return count;
}

void served_log_tell(const struct served *served)
{
	char line[512];
	FILE *file = fopen(log_path, "re");

	for (uint32_t i = 0; i < served->complaints.count; i++)
		printf("# complaint: %s\n", served->complaints.list[i].text);
	if (file == NULL)
		return;
	if (fseek(file, -LOG_TOLD_OCTETS, SEEK_END) != 0)
		rewind(file);
	for (uint32_t i = 0; i < LOG_TOLD_LINES && fgets(line, sizeof line, file) != NULL; i++)
		printf("# log: %.*s\n", (int)strcspn(line, "\n"), line);
	(void)fclose(file);
}
