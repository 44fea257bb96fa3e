/* server/rpki_file.c — the JSON of a validator, read whenever it was written anew. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "rpki/json.h"
#include "server/keeper.h"
#include "sys/unpack.h"

static bool file_look(struct file *file, struct file_mark *out)
{
	struct stat status;

	if (stat(file->path, &status) != 0)
		return false;
	*out = (struct file_mark){ .at_s = status.st_mtim.tv_sec,
				   .at_ns = status.st_mtim.tv_nsec,
				   .size = status.st_size,
				   .inode = status.st_ino };
	return true;
}

/* A large file is left when the exchange ends. */
struct watched {
	struct source source; /* first: it is handed on */
	struct source *from;
	struct rpki_keeper *keeper;
};

static struct fault watched_read(struct source *source, uint8_t *out, uint32_t room_octets,
				 uint32_t *len_octets, struct complaints *complaints)
{
	union {
		struct source *source;
		struct watched *watched;
	} at = { .source = source };

	if (!atomic_load(&at.watched->keeper->must_end))
		return at.watched->from->read(at.watched->from, out, room_octets, len_octets,
					      complaints);
	complain(complaints, false, "%s: not read to its end", at.watched->keeper->file.path);
	return fault_of(FAULT_AGAIN, 0);
}

static struct fault file_load(struct rpki_keeper *keeper, struct complaints *complaints,
			      struct rpki_data **out)
{
	struct source *source = NULL;
	struct rpki_draft draft;

	TRY(unpack_open_regular(&keeper->heap, keeper->file.path, &source, complaints));
	struct watched watched = { { .read = watched_read }, source, keeper };
	rpki_draft_init(&draft, &keeper->heap);
	struct fault fault = rpki_json_read(keeper->file.path, &watched.source, &draft, complaints);
	unpack_close(source);
	if (!failed(fault)) {
		fault = rpki_data_make(&draft, out);
		if (failed(fault))
			complain(complaints, false, "%s: out of memory", keeper->file.path);
	}
	rpki_draft_fini(&draft);
	return fault;
}

static void file_failed(struct rpki_keeper *keeper, const char *text)
{
	struct file *file = &keeper->file;

	file->failures++;
	file->is_bad = true;
	if (strcmp(file->last_error, text) == 0)
		return;
	(void)snprintf(file->last_error, sizeof file->last_error, "%.*s",
		       (int)sizeof file->last_error - 1, text);
	keeper_tell(keeper, "RPKI file: %s%s", text,
		    file->data != NULL ? "; what it said before holds until it is too old" : "");
}

/* What was written longer ago than RPKI_FILE_EXPIRE_S is too old from the start. */
static void file_take(struct rpki_keeper *keeper, const struct file_mark *mark)
{
	struct complaints complaints = { 0 };
	struct file *file = &keeper->file;
	struct rpki_data *fresh = NULL;

	file->mark = *mark;
	file->is_too_old = false;
	if (failed(file_load(keeper, &complaints, &fresh))) {
		file_failed(keeper,
			    complaints.count != 0 ? complaints.list[0].text : "it cannot be read");
		return;
	}
	int64_t age_s = keeper->port->wall(keeper->port).s - mark->at_s;
	file->is_bad = false;
	file->reads++;
	file->last_error[0] = '\0';
	file->written_at = (struct wall){ mark->at_s };
	file->expires_at = instant_add(keeper->now,
				       span_s(RPKI_FILE_EXPIRE_S - (age_s > 0 ? age_s : 0)));
	rpki_data_unref(file->data);
	file->data = fresh;
}

static void file_expire(struct rpki_keeper *keeper)
{
	struct file *file = &keeper->file;

	if (file->data == NULL || file->expires_at.ns > keeper->now.ns)
		return;
	rpki_data_unref(file->data);
	file->data = NULL;
	file->is_too_old = true;
	file_failed(keeper, "it was last written more than two days ago: it is not used");
}

/* The clock was wrong when it seemed too old, and is right again. */
static bool is_young_after_all(struct rpki_keeper *keeper)
{
	const struct file *file = &keeper->file;

	return file->is_too_old &&
	       keeper->port->wall(keeper->port).s - file->mark.at_s < RPKI_FILE_EXPIRE_S;
}

void keeper_file_step(struct rpki_keeper *keeper)
{
	struct file *file = &keeper->file;
	struct file_mark mark;

	if (!file->is_named || keeper->now.ns < file->look_at.ns)
		return;
	if (!file_look(file, &mark)) {
		char text[VIEW_RPKI_WORDS_MAX];
		(void)snprintf(text, sizeof text, "%.200s: %s", file->path, strerror(errno));
		file->mark = (struct file_mark){ 0 };
		file_failed(keeper, text);
	} else if (memcmp(&mark, &file->mark, sizeof mark) != 0 || is_young_after_all(keeper)) {
		file_take(keeper, &mark);
	}
	file_expire(keeper);
	keeper->now = keeper->port->now(keeper->port);
	file->look_at = instant_add(keeper->now, span_s(RPKI_FILE_LOOK_S));
}

bool keeper_file_begin(struct rpki_keeper *keeper, struct complaints *complaints)
{
	const struct serve_options *options = keeper->serving->options;
	const char *name = options->config->rpki_file;
	struct file *file = &keeper->file;

	file->is_named = name[0] != '\0';
	file->look_at = keeper->now;
	if (!file->is_named)
		return true;
	int len = name[0] == '/' ? snprintf(file->path, sizeof file->path, "%s", name) :
				   snprintf(file->path, sizeof file->path, "%s/%s",
					    options->directory, name);
	if (len > 0 && (size_t)len < sizeof file->path)
		return true;
	complain(complaints, false, "rpki_file: the path is too long");
	return false;
}
