/* demo/stage.c — directory, network and server of a demo. */
#include "demo/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "registry/import.h"
#include "server/house.h"
#include "sys/namespace.h"
#include "sys/port.h"

#define ENDING_MS 1000 /* for the server to end by itself */
#define LAST_WORDS_MAX 240u

void stage_network(struct stage *stage)
{
	stage->has_own_network = !failed(namespace_enter());
}

static bool is_loopback(const struct address *address)
{
	return address->family == FAMILY_IPV4 && address->octet[0] == 127;
}

static bool is_elsewhere(const struct scene *scene)
{
	for (uint32_t i = 0; i < scene->member_count; i++) {
		if (!scene->member[i].has[FAMILY_IPV4] ||
		    !is_loopback(&scene->member[i].address[FAMILY_IPV4]))
			return true;
	}
	return false;
}

static struct fault addresses_add(const struct scene *scene)
{
	for (uint32_t i = 0; i < scene->member_count; i++) {
		const struct scene_member *member = &scene->member[i];
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			if (member->has[f] && !is_loopback(&member->address[f]))
				TRY(namespace_address_add(&member->address[f]));
		}
	}
	return fault_none();
}

/* Without a network of its own every member has an IPv4 session, for both families. */
struct fault stage_fit(const struct stage *stage, struct scene *scene)
{
	if (!stage->has_own_network && is_elsewhere(scene))
		TRY(scene_gather(scene, FAMILY_IPV4, true));
	struct fault fault = scene_lans_find(scene);
	if (fault.kind == FAULT_LIMIT) {
		scene->is_gathered = true;
		TRY(scene_gather(scene, FAMILY_IPV4, false));
		TRY(scene_gather(scene, FAMILY_IPV6, false));
		fault = scene_lans_find(scene);
	}
	if (failed(fault) || !stage->has_own_network)
		return fault;
	return addresses_add(scene);
}

/* --- the directory ---------------------------------------------------------------------------- */

