/* server/irr_kept.c — the files. */
#include "server/irr_kept.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/decimal.h"
#include "sys/files.h"
#include "sys/process.h"
#include "text/sink.h"

#define HEADER_LINE_MAX 512u

static const char *const ending[] = { [IRR_FILE_IN_FORCE] = "", [IRR_FILE_HELD] = ".held" };

static bool path_of(const char *directory, uint32_t asn, const char *end, char out[PATH_MAX])
{
	int len = snprintf(out, PATH_MAX, "%s/irr/AS%u%s", directory, asn, end);

	return len > 0 && len < PATH_MAX;
}

void irr_kept_fini(struct irr_kept *kept)
{
	irr_set_unref(kept->set);
	kept->set = NULL;
}

static struct fault folder_make(const char *directory)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof path, "%s/irr", directory);

	if (len < 0 || len >= (int)sizeof path)
		return fault_of(FAULT_SYSTEM, ENAMETOOLONG);
	if (mkdir(path, 0755) == 0)
		file_give(path, -1);
	else if (errno != EEXIST)
		return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	return fault_none();
}

/* --- out -------------------------------------------------------------------------------------- */

static bool body_print(const struct irr_set *set, struct text_sink out)
{
	bool ok = true;

	for (uint32_t i = 0; i < set->window_count && ok; i++) {
		const struct irr_window *window = &set->window[i];
		char text[PREFIX_TEXT_MAX];
		prefix_print(&window->prefix, text);
		if (window->len_bits_min == window->prefix.len_bits &&
		    window->len_bits_max == window->prefix.len_bits)
			ok = text_put(out, "%s\n", text);
		else
			ok = text_put(out, "%s^%u-%u\n", text, window->len_bits_min,
				      window->len_bits_max);
	}
	for (uint32_t i = 0; i < set->origin_count && ok; i++)
		ok = text_put(out, "AS%u\n", set->origin[i]);
	return ok;
}

static void digest_of(const char *text, size_t len, char out[IRR_DIGEST_MAX])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(digest, (const unsigned char *)text, len);
	(void)sodium_bin2hex(out, IRR_DIGEST_MAX, digest, sizeof digest);
}

struct fault irr_kept_write(const char *directory, uint32_t asn, enum irr_file which,
			    struct irr_kept *kept)
{
	struct heap heap = heap_libc();
	struct text_buffer body CLEAN(text_buffer_fini);
	struct text_buffer whole CLEAN(text_buffer_fini);
	char path[PATH_MAX];

	text_buffer_init(&body, &heap, 0);
	text_buffer_init(&whole, &heap, 0);
	TRY(folder_make(directory));
	if (!body_print(kept->set, text_buffer_sink(&body)))
		return fault_of(FAULT_LIMIT, 0);
	digest_of(text_buffer_of(&body), body.len_octets, kept->digest);
	struct text_sink out = text_buffer_sink(&whole);
	bool ok = text_put(out, "# as-set: %s\n# from: %s\n# at: %lld\n", kept->names, kept->whence,
			   (long long)kept->at.s) &&
		  text_put(out, "# why: %s\n# digest: %s\n", kept->why, kept->digest) &&
		  text_put_octets(out, text_buffer_of(&body), body.len_octets);
	if (!ok || !path_of(directory, asn, ending[which], path))
		return fault_of(FAULT_LIMIT, 0);
	return file_write(path, octets_of(text_buffer_of(&whole), whole.len_octets));
}

/* --- in --------------------------------------------------------------------------------------- */

/* The text behind "# name: " on the line at *at, which moves behind the line. */
static bool header_take(const char **at, const char *name, char *out, size_t room)
{
	size_t len = strcspn(*at, "\n");
	size_t skip = strlen(name) + 4;

	if ((*at)[len] != '\n' || len < skip || strncmp(*at, "# ", 2) != 0 ||
	    strncmp(*at + 2, name, skip - 4) != 0 || strncmp(*at + skip - 2, ": ", 2) != 0 ||
	    len - skip >= room)
		return false;
	(void)snprintf(out, room, "%.*s", (int)(len - skip), *at + skip);
	*at += len + 1;
	return true;
}

