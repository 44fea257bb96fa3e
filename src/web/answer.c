/* web/answer.c — answers and which page a path is. */
#include "web/answer.h"

#include <string.h>

#include "web/rdap.h"
#include "web/statistics.h"

#define TEXT_CONTENT_TYPE "text/plain; charset=utf-8"

void answer_init(struct web_answer *answer)
{
	*answer = (struct web_answer){ .heap = heap_libc(),
				       .status = WEB_OK,
				       .content_type = TEXT_CONTENT_TYPE };
	text_buffer_init(&answer->body, &answer->heap, WEB_BODY_OCTETS_MAX);
}

void answer_fini(struct web_answer *answer)
{
	text_buffer_fini(&answer->body);
}

void answer_text(struct web_answer *answer, enum web_status status, const char *text)
{
	text_buffer_clear(&answer->body);
	answer->status = status;
	answer->content_type = TEXT_CONTENT_TYPE;
	(void)text_put_text(text_buffer_sink(&answer->body), text);
}

/* What is to be had here, for somebody who came with nothing but the address. */
static void front_page(const struct published *published, struct web_answer *out)
{
	struct text_sink sink = text_buffer_sink(&out->body);

	(void)text_put(sink, "%s (AS%u)\n\n", published->exchange, published->asn);
	(void)text_put(sink,
		       "/rdap/help                          what may be asked by RDAP\n"
		       "/rdap/ip/ADDRESS or /rdap/ip/PREFIX who holds an address or prefix\n"
		       "/rdap/autnum/ASN                    who holds an AS number\n"
		       "/rdap/entity/HANDLE                 an organisation\n"
		       "/rdap/domain/NAME                   a reverse zone\n"
		       "/delegated-%s-extended-latest       statistics, a line a resource\n",
		       published->registry);
}

void web_answer(const struct published *published, const char *path, struct web_answer *out)
{
	if (strncmp(path, "/rdap/", 6) == 0)
		rdap_answer(published, path + 6, out);
	else if (strcmp(path, "/rdap") == 0)
		rdap_answer(published, "help", out);
	else if (statistics_is_path(published, path))
		statistics_answer(published, out);
	else if (strcmp(path, "/") == 0)
		front_page(published, out);
	else
		answer_text(out, WEB_NOT_FOUND, "There is no such page; / lists them.\n");
	if (out->body.is_cut)
		answer_text(out, WEB_FAILED, "The answer is too large.\n");
}