bool stage_directory(struct stage *stage, const char *directory, struct complaints *complaints)
{
	const char *temporary = getenv("TMPDIR");
	int len;

	if (directory != NULL)
		len = snprintf(stage->directory, sizeof stage->directory, "%s", directory);
	else
		len = snprintf(stage->directory, sizeof stage->directory, "%s/plenum-demo-XXXXXX",
			       temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp");
	if (len < 0 || len >= (int)sizeof stage->directory) {
		complain(complaints, false, "the directory's path is too long");
		return false;
	}
	if (directory != NULL)
		return true;
	struct fault fault = sweep_begin(&stage->sweep, stage->directory);
	if (failed(fault))
		complain(complaints, false, "%s: %s", stage->directory, strerror(fault.code));
	return !failed(fault);
}

/* --- the registry ----------------------------------------------------------------------------- */

struct by_asn {
	uint32_t asn;
	uint32_t member;
};

static int by_asn_order(const void *a, const void *b)
{
	const struct by_asn *x = a;
	const struct by_asn *y = b;

	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

static struct fault list_address_add(const struct scene_member *from, uint32_t place,
				     enum family family, struct ixf_list *list)
{
	if (!heap_grow(list->heap, (void **)&list->address, &list->address_room,
		       list->address_count + 1, sizeof *list->address))
		return fault_of(FAULT_LIMIT, 0);
	list->address[list->address_count] = (struct ixf_address){
		.asn = from->asn,
		.place = place,
		.connection = place,
		.order = list->address_count,
		.routes_max = from->routes_max[family],
		.address = from->address[family]
	};
	list->address_count++;
	list->member[list->member_count - 1].address_count++;
	return fault_none();
}

static struct fault list_member_need(const struct scene_member *from, uint32_t place,
				     struct ixf_list *list)
{
	if (list->member_count != 0 && list->member[list->member_count - 1].asn == from->asn)
		return fault_none();
	if (!heap_grow(list->heap, (void **)&list->member, &list->member_room,
		       list->member_count + 1, sizeof *list->member))
		return fault_of(FAULT_LIMIT, 0);
	struct ixf_member *member = &list->member[list->member_count++];
	*member = (struct ixf_member){ .asn = from->asn,
				       .place = place,
				       .address_first = list->address_count };
	(void)snprintf(member->name, sizeof member->name, "%s", from->name);
	return fault_none();
}

/* A scene's members as a list to be imported: one transaction for all. */
static struct fault list_fill(const struct scene *scene, struct ixf_list *list)
{
	struct fault fault = fault_none();
	struct by_asn *order = heap_array(list->heap, scene->member_count, sizeof *order);

	if (order == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < scene->member_count; i++)
		order[i] = (struct by_asn){ scene->member[i].asn, i };
	qsort(order, scene->member_count, sizeof *order, by_asn_order);
	for (uint32_t i = 0; i < scene->member_count && !failed(fault); i++) {
		const struct scene_member *from = &scene->member[order[i].member];
		fault = list_member_need(from, i, list);
		for (uint32_t f = 0; f < FAMILY_COUNT && !failed(fault); f++) {
			if (from->has[f])
				fault = list_address_add(from, i, (enum family)f, list);
		}
	}
	heap_free(list->heap, order, scene->member_count * sizeof *order);
	list->connection_count = scene->member_count;
	return fault;
}

static struct fault members_import(struct house *house, const struct scene *scene,
				   struct complaints *complaints)
{
	struct registry_import import CLEAN(registry_import_fini);
	struct registry_import_options options = { 0 };
	struct ixf_list list CLEAN(ixf_list_fini);

	ixf_list_init(&list, scene->heap);
	registry_import_init(&import, scene->heap);
	TRY(list_fill(scene, &list));
	TRY(registry_import_plan(house->store, &house->config.exchange, &list, options, &import,
				 complaints));
	return registry_import_apply(house->store, &house->config.exchange, &list, options,
				     import.digest, complaints);
}

static bool registry_make(struct stage *stage, const struct scene *scene,
			  struct complaints *complaints)
{
	struct exchange_config config = { 0 };
	struct house house;

	(void)snprintf(config.exchange.name, sizeof config.exchange.name, "%s", scene->name);
	config.exchange.asn = scene->asn;
	config.exchange.router_id = 0xc0000201;
	config.exchange.lan_count = scene->lan_count;
	/* What is over a limit can be looked at; the session stays. */
	config.exchange.rules.limit_action = LIMIT_ACTION_BLOCK;
	config.exchange.rules.never_via_count = scene->never_via != 0 ? 1 : 0;
	config.exchange.rules.never_via[0] = scene->never_via;
	mem_copy(config.exchange.lan, scene->lan, sizeof scene->lan);
	config.exchange.listen_count = stage->has_own_network ? 2 : 1;
	mem_copy(config.exchange.listen, stage->listen, sizeof stage->listen);
	if (!house_make(stage->directory, &config, complaints) ||
	    !house_open(stage->directory, NULL, &house, complaints))
		return false;
	struct fault fault = members_import(&house, scene, complaints);
	if (!failed(fault))
		fault = registry_plan(house.store, &house.config.exchange, &stage->plan);
	if (failed(fault) && complaints->error_count == 0)
		complain(complaints, false, "%s", store_error(house.store));
	house_close(&house);
	return !failed(fault);
}

/* --- the server ------------------------------------------------------------------------------- */

/* A port that nobody has: the system's choice, given back. */
static struct fault port_find(struct stage *stage)
{
	struct port_endpoint at = { .address = address_ipv4(0x7f000001), .port = 0 };
	struct port_stream listener;
	struct sys_port sys;

	TRY(sys_port_init(&sys));
	struct fault fault = sys.port.listen(&sys.port, &at, &listener);
	if (!failed(fault)) {
		fault = sys_port_number(listener, &stage->listen[FAMILY_IPV4].port);
		sys.port.close(&sys.port, listener);
	}
	sys_port_fini(&sys);
	return fault;
}

static void listen_choose(struct stage *stage)
{
	struct address one = { .family = FAMILY_IPV6, .octet = { [15] = 1 } };

	stage->listen[FAMILY_IPV4] = (struct port_endpoint){ address_ipv4(0x7f000001), STAGE_PORT };
	stage->listen[FAMILY_IPV6] = (struct port_endpoint){ one, STAGE_PORT };
	if (!stage->has_own_network)
		(void)!failed(port_find(stage));
}

static void log_path(const struct stage *stage, char out[PATH_MAX + 16])
{
	(void)snprintf(out, PATH_MAX + 16, "%s/serve.log", stage->directory);
}

/* The last line of the server's log: the directory with the whole may be gone soon. */
static void last_words(const struct stage *stage, char out[LAST_WORDS_MAX])
{
	char line[LAST_WORDS_MAX];
	char path[PATH_MAX + 16];

	(void)snprintf(out, LAST_WORDS_MAX, "nothing");
	log_path(stage, path);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			(void)snprintf(out, LAST_WORDS_MAX, "%s", line);
	}
	(void)fclose(file);
}

/* What the server says goes to a file: the terminal is the demo's. */
static void server_run(struct stage *stage, uint32_t worker_count, stage_serve serve, int ready_fd)
{
	char path[PATH_MAX + 16];

	log_path(stage, path);
	int log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (log >= 0) {
		(void)dup2(log, STDERR_FILENO);
		(void)dup2(log, STDOUT_FILENO);
	}
	/* A signal from the terminal is for the demo, which then ends the server. */
	(void)setpgid(0, 0);
	_exit(serve(stage->directory, worker_count, ready_fd));
}

static bool server_begin(struct stage *stage, uint32_t worker_count, stage_serve serve,
			 struct complaints *complaints)
{
	pid_t parent = getpid();
	uint8_t octet;
	int ready[2];

	if (pipe2(ready, O_CLOEXEC) != 0 || (stage->server = fork()) < 0) {
		stage->server = 0;
		complain(complaints, false, "cannot start the server: %s", strerror(errno));
		return false;
	}
	if (stage->server == 0) {
		(void)close(ready[0]);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		server_run(stage, worker_count, serve, ready[1]);
	}
	(void)close(ready[1]);
	bool is_ready = read(ready[0], &octet, 1) == 1;
	(void)close(ready[0]);
	if (!is_ready) {
		char words[LAST_WORDS_MAX];
		last_words(stage, words);
		complain(complaints, false, "the server did not start; it says: %s", words);
	}
	return is_ready;
}

bool stage_begin(struct stage *stage, const struct scene *scene, uint32_t worker_count,
		 stage_serve serve, struct complaints *complaints)
{
	listen_choose(stage);
	return registry_make(stage, scene, complaints) &&
	       server_begin(stage, worker_count, serve, complaints);
}

bool stage_has_ended(struct stage *stage, struct complaints *complaints)
{
	char words[LAST_WORDS_MAX];
	int status = 0;

	if (stage->server == 0 || waitpid(stage->server, &status, WNOHANG) != stage->server)
		return false;
	stage->server = 0;
	last_words(stage, words);
	if (WIFSIGNALED(status))
		complain(complaints, false, "the server was ended by signal %d; its last words: %s",
			 WTERMSIG(status), words);
	else
		complain(complaints, false,
			 "the server has ended (exit code %d); its last words: %s",
			 WEXITSTATUS(status), words);
	return true;
}

/* What it does not do in good time it is not asked for again. */
static void server_end(pid_t server)
{
	int status = 0;
	int handle = pidfd_open(server, 0);
	struct pollfd waited = { .fd = handle, .events = POLLIN };

	if (handle < 0 || kill(server, SIGTERM) != 0 || poll(&waited, 1, ENDING_MS) != 1)
		(void)kill(server, SIGKILL);
	if (handle >= 0)
		(void)close(handle);
	while (waitpid(server, &status, 0) < 0 && errno == EINTR)
		continue;
}

void stage_end(struct stage *stage)
{
	if (stage->server != 0)
		server_end(stage->server);
	stage->server = 0;
	plan_unref(stage->plan);
	stage->plan = NULL;
	sweep_end(&stage->sweep);
}
