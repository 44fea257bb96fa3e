/* fuzz/web_head.c — octets of a stranger at the public doors: an HTTP head, a WHOIS question, a
 * path.
 * Reaches head_judge whois_answer web_answer rdap_answer */
#include "target.h"

#include <string.h>

#include "base/mem.h"
#include "web/head.h"
#include "web/whois.h"

static struct published *published;

static void snapshot_make(void)
{
	struct published_network network = { .status = PUBLISHED_ALLOCATED };

	published = published_new();
	MUST(published != NULL);
	MUST(address_parse("192.0.2.0", &network.first));
	MUST(address_parse("192.0.2.255", &network.last));
	MUST(!failed(published_network_add(published, &network)));
	published_seal(published);
}

/* What is refused once is refused with more octets, too; what is good stays good. */
static void head_try(struct octets head)
{
	const char *why = NULL;
	int whole = head_judge(head, &why);

	MUST((why != NULL) == (whole != 0 && whole != 200));
	for (uint32_t cut = 0; cut < head.len_octets; cut += 1 + cut / 8) {
		int part = head_judge(octets_of(head.at, cut), &why);
		MUST(part == 0 || part == whole);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct web_answer answer;
	char path[WEB_PATH_OCTETS_MAX + 8] = "/rdap/";

	if (size > HEAD_OCTETS_MAX)
		return 0;
	if (published == NULL)
		snapshot_make();
	struct octets octets = octets_of(data, (uint32_t)size);
	head_try(octets);
	answer_init(&answer);
	whois_answer(published, octets, &answer);
	answer_fini(&answer);
	if (size >= WEB_PATH_OCTETS_MAX)
		return 0;
	mem_copy(path + strlen("/rdap/"), data, size);
	answer_init(&answer);
	web_answer(published, path, &answer);
	MUST(answer.status != WEB_FAILED);
	answer_fini(&answer);
	return 0;
}