static struct fault text_take(const char *text, size_t len, struct irr_kept *out)
{
	const char *at = text;
	char time_text[32];
	char digest[IRR_DIGEST_MAX];
	struct heap heap = heap_libc();
	struct irr_draft draft CLEAN(irr_draft_fini);
	uint32_t at_s = 0;

	irr_draft_init(&draft, &heap);
	if (!header_take(&at, "as-set", out->names, sizeof out->names) ||
	    !header_take(&at, "from", out->whence, sizeof out->whence) ||
	    !header_take(&at, "at", time_text, sizeof time_text) ||
	    !header_take(&at, "why", out->why, sizeof out->why) ||
	    !header_take(&at, "digest", out->digest, sizeof out->digest) ||
	    !decimal_u32(time_text, UINT32_MAX, &at_s))
		return fault_of(FAULT_MALFORMED, 0);
	size_t rest = len - (size_t)(at - text);
	digest_of(at, rest, digest);
	if (strcmp(digest, out->digest) != 0)
		return fault_of(FAULT_MALFORMED, 0);
	out->at.s = at_s;
	TRY(irr_read(octets_of(at, (uint32_t)rest), &draft));
	return irr_draft_seal(&draft, &out->set);
}

struct fault irr_kept_read(const char *directory, uint32_t asn, enum irr_file which,
			   struct irr_kept *out)
{
	struct heap heap = heap_libc();
	struct octets text = { 0 };
	char path[PATH_MAX];

	*out = (struct irr_kept){ 0 };
	if (!path_of(directory, asn, ending[which], path))
		return fault_of(FAULT_SYSTEM, ENAMETOOLONG);
	struct fault fault = file_read_regular(&heap, path, IRR_READ_OCTETS_MAX, &text);
	if (fault.kind == FAULT_SYSTEM && fault.code == ENOENT)
		return fault_of(FAULT_ABSENT, 0);
	if (failed(fault))
		return fault;
	fault = text_take((const char *)text.at, text.len_octets, out);
	file_free(&heap, text);
	return fault;
}

struct fault irr_kept_remove(const char *directory, uint32_t asn, enum irr_file which)
{
	char path[PATH_MAX];

	if (!path_of(directory, asn, ending[which], path))
		return fault_of(FAULT_SYSTEM, ENAMETOOLONG);
	return file_remove(path);
}

struct fault irr_kept_accept(const char *directory, uint32_t asn)
{
	struct irr_kept held CLEAN(irr_kept_fini);

	TRY(irr_kept_read(directory, asn, IRR_FILE_HELD, &held));
	held.why[0] = '\0';
	TRY(irr_kept_write(directory, asn, IRR_FILE_IN_FORCE, &held));
	return irr_kept_remove(directory, asn, IRR_FILE_HELD);
}

/* --- failures --------------------------------------------------------------------------------- */

void irr_failure_note(const char *directory, uint32_t asn, const char *why)
{
	char path[PATH_MAX];

	if (!path_of(directory, asn, ".failed", path))
		return;
	/* Only for people: that it cannot be written is no reason to stop. */
	if (why[0] == '\0')
		(void)!failed(file_remove(path));
	else if (!failed(folder_make(directory)))
		(void)!failed(file_write(path, octets_of_text(why)));
}

bool irr_failure_of(const char *directory, uint32_t asn, char why[IRR_WHY_MAX], struct wall *at)
{
	struct heap heap = heap_libc();
	struct octets text = { 0 };
	char path[PATH_MAX];

	if (!path_of(directory, asn, ".failed", path) || failed(file_written(path, at)) ||
	    failed(file_read_regular(&heap, path, IRR_WHY_MAX - 1, &text)))
		return false;
	(void)snprintf(why, IRR_WHY_MAX, "%s", (const char *)text.at);
	file_free(&heap, text);
	return true;
}
