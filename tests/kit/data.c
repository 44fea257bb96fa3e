/* kit/data.c — where the real files lie. */
#include "kit/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool data_find(const char *name, char *out, size_t room)
{
	static const char *const near[] = { "../shared/data", "../../shared/data",
					    "../../../shared/data" };
	const char *folder = getenv("PLENUM_DATA");
	const char *source = getenv("PLENUM_SOURCE");

	if (folder != NULL) {
		(void)snprintf(out, room, "%s/%s", folder, name);
		return access(out, R_OK) == 0;
	}
	for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
		(void)snprintf(out, room, "%s/%s/%s", source != NULL ? source : ".", near[i], name);
		if (access(out, R_OK) == 0)
			return true;
	}
	return false;
}

char *data_read(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;

	if (file == NULL)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0) {
		int64_t size = ftell(file);
		rewind(file);
		text = size >= 0 ? malloc((size_t)size + 1) : NULL;
		*len = text != NULL ? fread(text, 1, (size_t)size, file) : 0;
		if (text != NULL)
			text[*len] = '\0';
	}
	(void)fclose(file);
	return text;
}
