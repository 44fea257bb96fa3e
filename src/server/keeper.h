/* server/keeper.h — the inside of the keeper of what the RPKI says, for its files.
 *
 *   rpki.c        the thread, the choice among the sources, what is put in force
 *   rpki_cache.c  one RTR cache on its stream
 *   rpki_file.c   the file
 *   rpki_view.c   what others may see
 * Thread  the keeper's own, but for the view, which has a lock */
#ifndef SERVER_KEEPER_H
#define SERVER_KEEPER_H

#include <limits.h>

#include "rpki/session.h"
#include "server/rpki.h"
#include "server/running.h"

#define KEEPER_INPUT_OCTETS 65536u
#define KEEPER_OUTPUT_OCTETS 8192u
#define KEEPER_SOURCES_MAX VIEW_RPKI_SOURCES_MAX

struct cache {
	struct port_endpoint at;
	char name[VIEW_RPKI_NAME_MAX];
	struct rtr_session session;
	struct port_stream stream;
	bool is_unread; /* there may be more to read */
	char told[sizeof((struct rtr_session *)0)->last_error];
	uint8_t out[KEEPER_OUTPUT_OCTETS];
	uint32_t out_len;
};

/* How a file was when it was read. */
struct file_mark {
	int64_t at_s;
	int64_t at_ns;
	int64_t size;
	uint64_t inode;
};

struct file {
	char path[PATH_MAX];
	bool is_named;
	struct file_mark mark;
	bool is_bad;     /* as it is now it cannot be read */
	bool is_too_old; /* or seemed so */
	struct rpki_data *data;
	struct instant look_at;
	struct instant expires_at;
	struct wall written_at;
	char last_error[VIEW_RPKI_WORDS_MAX];
	uint64_t reads;
	uint64_t failures;
};

struct rpki_keeper {
	struct serving *serving;
	struct heap heap;
	struct sys_port sys;
	struct port *port;
	bool has_port;
	pthread_t thread;
	bool is_running;
	_Atomic bool must_end;
	struct instant now;
	uint32_t cache_count;
	struct cache cache[EXCHANGE_DOORS_MAX];
	struct file file;
	struct instant again_at; /* a change waits */
	uint32_t used;           /* source; KEEPER_SOURCES_MAX = none */
	struct lock lock;        /* of `view` */
	struct view_rpki view;
	uint8_t input[KEEPER_INPUT_OCTETS];
};

void keeper_tell(const struct rpki_keeper *keeper, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Caches by their preference, then the file. */
uint32_t keeper_source_count(const struct rpki_keeper *keeper);
struct rpki_data *keeper_source_data(const struct rpki_keeper *keeper, uint32_t number);
bool keeper_source_is_current(const struct rpki_keeper *keeper, uint32_t number);

/* --- rpki_cache.c --- */
void keeper_cache_begin(struct rpki_keeper *keeper, const struct port_endpoint *at);
void keeper_cache_end(struct rpki_keeper *keeper, struct cache *cache);
void keeper_caches_step(struct rpki_keeper *keeper, const struct port_event *events,
			uint32_t event_count);

/* --- rpki_file.c --- */
bool keeper_file_begin(struct rpki_keeper *keeper, struct complaints *complaints);
void keeper_file_step(struct rpki_keeper *keeper);

/* --- rpki_view.c --- */
void keeper_view_step(struct rpki_keeper *keeper);

#endif
