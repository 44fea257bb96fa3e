/* kit/vrps.c — real VRPs out of a validator's packed JSON. */
#include "kit/vrps.h"

#include "kit/data.h"
#include "kit/tap.h"
#include "rpki/json.h"
#include "sys/unpack.h"

struct rpki_data *vrps_load(const char *name)
{
	struct heap heap = heap_libc();
	struct complaints complaints = { 0 };
	struct rpki_data *data = NULL;
	struct source *source = NULL;
	struct rpki_draft draft;
	char path[4096];

	if (!data_find(name, path, sizeof path)) {
		tap_skip("the real VRPs are not here");
		return NULL;
	}
	rpki_draft_init(&draft, &heap);
	expect_true(!failed(unpack_open(&heap, path, &source, &complaints)));
	expect_true(!failed(rpki_json_read(path, source, &draft, &complaints)));
	unpack_close(source);
	expect_true(!failed(rpki_data_make(&draft, &data)));
	rpki_draft_fini(&draft);
	expect_u64(heap.used_octets, 0);
	expect_u64(complaints.count, 0);
	return data;
}
